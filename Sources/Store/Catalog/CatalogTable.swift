import ChunkFormat
import Schema

/// A value of a catalogue row.
enum CatalogValue: Sendable, Hashable {
    case null
    case int(Int)
    case double(Double)
    case text(String)
    case blob([UInt8])
}

/// The schema that a catalogue has: the old one is only ever checked and migrated.
enum CatalogVersion: Int, Sendable {
    case one = 1
    case two = 2

    static let current = CatalogVersion.two
}

/// The tables of the catalogue with their columns, in the order that the digest of a row takes them.
enum CatalogTable: String, CaseIterable, Sendable {
    case store, commits, tokenizers, models, datasets
    case datasetColumns = "dataset_columns"
    case prompts, captures
    case columnGroups = "column_groups"
    case columns, sites, chunks
    case chunkPrompts = "chunk_prompts"
    case removals

    /// Columns before `generation` and `digest`.
    func ownColumns(_ version: CatalogVersion = .current) -> [String] {
        let owner = version == .one ? "capture" : "column_group"
        switch self {
        case .store: return ["id", "uuid"]
        case .commits: return ["generation", "parent_root", "root", "counts", "rows_digest", "what", "committed_at"]
        case .tokenizers: return ["id", "tokenizer_digest", "pieces"]
        case .models:
            return [
                "id", "name", "architecture", "layer_count", "hidden_size", "model_digest", "adapter_digest",
                "tokenizer",
            ]
        case .datasets: return ["id", "name"]
        case .datasetColumns: return ["id", "dataset", "name", "type"]
        case .prompts: return ["id", "dataset", "key", "source", "metadata"]
        case .captures:
            return version == .one
                ? [
                    "id", "model", "dataset", "spec_digest", "prompts_digest", "prompt_count", "row_count",
                    "chunk_bytes",
                ] : ["id", "model", "dataset", "prompts_digest", "prompt_count", "row_count"]
        case .columnGroups: return ["id", "capture", "ordinal", "spec_digest", "chunk_bytes"]
        case .columns: return ["id", owner, "ordinal", "name", "element_type", "width"]
        case .sites:
            return [
                "id", owner, "ordinal", "kind", "name", "size", "top_k", "source", "weights_digest", "scale", "norms",
            ]
        case .chunks:
            let rows = ["id", owner, "key", "file", "first_row", "row_count", "first_prompt", "prompt_count"]
            return rows + (version == .one ? ["new_prompts"] : []) + ["stored_bytes", "raw_bytes"]
        case .chunkPrompts: return ["id", "ordinals", "token_counts"]
        case .removals: return ["id", "kind", "target"]
        }
    }

    /// All columns but the digest. Commits are the generations themselves.
    func digestedColumns(_ version: CatalogVersion = .current) -> [String] {
        self == .commits ? ownColumns(version) : ownColumns(version) + ["generation"]
    }

    /// The tables whose rows each commit counts.
    static func counted(_ version: CatalogVersion = .current) -> [CatalogTable] {
        allCases.filter { table in
            switch table {
            case .commits: false
            case .columnGroups, .removals: version != .one
            default: true
            }
        }
    }

    /// Tables that a snapshot reads whole when it opens, in this order: what is dead must be known first.
    static let small: [CatalogTable] = [
        .store, .removals, .models, .datasets, .datasetColumns, .captures, .columnGroups, .columns, .sites, .chunks,
    ]

    /// The tables that the step from version 1 to 2 made anew: their digests are computed again.
    static let remadeInVersion2: [CatalogTable] = [.captures, .columnGroups, .columns, .sites, .chunks]
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
