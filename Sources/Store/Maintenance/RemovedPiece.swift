import ChunkFormat

/// Something that is marked dead and takes room until a purge.
public struct RemovedPiece: Sendable, Hashable {
    /// What was removed.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A whole capture.
        case capture
        /// Columns that had been added to a capture.
        case columns
        /// Chunks that a compaction replaced.
        case chunks
    }

    /// What it is.
    public let kind: Kind
    /// The model's name.
    public let model: String
    /// The dataset's name.
    public let dataset: String
    /// Its chunks.
    public internal(set) var chunkCount: Int
    /// Bytes of their files; a file that a living chunk shares is counted too.
    public internal(set) var storedBytes: Int

    let captureID: Int

    /// `MODEL/DATASET`.
    public var name: String { model + "/" + dataset }
}

extension CatalogTransaction {
    /// What is marked dead, capture by capture in the order in which they came. O(captures + dead chunks).
    func removedPieces(_ contents: CatalogContents) throws -> [RemovedPiece] {
        let dead = contents.dead
        guard !dead.isEmpty else { return [] }
        var captures: [Int: (model: Int, dataset: Int)] = [:]
        var captureOfGroup: [Int: Int] = [:]
        try scan(.captures) { captures[try $0.count(0)] = (try $0.count(1), try $0.count(2)) }
        try scan(.columnGroups) { captureOfGroup[try $0.count(0)] = try $0.count(1) }
        var pieces: [Int: [RemovedPiece.Kind: RemovedPiece]] = [:]
        func add(_ kind: RemovedPiece.Kind, _ capture: Int, chunks: Int, bytes: Int) {
            guard let row = captures[capture] else { return }
            let empty = RemovedPiece(
                kind: kind, model: contents.models[row.model]?.name ?? "",
                dataset: contents.datasets[row.dataset] ?? "", chunkCount: 0, storedBytes: 0, captureID: capture)
            var piece = pieces[capture]?[kind] ?? empty
            piece.chunkCount += chunks
            piece.storedBytes += bytes
            pieces[capture, default: [:]][kind] = piece
        }
        for capture in dead.captures { add(.capture, capture, chunks: 0, bytes: 0) }
        for chunk in dead.chunks {
            guard let capture = captureOfGroup[chunk.group] else { continue }
            let kind: RemovedPiece.Kind =
                dead.captures.contains(capture) ? .capture : dead.groups.contains(chunk.group) ? .columns : .chunks
            add(kind, capture, chunks: 1, bytes: chunk.record.storedBytes)
        }
        return pieces.keys.sorted().flatMap { capture in
            RemovedPiece.Kind.allCases.compactMap { pieces[capture]?[$0] }
        }
    }
}

extension Snapshot {
    /// What is marked dead and takes room until `varve gc`, capture by capture in the order in which they came.
    public func removedPieces() throws(StoreError) -> [RemovedPiece] {
        try catalog.read { try $0.removedPieces(contents) }
    }

    /// Bytes that a purge would give back, by the sizes that the catalogue has: files that no living chunk shares.
    public var purgeableBytes: Int {
        var living: Set<String> = []
        for group in contents.groups.values { for chunk in group.chunks { living.insert(chunk.record.name) } }
        var bytes = 0
        for chunk in contents.dead.chunks where living.insert(chunk.record.name).inserted {
            bytes += chunk.record.storedBytes
        }
        return bytes
    }

    /// The version of the catalogue as it lies on disk: 1 or 2.
    public func formatVersion() throws(StoreError) -> Int {
        let stored = try Catalog(path: layout.catalog, access: .readOnly)
        return try stored.read { try $0.checkGate(uuid: storeID).rawValue }
    }
}
