internal import Foundation
public import Store
internal import Tensor

/// What an ingest will take, measured on a few of its prompts: of what the store does not have yet.
public struct IngestEstimate: Sendable, Hashable {
    /// Tokens that the measurement ran; 0 where there was nothing to measure.
    public var sampleTokens = 0
    /// For all that is to be done.
    public var seconds = 0.0
    /// Of these, for the answers of the model.
    public var answerSeconds = 0.0
    /// Bytes of the columns before encoding, as the store counts them.
    public var rawBytes = 0
    /// In the files, at the ratio of the sample.
    public var storedBytes = 0
    /// On the store's file system.
    public var freeBytes = 0
    /// Rows of the captures that the store holds already.
    public var presentRows = 0
    /// Rows of all captures.
    public var rows = 0
    /// Whether answers may turn out shorter, and everything less with them.
    public var isUpperBound = false

    /// Whether the store has everything.
    public var isDone: Bool { presentRows >= rows && !isUpperBound }

    /// What must be free before a capture begins: the bytes before encoding, and a reserve.
    public var neededBytes: Int { rawBytes + rawBytes / 20 + 256 << 20 }

    /// Whether there is room, as far as the file system tells.
    public var fits: Bool { rawBytes == 0 || freeBytes >= neededBytes }
}

extension Ingest {
    /// Work that a measurement may take: some seconds.
    private static let sampleOperations = 5e11
    /// Work that it may take however little there is to do: a moment.
    private static let leastOperations = 5e9

    /// What the store has of the captures; what contradicts it is thrown as the store would throw it, before any work is done.
    ///
    /// - Parameter answersAreOpen: the prompts are lengthened ones, whose answers the store may know.
    public func outlooks(in snapshot: Snapshot?, answersAreOpen: Bool) throws -> [CaptureOutlook] {
        guard let snapshot else { return plans.map { CaptureOutlook(columnCount: $0.columnCount) } }
        let records = plans[0].records
        let found = try snapshot.outlooks(of: plans.map(\.spec), prompts: answersAreOpen ? nil : records)
        if answersAreOpen {
            for plan in plans { try checkQuestions(records, plan.request.name, in: snapshot) }
        }
        return found
    }

    /// Whatever the answers are, the prompts before them are the same, and each has one.
    private func checkQuestions(_ records: [PromptRecord], _ name: CaptureName, in snapshot: Snapshot) throws {
        guard let capture = snapshot.capture(model: name.model, dataset: name.dataset) else { return }
        let stored = try snapshot.promptRecords(of: capture)
        let isSame = zip(stored, records).allSatisfy { there, given in
            var metadata = there.metadata[...]
            // Without a tokenizer an answer has no text.
            if model.tokenizer != nil, metadata.popLast()?.0 != PromptCompletion.column { return false }
            return there.key.utf8.elementsEqual(given.key.utf8) && there.source.utf8.elementsEqual(given.source.utf8)
                && metadata.elementsEqual(given.metadata) { $0.0 == $1.0 && $0.1 == $1.1 }
        }
        guard isSame, capture.isComplete ? stored.count == records.count : stored.count <= records.count else {
            throw StoreError(
                .conflict, "\(snapshot.path): capture \(name) is there with other prompts; use another dataset name")
        }
    }

    /// Runs the first prompts into a store of its own, which is removed again; nothing is written at `path`.
    ///
    /// - Parameters:
    ///   - present: what the store at `path` has.
    ///   - completion: whose answers are still to be made; the prompts are then as long as those can make them.
    /// - Returns: nil where it was interrupted.
    public func estimate(
        for path: String, present: [CaptureOutlook], completion: PromptCompletion? = nil,
        isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) async throws -> IngestEstimate? {
        var estimate = IngestEstimate()
        estimate.isUpperBound = completion != nil
        estimate.freeBytes = StorePlace.freeBytes(near: path)
        var work = 0.0
        for (plan, outlook) in zip(plans, present) {
            let missing = outlook.columns.isEmpty ? 0 : max(0, plan.rowCount - outlook.presentRows)
            estimate.rows += plan.rowCount
            estimate.presentRows += plan.rowCount - missing
            let rowBytes = outlook.columns.reduce(0) { $0 + plan.spec.columns[$1].rowBytes }
            estimate.rawBytes += missing * rowBytes
            work +=
                plan.costPerToken(columns: outlook.columns, of: model.config) * Double(missing)
                / Double(max(1, plan.rowCount))
        }
        guard !estimate.isDone else { return estimate }
        let cost = max(1, plans.reduce(0) { $0 + $1.costPerToken })
        let few = max(plans[0].tokenCount / 20, Int(Ingest.leastOperations / cost))
        let sample = try sample(
            tokens: max(1, min(8 * plans[0].request.batchTokens, Int(Ingest.sampleOperations / cost), few)))
        guard let (seconds, ratio) = try await Ingest.measure(sample, model, isInterrupted) else { return nil }
        estimate.sampleTokens = sample[0].tokenCount
        let rate = seconds > 0 ? Double(sample[0].tokenCount) / seconds : 0
        // Without any layer there is nothing but reading and writing.
        let share = min(1, cost > 1 ? work / cost : 1)
        estimate.seconds = rate > 0 ? Double(plans[0].tokenCount) / rate * share : 0
        estimate.storedBytes = Int(Double(estimate.rawBytes) * ratio)
        if let completion {
            let answers = try await completion.secondsToAnswer(
                rate: rate, operations: Ingest.sampleOperations, isInterrupted: isInterrupted)
            guard let answers else { return nil }
            estimate.answerSeconds = answers
            estimate.seconds += answers
        }
        return estimate
    }

    /// The captures of the first prompts; where the last of them is long, of its end.
    private func sample(tokens limit: Int) throws(CaptureError) -> [CapturePlan] {
        var prompts: [TokenizedPrompt] = []
        var tokens = 0
        for prompt in plans[0].prompts where tokens < limit {
            let piece = prompt.end(max(32, limit - tokens), isAnswer: plans[0].kept == .assistant)
            prompts.append(piece)
            tokens += piece.ids.count
        }
        return try plans.map { (plan) throws(CaptureError) in
            var request = plan.request
            // They are for all prompts, and small.
            request.tokenNumbers = []
            return try CapturePlan(request, model: model, prompts: prompts)
        }
    }

    /// Seconds of a run, and stored bytes for each byte before encoding; nil where it was interrupted.
    private static func measure(
        _ sample: [CapturePlan], _ model: LoadedModel, _ isInterrupted: @escaping @Sendable () -> Bool
    ) async throws -> (seconds: Double, ratio: Double)? {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("varve-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var seconds = 0.0
        do {
            let store = try StoreWriter(path: folder)
            let outcome = try await CaptureSession(sample, model: model).run(
                into: store,
                progress: { progress in
                    if let rate = progress.rate { seconds = Double(progress.ownTokens) / rate }
                }, isInterrupted: isInterrupted)
            if outcome.isInterrupted { return nil }
        }
        let columns = try Snapshot.open(folder).summary().captures.flatMap(\.columns)
        let (stored, raw) = columns.reduce((0, 0)) { ($0.0 + $1.storedBytes, $0.1 + $1.rawBytes) }
        return (seconds, Double(stored) / Double(max(1, raw)))
    }
}

extension TokenizedPrompt {
    /// Its last tokens.
    ///
    /// - Parameter isAnswer: whether one of them at least must be the assistant's.
    fileprivate func end(_ count: Int, isAnswer: Bool) -> TokenizedPrompt {
        guard count < ids.count else { return self }
        var piece = self
        piece.ids = Array(ids.suffix(count))
        piece.roles = Array(roles.suffix(count))
        for index in tokenNumbers.indices {
            piece.tokenNumbers[index].values = Array(tokenNumbers[index].values.suffix(count))
        }
        if isAnswer, !piece.roles.contains(.assistant) { piece.roles[count - 1] = .assistant }
        return piece
    }
}

/// What can be told of a store's place without making it.
private enum StorePlace {
    /// Of the file system that holds the path, or its folder where it is still to be made.
    static func freeBytes(near path: String) -> Int {
        for place in [path, URL(fileURLWithPath: path).deletingLastPathComponent().path] {
            let attributes = try? FileManager.default.attributesOfFileSystem(forPath: place)
            if let free = attributes?[.systemFreeSize] as? NSNumber { return free.intValue }
        }
        return 0
    }
}
