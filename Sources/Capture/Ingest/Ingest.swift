internal import Foundation
internal import Models
internal import Store

/// One ingest from folders and files to a store: loads, plans and checks first, and touches the store only to run.
public struct Ingest: Sendable {
    /// What will be written: captures of the same prompts.
    public let plans: [CapturePlan]
    let model: LoadedModel

    /// Loads adapters and autoencoders, and checks everything against the model.
    ///
    /// - Parameters:
    ///   - model: loaded from `options.model`; several ingests may share it.
    ///   - prompts: as `model.prompts` reads `options.prompts`; several ingests may share them.
    public init(_ options: IngestOptions, model: LoadedModel, prompts: [TokenizedPrompt]) throws {
        try self.init([options], model: model, prompts: prompts)
    }

    /// Several ingests in one walk through the model: same model, prompts, positions and batches.
    public init(_ all: [IngestOptions], model: LoadedModel, prompts: [TokenizedPrompt]) throws {
        var loading = CaptureLoading(model.config)
        var plans: [CapturePlan] = []
        for options in all {
            for request in try loading.requests(options) {
                plans.append(try CapturePlan(request, model: model, prompts: prompts))
            }
        }
        guard let first = plans.first else { throw CaptureError(.request, "nothing is asked for") }
        for (place, plan) in plans.enumerated() {
            guard !plans[..<place].contains(where: { $0.request.name == plan.request.name }) else {
                throw CaptureError(
                    .request, "two captures are called \(plan.request.name)", mend: "give each a name of its own")
            }
            guard plan.kept == first.kept, plan.request.batchTokens == first.request.batchTokens else {
                throw CaptureError(.request, "captures of one run have the same positions and batches")
            }
        }
        self.plans = plans
        self.model = model
    }

    /// The same captures of other prompts.
    public func with(prompts: [TokenizedPrompt]) throws(CaptureError) -> Ingest {
        Ingest(
            plans: try plans.map { (plan) throws(CaptureError) in
                try CapturePlan(plan.request, model: model, prompts: prompts)
            }, model: model)
    }

    private init(plans: [CapturePlan], model: LoadedModel) {
        self.plans = plans
        self.model = model
    }

    /// The model's answers to the prompts of options that ask for them, still to be made; nil where none are asked for.
    ///
    /// - Parameter store: where the capture will lie. Answers become a column of the data set's prompts, so another model's
    ///   cannot stand beside them in one data set.
    public static func completion(
        _ options: IngestOptions, model: LoadedModel, prompts: [TokenizedPrompt], store: String
    ) throws -> PromptCompletion? {
        guard let generation = options.generation else { return nil }
        let captures = try options.captures()
        guard captures.count == 1, let name = captures.first?.name else {
            throw CaptureError(
                .request, "models answer differently, and a data set has one answer to each prompt",
                mend: "generate in one command for each model, with data set names of their own")
        }
        guard options.columns.isEmpty else {
            throw CaptureError(
                .request, "--column has a number for each token, and --generate makes tokens that nobody has seen",
                mend: "generate first, then capture the answers with the column")
        }
        let other = try StoreWriter.check(path: store)?.captures.first {
            $0.dataset == name.dataset && $0.model != name.model
        }
        if let other {
            throw CaptureError(
                .request, "data set \(name.dataset) has prompts of \(other.model), whose answers are others",
                mend:
                    "give the data set another name: --as \(name.model)/\(name.dataset)-\(name.model.split(separator: "/").last ?? "")"
            )
        }
        try PromptCompletion.check(prompts, generation, model.config)
        // Everything else that can be wrong is found before hours are spent.
        let longest = PromptCompletion.lengthened(prompts, by: generation.count)
        return try PromptCompletion(
            generation, of: prompts, for: Ingest(options, model: model, prompts: longest), store: store)
    }

    /// Runs the plans into the store at `path`, which is made where it is missing. Where nothing could be captured, a store
    /// that was not there before is not there afterwards.
    public func run(
        into path: String, progress: (CaptureProgress) -> Void = { _ in },
        isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) async throws -> CaptureSession.Outcome {
        let before = FileManager.default.fileExists(atPath: path)
        let isNew = !before || (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty ?? false
        // From here on this process holds the writer's lock: what is removed below is nobody else's.
        let store = try StoreWriter(path: path)
        defer { if isNew { Ingest.removeIfWithoutChunks(path, keepsDirectory: before, lock: store) } }
        return try await CaptureSession(plans, model: model).run(
            into: store, progress: progress, isInterrupted: isInterrupted)
    }

    /// Undoes the making of a store into which nothing was committed.
    private static func removeIfWithoutChunks(_ path: String, keepsDirectory: Bool, lock: StoreWriter) {
        guard let snapshot = try? Snapshot.open(path), snapshot.captures.isEmpty else { return }
        let files = FileManager.default
        for name in (try? files.contentsOfDirectory(atPath: path)) ?? [] {
            try? files.removeItem(atPath: "\(path)/\(name)")
        }
        if !keepsDirectory { try? files.removeItem(atPath: path) }
    }
}
