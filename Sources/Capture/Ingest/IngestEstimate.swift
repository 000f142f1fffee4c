internal import Foundation
internal import Store

/// What an ingest will take, measured on a few of its prompts.
public struct IngestEstimate: Sendable, Hashable {
    /// Tokens that the measurement ran.
    public var sampleTokens: Int
    /// For all prompts.
    public var seconds: Double
    /// Bytes of all captures' columns before encoding.
    public var rawBytes: Int
    /// In the files, at the ratio of the sample.
    public var storedBytes: Int
    /// On the store's file system.
    public var freeBytes: Int
    /// Rows of the captures that the store holds already, as far as it tells.
    public var presentRows: Int
    /// Rows of all captures.
    public var rows: Int

    /// What must be free before a capture begins: the bytes before encoding, and a reserve.
    public var neededBytes: Int { rawBytes + rawBytes / 20 + 256 << 20 }

    /// Whether there is room, as far as the file system tells.
    public var fits: Bool { freeBytes >= neededBytes }
}

extension Ingest {
    /// Work that a measurement may take: some seconds.
    private static let sampleOperations = 5e11

    /// Runs the first prompts into a store of its own, which is removed again; nothing is written at `path`.
    ///
    /// - Returns: nil where it was interrupted.
    public func estimate(
        for path: String, isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) async throws -> IngestEstimate? {
        let cost = plans.reduce(0) { $0 + $1.costPerToken }
        let limit = min(8 * plans[0].request.batchTokens, Int(Ingest.sampleOperations / max(1, cost)))
        let source = plans[0].prompts
        var count = 0
        var tokens = 0
        while count < source.count, tokens < max(1, limit) {
            tokens += source[count].ids.count
            count += 1
        }
        let sample = try plans.map { plan in
            var request = plan.request
            // They are for all prompts, and small.
            request.tokenNumbers = []
            return try CapturePlan(request, model: model, prompts: Array(source[..<count]))
        }
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
        let summary = try Snapshot.open(folder).summary()
        let columns = summary.captures.flatMap(\.columns)
        let ratio =
            Double(columns.reduce(0) { $0 + $1.storedBytes }) / Double(max(1, columns.reduce(0) { $0 + $1.rawBytes }))
        let raw = plans.reduce(0) { $0 + $1.byteCount }
        let snapshot = InputStore.exists(path) ? try Snapshot.open(path) : nil
        let present = plans.reduce(0) { sum, plan in
            let name = plan.request.name
            return sum + (snapshot?.capture(model: name.model, dataset: name.dataset)?.rowCount ?? 0)
        }
        return IngestEstimate(
            sampleTokens: tokens, seconds: seconds * Double(plans[0].tokenCount) / Double(max(1, tokens)),
            rawBytes: raw,
            storedBytes: Int(Double(raw) * ratio), freeBytes: InputStore.freeBytes(near: path), presentRows: present,
            rows: plans.reduce(0) { $0 + $1.rowCount })
    }
}

/// What can be told of a store's place without making it.
private enum InputStore {
    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path + "/STORE.json") }

    /// Of the file system that holds the path, or its folder where it is still to be made.
    static func freeBytes(near path: String) -> Int {
        for place in [path, URL(fileURLWithPath: path).deletingLastPathComponent().path] {
            let attributes = try? FileManager.default.attributesOfFileSystem(forPath: place)
            if let free = attributes?[.systemFreeSize] as? NSNumber { return free.intValue }
        }
        return 0
    }
}
