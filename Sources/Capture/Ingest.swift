internal import Foundation
internal import Store

/// One ingest from folders and files to a store: loads, plans and checks first, and touches the store only to run.
public struct Ingest: Sendable {
    /// What will be written.
    public let plan: CapturePlan
    private let model: LoadedModel

    /// Loads adapter and autoencoders, and checks everything against the model.
    ///
    /// - Parameters:
    ///   - model: loaded from `options.model`; several ingests may share it.
    ///   - prompts: as `model.prompts` reads `options.prompts`; several ingests may share them.
    public init(_ options: IngestOptions, model: LoadedModel, prompts: [TokenizedPrompt]) throws {
        let request = try CaptureRequest(options, model: model)
        plan = try CapturePlan(request, model: model, prompts: prompts)
        self.model = model
    }

    /// Runs the plan into the store at `path`, which is made where it is missing. Where nothing could be captured, a store
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
        return try await CaptureSession(plan, model: model).run(
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
