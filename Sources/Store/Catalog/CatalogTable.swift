import ChunkFormat

/// A value of a catalogue row.
enum CatalogValue: Sendable, Hashable {
    case null
    case int(Int)
    case double(Double)
    case text(String)
    case blob([UInt8])
}

/// The tables of the catalogue with their columns, in the order that the digest of a row takes them.
enum CatalogTable: String, CaseIterable, Sendable {
    case store, commits, tokenizers, models, datasets
    case datasetColumns = "dataset_columns"
    case prompts, captures, columns, sites, chunks
    case chunkPrompts = "chunk_prompts"

    /// Columns before `generation` and `digest`.
    var ownColumns: [String] {
        switch self {
        case .store: ["id", "uuid"]
        case .commits: ["generation", "parent_root", "root", "counts", "rows_digest", "what", "committed_at"]
        case .tokenizers: ["id", "tokenizer_digest", "pieces"]
        case .models:
            [
                "id", "name", "architecture", "layer_count", "hidden_size", "model_digest", "adapter_digest",
                "tokenizer",
            ]
        case .datasets: ["id", "name"]
        case .datasetColumns: ["id", "dataset", "name", "type"]
        case .prompts: ["id", "dataset", "key", "source", "metadata"]
        case .captures:
            [
                "id", "model", "dataset", "spec_digest", "prompts_digest", "prompt_count", "row_count", "chunk_bytes",
            ]
        case .columns: ["id", "capture", "ordinal", "name", "element_type", "width"]
        case .sites:
            [
                "id", "capture", "ordinal", "kind", "name", "size", "top_k", "source", "weights_digest", "scale",
                "norms",
            ]
        case .chunks:
            [
                "id", "capture", "key", "file", "first_row", "row_count", "first_prompt", "prompt_count",
                "new_prompts", "stored_bytes", "raw_bytes",
            ]
        case .chunkPrompts: ["id", "ordinals", "token_counts"]
        }
    }

    /// All columns but the digest. Commits are the generations themselves.
    var digestedColumns: [String] { self == .commits ? ownColumns : ownColumns + ["generation"] }

    /// The tables whose rows each commit counts.
    static let counted = allCases.filter { $0 != .commits }

    /// Tables that a snapshot reads whole when it opens.
    static let small: [CatalogTable] = [
        .store, .models, .datasets, .datasetColumns, .captures, .columns, .sites, .chunks,
    ]
}

/// XXH3-64 of a table's name and a row's values, each with its type and length.
struct RowDigest: Sendable {
    private var writer = ByteWriter()

    init(_ table: CatalogTable) { writer.append(table.rawValue) }

    mutating func add(_ value: CatalogValue) {
        switch value {
        case .null: writer.append(UInt8(0))
        case .int(let number):
            writer.append(UInt8(1))
            writer.append(Int64(number))
        case .double(let number):
            writer.append(UInt8(2))
            writer.append(number)
        case .text(let text):
            writer.append(UInt8(3))
            writer.append(text)
        case .blob(let bytes):
            writer.append(UInt8(4))
            writer.append(block: bytes)
        }
    }

    /// As SQLite keeps it: the same 64 bits, signed.
    var value: Int { Int(bitPattern: UInt(Checksum.of(writer.bytes))) }
}

/// A row whose digest was checked, read column by column.
struct CatalogRow {
    let table: CatalogTable
    let values: [CatalogValue]
    /// The commit that added it.
    let generation: Int
    let digest: Int
    let path: String

    // A STRICT table holds the declared types, but the file may come from anywhere.
    private func mismatch(_ column: Int, _ type: String) -> StoreError {
        .damagedCatalog(
            path, "column \(table.ownColumns[column]) of \(table.rawValue)", expected: type, found: "another type")
    }

    func int(_ column: Int) throws(StoreError) -> Int {
        guard case .int(let number) = values[column] else { throw mismatch(column, "an integer") }
        return number
    }

    /// An integer that counts something: 0…2⁴⁸, so that sums of them can't overflow.
    func count(_ column: Int) throws(StoreError) -> Int {
        let number = try int(column)
        guard number >= 0, number <= 1 << 48 else { throw mismatch(column, "a count") }
        return number
    }

    func text(_ column: Int) throws(StoreError) -> String {
        guard case .text(let text) = values[column] else { throw mismatch(column, "text") }
        return text
    }

    func blob(_ column: Int) throws(StoreError) -> [UInt8] {
        guard case .blob(let bytes) = values[column] else { throw mismatch(column, "a blob") }
        return bytes
    }

    func double(_ column: Int) throws(StoreError) -> Double {
        guard case .double(let number) = values[column] else { throw mismatch(column, "a number") }
        return number
    }

    func optionalText(_ column: Int) throws(StoreError) -> String? {
        if case .null = values[column] { return nil }
        return try text(column)
    }
}
