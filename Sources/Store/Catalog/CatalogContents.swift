import ChunkFormat
import Tensor

/// The small tables of one generation: read whole in one short transaction, then kept current by the commits themselves.
///
/// What is dead is known by its id only, but for the names of its files.
struct CatalogContents: Sendable {
    struct Chunk: Sendable {
        let record: ChunkRecord
        let group: Int
        let key: String
    }

    struct CaptureRow: Sendable {
        let id: Int
        let model: Int
        let dataset: Int
        let promptsDigest: String
        let promptCount: Int
        let rowCount: Int
    }

    /// Columns that were captured together, and their chunks in row order.
    struct Group: Sendable {
        let id: Int
        let capture: Int
        let ordinal: Int
        let specDigest: String
        let chunkBytes: Int
        var columns: [ColumnSpec] = []
        var latentSpaces: [LatentSpace] = []
        var adapterModules: [AdapterModule] = []
        var chunks: [Chunk] = []

        /// Prompts and rows that its chunks hold: the first ones of the capture.
        var promptCount: Int { chunks.last.map { $0.record.firstPrompt + $0.record.promptCount } ?? 0 }
        var rowCount: Int { chunks.last.map { $0.record.firstRow + $0.record.rowCount } ?? 0 }
    }

    /// What is marked dead and not yet forgotten.
    struct Dead: Sendable {
        var captures: Set<Int> = []
        /// Datasets of those captures.
        var datasets: Set<Int> = []
        var groups: Set<Int> = []
        var chunkIDs: Set<Int> = []
        /// Chunks that are dead by whatever mark.
        var chunks: [Chunk] = []

        var isEmpty: Bool { captures.isEmpty && groups.isEmpty && chunkIDs.isEmpty }
    }

    var head = CatalogHead()
    var tokenizers: [Int: String] = [:]
    var models: [Int: ModelRecord] = [:]
    var datasets: [Int: String] = [:]
    var datasetColumns: [Int: [(name: String, type: MetadataType)]] = [:]
    /// The living ones, by id.
    var captures: [Int: CaptureRow] = [:]
    /// The living ones, by id.
    var groups: [Int: Group] = [:]
    /// Groups of each living capture, by falling age.
    var groupIDs: [Int: [Int]] = [:]
    var dead = Dead()
    /// Prompts that each dataset owns, those of dead captures included.
    var promptCounts: [Int: Int] = [:]
    /// The first free id of each small table.
    var nextIDs: [CatalogTable: Int] = [:]

    init(_ transaction: CatalogTransaction) throws {
        var sum = RowSum()
        try self.init(transaction, sum: &sum)
    }

    /// - Parameter sum: what the rows that were read add up to: all but tokenizers, prompts and prompts of chunks
    init(_ transaction: CatalogTransaction, sum: inout RowSum) throws {
        head = try transaction.checkedHead().head
        // Only the names: the pieces are read when asked for.
        try transaction.scanTokenizerDigests {
            tokenizers[$0] = $1
            nextIDs[.tokenizers] = $0 + 1
        }
        for table in CatalogTable.small {
            sum &+= try transaction.scanAll(table, head) { try take($0, path: transaction.path) }
        }
        for id in groups.keys {
            groups[id]?.chunks.sort { $0.record.firstRow < $1.record.firstRow }
            try checkChunks(id, from: 0, transaction.path)
        }
        for id in datasets.keys { promptCounts[id] = try transaction.promptCount(ofDataset: id) }
        try transaction.checkCount(.prompts, promptCounts.values.reduce(0, +), head)
    }

    /// Takes over what a commit has done. Nothing is read again.
    mutating func apply(_ commit: CatalogCommit, path: String) throws(StoreError) {
        var lengths: [Int: Int] = [:]
        var touched: Set<Int> = []
        for row in commit.added {
            if row.table == .chunks {
                let group = try row.count(1)
                if lengths[group] == nil { lengths[group] = groups[group]?.chunks.count ?? 0 }
            }
            if row.table == .removals { touched.formUnion(try takeRemoval(row, path: path)) }
            try take(row, path: path)
        }
        for id in touched {
            groups[id]?.chunks.sort { $0.record.firstRow < $1.record.firstRow }
            lengths[id] = 0
        }
        for (id, length) in lengths { try checkChunks(id, from: max(0, length - 1), path) }
        for (dataset, count) in commit.addedPrompts { promptCounts[dataset, default: 0] += count }
        head = commit.head
    }

    /// Kills what a new mark names; gives the groups whose chunks became others.
    private mutating func takeRemoval(_ row: CatalogRow, path: String) throws(StoreError) -> Set<Int> {
        let target = try row.count(2)
        switch try row.text(1) {
        case "capture":
            for group in groupIDs.removeValue(forKey: target) ?? [] { bury(group) }
            if let row = captures.removeValue(forKey: target) { dead.datasets.insert(row.dataset) }
        case "group":
            if let capture = groups[target]?.capture { groupIDs[capture]?.removeAll { $0 == target } }
            bury(target)
        default:
            for (id, group) in groups {
                guard let place = group.chunks.firstIndex(where: { $0.record.id == target }) else { continue }
                if let chunk = groups[id]?.chunks.remove(at: place) { dead.chunks.append(chunk) }
                return [id]
            }
        }
        return []
    }

    private mutating func bury(_ id: Int) {
        guard let group = groups.removeValue(forKey: id) else { return }
        dead.groups.insert(id)
        dead.chunks += group.chunks
    }

    /// Chunks of a group must follow each other from row 0, and their names be digests.
    ///
    /// - Parameter first: chunks before it were checked
    private func checkChunks(_ id: Int, from first: Int, _ path: String) throws(StoreError) {
        guard let group = groups[id] else { return }
        let before = first > 0 ? group.chunks[first - 1].record : nil
        var row = before.map { $0.firstRow + $0.rowCount } ?? 0
        var prompt = before.map { $0.firstPrompt + $0.promptCount } ?? 0
        for chunk in group.chunks.dropFirst(first) {
            guard chunk.record.firstRow == row, chunk.record.firstPrompt == prompt,
                Digest128(hexadecimal: chunk.record.name) != nil
            else {
                throw StoreError.damagedCatalog(
                    path, "chunk \(chunk.record.id)", expected: "rows from \(row), prompts from \(prompt)",
                    found: "rows from \(chunk.record.firstRow), prompts from \(chunk.record.firstPrompt)")
            }
            row += chunk.record.rowCount
            prompt += chunk.record.promptCount
        }
        guard let capture = captures[group.capture], row <= capture.rowCount, prompt <= capture.promptCount else {
            throw StoreError.damagedCatalog(
                path, "column group \(id)", expected: "at most the rows of its capture",
                found: "\(prompt) prompts, \(row) rows")
        }
    }
}
