import ChunkFormat
import Tensor

/// The small tables of one generation, read whole in one short transaction.
struct CatalogContents: Sendable {
    struct Chunk: Sendable {
        let record: ChunkRecord
        let capture: Int
        let key: String
        let newPrompts: Int
    }

    struct CaptureRow: Sendable {
        let id: Int
        let model: Int
        let dataset: Int
        let specDigest: String
        let promptsDigest: String
        let promptCount: Int
        let rowCount: Int
        let chunkBytes: Int
    }

    private(set) var head = CatalogHead()
    private(set) var tokenizers: [Int: String] = [:]
    private(set) var models: [Int: ModelRecord] = [:]
    private(set) var datasets: [Int: String] = [:]
    private(set) var datasetColumns: [Int: [(name: String, type: MetadataType)]] = [:]
    private(set) var captures: [CaptureRow] = []
    private(set) var columns: [Int: [ColumnSpec]] = [:]
    private(set) var latentSpaces: [Int: [LatentSpace]] = [:]
    private(set) var adapterModules: [Int: [AdapterModule]] = [:]
    private(set) var chunks: [Chunk] = []

    init(_ transaction: CatalogTransaction) throws {
        head = try transaction.checkedHead().head
        // Only the names: the pieces are read when asked for.
        try transaction.scanTokenizerDigests { tokenizers[$0] = $1 }
        for table in CatalogTable.small {
            try transaction.scanAll(table, head) { try take($0, path: transaction.path) }
        }
        chunks.sort { ($0.capture, $0.record.firstRow) < ($1.capture, $1.record.firstRow) }
        try checkChunks(transaction.path)
    }

    private mutating func take(_ row: CatalogRow, path: String) throws {
        func damaged(_ what: String) -> StoreError {
            .damagedCatalog(path, "a row of \(row.table.rawValue)", expected: what, found: "another value")
        }
        let id = try row.count(0)
        switch row.table {
        case .models:
            models[id] = ModelRecord(
                name: try row.text(1), architecture: try row.text(2), layerCount: try row.count(3),
                hiddenSize: try row.count(4), digest: try row.text(5), adapterDigest: try row.optionalText(6),
                tokenizerDigest: tokenizers[try row.int(7)] ?? "")
        case .datasets: datasets[id] = try row.text(1)
        case .datasetColumns:
            guard let type = MetadataType(rawValue: try row.text(3)) else { throw damaged("a metadata type") }
            let name = try row.text(2)
            var known = datasetColumns[try row.count(1)] ?? []
            if let place = known.firstIndex(where: { Array($0.name.utf8) == Array(name.utf8) }) {
                known[place].type = known[place].type.widened(by: type)
            } else {
                known.append((name, type))
            }
            datasetColumns[try row.count(1)] = known
        case .captures:
            captures.append(
                CaptureRow(
                    id: id, model: try row.count(1), dataset: try row.count(2), specDigest: try row.text(3),
                    promptsDigest: try row.text(4), promptCount: try row.count(5), rowCount: try row.count(6),
                    chunkBytes: try row.count(7)))
        case .columns:
            guard let column = ColumnID(canonical: try row.text(3)),
                let type = ElementType(rawValue: try row.text(4)), try row.count(5) > 0,
                try row.count(5) <= ColumnSpec.widthLimit
            else { throw damaged("a column") }
            columns[try row.count(1), default: []].append(
                ColumnSpec(id: column, elementType: type, width: try row.count(5)))
        case .sites: try takeSite(row)
        case .chunks:
            chunks.append(
                Chunk(
                    record: ChunkRecord(
                        name: try row.text(3), firstRow: try row.count(4), rowCount: try row.count(5),
                        firstPrompt: try row.count(6), promptCount: try row.count(7), storedBytes: try row.count(9),
                        rawBytes: try row.count(10), id: id),
                    capture: try row.count(1), key: try row.text(2), newPrompts: try row.count(8)))
        case .store, .commits, .tokenizers, .prompts, .chunkPrompts: break
        }
    }

    private mutating func takeSite(_ row: CatalogRow) throws {
        let capture = try row.count(1)
        guard let site = Site(canonical: try row.text(4)) else {
            throw StoreError.damagedCatalog(row.path, "a row of sites", expected: "a site", found: "other text")
        }
        if try row.text(3) == "sae" {
            latentSpaces[capture, default: []].append(
                LatentSpace(
                    site: site, latents: try row.count(5), topK: try row.count(6),
                    source: SitePoint(rawValue: try row.text(7)) ?? .residPost, digest: try row.text(8)))
        } else {
            let bytes = try row.blob(10)
            var input = ByteReader(bytes, path: row.path, base: 0, what: "norms of a site")
            var norms: [Double] = []
            while input.remaining > 0 { norms.append(try input.double()) }
            adapterModules[capture, default: []].append(
                AdapterModule(site: site, rank: try row.count(5), scale: try row.double(9), bNorms: norms))
        }
    }

    /// Chunks of a capture must follow each other from row 0, and their names be digests.
    private func checkChunks(_ path: String) throws(StoreError) {
        var capture = -1
        var row = 0
        var prompt = 0
        for chunk in chunks {
            if chunk.capture != capture { (capture, row, prompt) = (chunk.capture, 0, 0) }
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
    }

    /// Prompts that a dataset owns.
    func promptCount(ofDataset id: Int) -> Int {
        let members = Set(captures.filter { $0.dataset == id }.map(\.id))
        return chunks.reduce(0) { members.contains($1.capture) ? $0 + $1.newPrompts : $0 }
    }
}
