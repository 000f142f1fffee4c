import ChunkFormat
import Synchronization

extension Snapshot {
    /// The committed prompts of a capture in capture order. O(prompts of its dataset).
    public func prompts(of capture: CaptureRecord) throws(StoreError) -> PromptTable {
        if let known = promptTables.withLock({ $0.value(for: .capture(capture.id)) }) { return known }
        let table = try readPrompts(of: capture)
        promptTables.withLock { $0.insert(table, for: .capture(capture.id), cost: table.keys.count + 1) }
        return table
    }

    private func readPrompts(of capture: CaptureRecord) throws(StoreError) -> PromptTable {
        let whole = try allPrompts(ofDataset: capture.datasetID)
        let (ordinals, tokenCounts) = try catalog.read { transaction in
            try transaction.prompts(ofChunks: capture.chunks, datasetCount: whole.keys.count)
        }
        return whole.choosing(ordinals, tokenCounts: tokenCounts, captureID: capture.id)
    }

    /// All prompts of a dataset that some capture has, in order of their first commit. O(prompts).
    public func prompts(ofDataset name: String) throws(StoreError) -> PromptTable {
        guard let id = contents.datasetID(name) else {
            throw StoreError(.unknown, "\(path): there is no dataset \"\(name)\"")
        }
        let whole = try allPrompts(ofDataset: id)
        guard let living = livingPrompts[id] else { return whole }
        return whole.choosing(living.sorted(), tokenCounts: [], captureID: nil)
    }

    /// All prompts of a dataset, also those that no living capture has, by their ordinals. Captures' tables are made of it: a catalogue
    /// may have a million prompts, and each row of it is read and checked once.
    private func allPrompts(ofDataset id: Int) throws(StoreError) -> PromptTable {
        if let known = promptTables.withLock({ $0.value(for: .dataset(id)) }) { return known }
        let count = contents.promptCounts[id] ?? 0
        let types = contents.datasetColumns[id] ?? []
        let table = try catalog.read { transaction in
            var builder = PromptTableBuilder(count: count, columns: types)
            try transaction.scanPromptRows(ofDataset: id, count: count) { ordinal, row in
                try builder.set(ordinal, row)
            }
            return builder.table()
        }
        promptTables.withLock { $0.insert(table, for: .dataset(id), cost: count + 1) }
        return table
    }
}

extension CatalogTransaction {
    /// Ordinals within the dataset and token counts of the prompts of a capture's own chunks, in their order.
    func prompts(
        ofChunks chunks: [ChunkRecord], datasetCount: Int
    ) throws -> (ordinals: [Int], tokenCounts: [Int]) {
        let places = Dictionary(zip(chunks.map(\.id), chunks.indices), uniquingKeysWith: { first, _ in first })
        var parts = [(ordinals: [Int], tokenCounts: [Int])?](repeating: nil, count: chunks.count)
        func take(_ row: CatalogRow, _ place: Int) throws {
            let chunk = chunks[place]
            let ordinals = try numbers(try row.blob(1), limit: datasetCount - 1)
            let tokenCounts = try numbers(try row.blob(2), limit: chunk.rowCount)
            guard ordinals.count == chunk.promptCount, tokenCounts.count == ordinals.count,
                tokenCounts.reduce(0, +) == chunk.rowCount
            else {
                throw StoreError.damagedCatalog(
                    path, "prompts of chunk \(chunk.id)",
                    expected: "\(chunk.promptCount) prompts of \(chunk.rowCount) tokens", found: "others")
            }
            parts[place] = (ordinals, tokenCounts)
        }
        if let low = chunks.map(\.id).min(), let high = chunks.map(\.id).max(), high - low < 4 * chunks.count {
            // One statement for all: preparing one for each chunk takes longer than reading them.
            try scan(.chunkPrompts, where: "id BETWEEN \(low) AND \(high)") { row in
                if let place = places[try row.int(0)] { try take(row, place) }
            }
        } else {
            for (place, chunk) in chunks.enumerated() {
                try scan(.chunkPrompts, where: "id = \(chunk.id)") { row in try take(row, place) }
            }
        }
        var ordinals: [Int] = []
        var tokenCounts: [Int] = []
        for (chunk, part) in zip(chunks, parts) {
            guard let part else {
                throw StoreError.damagedCatalog(path, "chunk_prompts", expected: "row \(chunk.id)", found: "none")
            }
            ordinals += part.ordinals
            tokenCounts += part.tokenCounts
        }
        return (ordinals, tokenCounts)
    }

    private func numbers(_ bytes: [UInt8], limit: Int) throws(Corruption) -> [Int] {
        var input = ByteReader(bytes, path: path, base: 0, what: "prompts of a chunk")
        var numbers: [Int] = []
        numbers.reserveCapacity(bytes.count / 4)
        while input.remaining > 0 { numbers.append(try input.count(UInt32.self, limit: limit, "number")) }
        return numbers
    }
}

extension CatalogContents {
    /// Ordinals of the prompts that living captures have, for each living dataset of which a capture was removed.
    func livingPrompts(_ transaction: CatalogTransaction) throws -> [Int: Set<Int>] {
        var living: [Int: Set<Int>] = [:]
        for row in captures.values where dead.datasets.contains(row.dataset) {
            let base = groups(of: row.id).first { $0.ordinal == 0 }
            let count = promptCounts[row.dataset] ?? 0
            let (ordinals, _) = try transaction.prompts(
                ofChunks: base?.chunks.map(\.record) ?? [], datasetCount: count)
            living[row.dataset, default: []].formUnion(ordinals)
        }
        return living
    }
}

/// Fills a prompt table in any order.
private struct PromptTableBuilder {
    private var keys: [String]
    private var sources: [String]
    private var values: [[MetadataValue?]]
    private let columns: [(name: String, type: MetadataType)]
    private let names: [[UInt8]]
    private let places: [[UInt8]: Int]

    init(count: Int, columns: [(name: String, type: MetadataType)]) {
        keys = [String](repeating: "", count: count)
        sources = keys
        values = columns.map { _ in [MetadataValue?](repeating: nil, count: count) }
        self.columns = columns
        names = columns.map { Array($0.name.utf8) }
        places = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
    }

    /// Takes a row of `prompts`.
    mutating func set(_ place: Int, _ row: CatalogRow) throws {
        keys[place] = try row.text(2)
        sources[place] = try row.text(3)
        let metadata = try row.withBytes(4) { text in unsafe text.withUnsafeBytes { unsafe Array($0) } }
        guard let fields = FlatJSON.parse(utf8: metadata) else {
            throw StoreError.damagedCatalog(
                row.path, "metadata of prompt \(keys[place])", expected: "a flat JSON object", found: "other text")
        }
        for (index, field) in fields.enumerated() {
            // Most prompts have all columns, in their order.
            let isNext = index < names.count && names[index].elementsEqual(field.0.utf8)
            guard let column = isNext ? index : places[Array(field.0.utf8)] else {
                throw StoreError.damagedCatalog(
                    row.path, "metadata of prompt \(keys[place])", expected: "known columns", found: field.0)
            }
            values[column][place] = field.1.converted(to: columns[column].type)
        }
    }

    func table() -> PromptTable {
        PromptTable(
            keys: keys, sources: sources, firstRow: [], tokenCount: [],
            metadata: columns.enumerated().map {
                MetadataColumn(name: $0.element.name, type: $0.element.type, values: values[$0.offset])
            })
    }
}

extension PromptTable {
    /// The prompts at some places, in this order: all of them in theirs share the memory of this table.
    fileprivate func choosing(_ chosen: [Int], tokenCounts: [Int], captureID: Int?) -> PromptTable {
        var firstRow: [Int] = []
        firstRow.reserveCapacity(tokenCounts.count)
        var row = 0
        for count in tokenCounts {
            firstRow.append(row)
            row += count
        }
        let isWhole = chosen.elementsEqual(keys.indices)
        return PromptTable(
            keys: isWhole ? keys : chosen.map { keys[$0] }, sources: isWhole ? sources : chosen.map { sources[$0] },
            firstRow: firstRow, tokenCount: tokenCounts,
            metadata: isWhole
                ? metadata
                : metadata.map { column in
                    MetadataColumn(name: column.name, type: column.type, values: chosen.map { column.values[$0] })
                },
            captureID: captureID)
    }
}
