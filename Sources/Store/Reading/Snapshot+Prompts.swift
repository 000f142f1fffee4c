import ChunkFormat
import Synchronization

extension Snapshot {
    /// The committed prompts of a capture in capture order. O(prompts of its dataset).
    public func prompts(of capture: CaptureRecord) throws(StoreError) -> PromptTable {
        if let known = promptTables.withLock({ $0.value(for: capture.id) }) { return known }
        let table = try readPrompts(of: capture)
        promptTables.withLock { $0.insert(table, for: capture.id, cost: table.keys.count + 1) }
        return table
    }

    private func readPrompts(of capture: CaptureRecord) throws(StoreError) -> PromptTable {
        let datasetCount = contents.promptCounts[capture.datasetID] ?? 0
        let types = contents.datasetColumns[capture.datasetID] ?? []
        return try catalog.read { transaction in
            let (ordinals, tokenCounts) = try transaction.prompts(
                ofChunks: capture.chunks, datasetCount: datasetCount)
            var places = [Int32](repeating: -1, count: datasetCount)
            for (place, ordinal) in ordinals.enumerated() { places[ordinal] = Int32(place) }
            var builder = PromptTableBuilder(count: ordinals.count, columns: types)
            try transaction.scanPrompts(ofDataset: capture.datasetID, count: datasetCount) {
                ordinal, key, source, metadata in
                guard places[ordinal] >= 0 else { return }
                try builder.set(Int(places[ordinal]), key, source, metadata, path: transaction.path)
            }
            return builder.table(tokenCounts: tokenCounts, captureID: capture.id)
        }
    }

    /// All prompts of a dataset that some capture has, in order of their first commit.
    public func prompts(ofDataset name: String) throws(StoreError) -> PromptTable {
        guard let id = contents.datasetID(name) else {
            throw StoreError(.unknown, "\(path): there is no dataset \"\(name)\"")
        }
        let count = contents.promptCounts[id] ?? 0
        let types = contents.datasetColumns[id] ?? []
        let living = livingPrompts[id]
        return try catalog.read { transaction in
            var builder = PromptTableBuilder(count: living?.count ?? count, columns: types)
            var place = 0
            try transaction.scanPrompts(ofDataset: id, count: count) { ordinal, key, source, metadata in
                guard living?.contains(ordinal) ?? true else { return }
                try builder.set(place, key, source, metadata, path: transaction.path)
                place += 1
            }
            return builder.table(tokenCounts: [], captureID: nil)
        }
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
    private let places: [[UInt8]: Int]

    init(count: Int, columns: [(name: String, type: MetadataType)]) {
        keys = [String](repeating: "", count: count)
        sources = keys
        values = columns.map { _ in [MetadataValue?](repeating: nil, count: count) }
        self.columns = columns
        places = Dictionary(
            columns.enumerated().map { (Array($0.element.name.utf8), $0.offset) },
            uniquingKeysWith: { first, _ in first })
    }

    mutating func set(
        _ place: Int, _ key: String, _ source: String, _ metadata: String, path: String
    ) throws(StoreError) {
        keys[place] = key
        sources[place] = source
        guard let fields = FlatJSON.parse(metadata) else {
            throw StoreError.damagedCatalog(
                path, "metadata of prompt \(key)", expected: "a flat JSON object", found: "other text")
        }
        for (name, value) in fields {
            guard let column = places[Array(name.utf8)] else {
                throw StoreError.damagedCatalog(
                    path, "metadata of prompt \(key)", expected: "known columns", found: name)
            }
            values[column][place] = value.converted(to: columns[column].type)
        }
    }

    func table(tokenCounts: [Int], captureID: Int?) -> PromptTable {
        var firstRow: [Int] = []
        firstRow.reserveCapacity(tokenCounts.count)
        var row = 0
        for count in tokenCounts {
            firstRow.append(row)
            row += count
        }
        return PromptTable(
            keys: keys, sources: sources, firstRow: firstRow, tokenCount: tokenCounts,
            metadata: columns.enumerated().map {
                MetadataColumn(name: $0.element.name, type: $0.element.type, values: values[$0.offset])
            }, captureID: captureID)
    }
}
