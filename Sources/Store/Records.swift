import ChunkFormat
public import Tensor

/// A model as the store knows it.
public struct ModelRecord: Sendable, Hashable {
    /// As the user named it.
    public let name: String
    /// The model's class, such as `Qwen2ForCausalLM`.
    public let architecture: String
    /// Decoder layers.
    public let layerCount: Int
    /// Width of the residual stream.
    public let hiddenSize: Int
    /// Of weights and configuration.
    public let digest: String
    /// nil for a bare model.
    public let adapterDigest: String?
    /// Of the tokenizer.
    public let tokenizerDigest: String
}

/// A dataset as the store knows it: the prompts committed so far, by whatever model.
public struct DatasetRecord: Sendable {
    /// As the user named it.
    public let name: String
    /// Prompts that some capture has committed.
    public let promptCount: Int
    /// Metadata columns in order of first sight.
    public let columns: [(name: String, type: MetadataType)]
}

/// One committed chunk file of a capture.
public struct ChunkRecord: Sendable, Hashable {
    /// The file's name: XXH3-128 of its bytes.
    public let name: String
    /// Rows of the capture before this chunk.
    public let firstRow: Int
    /// Tokens in this chunk.
    public let rowCount: Int
    /// Prompts of the capture before this chunk.
    public let firstPrompt: Int
    /// Prompts in this chunk.
    public let promptCount: Int
    /// Bytes of the file.
    public let storedBytes: Int
    /// Bytes of its columns before encoding.
    public let rawBytes: Int

    let id: Int
}

/// Columns of a capture that were captured together, with chunks of their own.
public struct ColumnGroupRecord: Sendable, Identifiable {
    /// Its number in the catalogue.
    public let id: Int
    /// 0 for the columns that came with the capture; the others were added later to the same rows.
    public let ordinal: Int
    /// Whether it covers every row of the capture. Only then its columns can be read.
    public let isComplete: Bool
    /// In the order of its chunk files.
    public let columns: [ColumnSpec]
    /// In row order, without a gap, from row 0.
    public let chunks: [ChunkRecord]
    /// XXH3-128 of the description in its chunk files.
    public let specDigest: String
    /// Raw bytes at which its chunks are cut.
    public let chunkBytes: Int

    /// Committed tokens.
    public var rowCount: Int { chunks.last.map { $0.firstRow + $0.rowCount } ?? 0 }
}

/// One (model, dataset) pair: what is committed of it.
public struct CaptureRecord: Sendable, Identifiable {
    /// Its number in the catalogue.
    public let id: Int
    /// The model's name.
    public let model: String
    /// The dataset's name.
    public let dataset: String
    /// False while chunks of the plan are missing; the rows that are there are the first ones.
    public let isComplete: Bool
    /// Committed tokens.
    public let rowCount: Int
    /// Committed prompts.
    public let promptCount: Int
    /// Tokens and prompts once it is complete.
    public let plannedRowCount: Int
    /// Prompts once it is complete.
    public let plannedPromptCount: Int
    /// The model's class, such as `Qwen2ForCausalLM`.
    public let architecture: String
    /// Decoder layers.
    public let layerCount: Int
    /// Width of the residual stream.
    public let hiddenSize: Int
    /// Every column that can be read, group by group.
    public let columns: [ColumnSpec]
    /// Chunks of the columns that came with the capture: in row order, without a gap, from row 0.
    public let chunks: [ChunkRecord]
    /// The columns that came with the capture, then those that were added, the unfinished ones included.
    public let groups: [ColumnGroupRecord]
    /// The autoencoders of its SAE columns.
    public let latentSpaces: [LatentSpace]
    /// The modules of its LoRA columns.
    public let adapterModules: [AdapterModule]
    /// Of weights and configuration.
    public let modelDigest: String
    /// Of the tokenizer.
    public let tokenizerDigest: String
    /// nil for a bare model.
    public let adapterDigest: String?
    /// XXH3-128 of the capture's description.
    public let specDigest: String

    let tokenizerID: Int
    let datasetID: Int

    /// `MODEL/DATASET`.
    public var name: String { model + "/" + dataset }

    /// The chunks that hold a column, in row order; empty where the column can't be read.
    public func chunks(holding column: ColumnID) -> [ChunkRecord] { group(holding: column)?.chunks ?? [] }

    /// The group that a column belongs to; nil where the column can't be read.
    public func group(holding column: ColumnID) -> ColumnGroupRecord? {
        groups.first { ($0.ordinal == 0 || $0.isComplete) && $0.columns.contains { $0.id == column } }
    }

    /// Bytes of all its chunk files.
    public var storedBytes: Int { groups.reduce(0) { $1.chunks.reduce($0) { $0 + $1.storedBytes } } }

    /// Bytes of its columns before encoding.
    public var rawBytes: Int { groups.reduce(0) { $1.chunks.reduce($0) { $0 + $1.rawBytes } } }
}

/// One metadata column over the prompts of a table; nil where a prompt has no such value.
public struct MetadataColumn: Sendable, Hashable {
    /// As in the prompt file.
    public let name: String
    /// Every value has it.
    public let type: MetadataType
    /// One for each prompt.
    public let values: [MetadataValue?]

    /// Columns as they are.
    public init(name: String, type: MetadataType, values: [MetadataValue?]) {
        self.name = name
        self.type = type
        self.values = values
    }
}

/// Prompts, column by column.
public struct PromptTable: Sendable {
    /// The prompts' ids.
    public let keys: [String]
    /// The prompt's text, or the JSON of its messages.
    public let sources: [String]
    /// First row of each prompt within the capture; empty for a dataset's table.
    public let firstRow: [Int]
    /// Rows of each prompt; empty for a dataset's table.
    public let tokenCount: [Int]
    /// In order of first sight.
    public let metadata: [MetadataColumn]
    /// The capture that the rows are of; nil for a dataset's table.
    public let captureID: Int?

    /// Columns of equal length, `firstRow` and `tokenCount` perhaps empty.
    public init(
        keys: [String], sources: [String], firstRow: [Int], tokenCount: [Int], metadata: [MetadataColumn],
        captureID: Int? = nil
    ) {
        self.keys = keys
        self.sources = sources
        self.firstRow = firstRow
        self.tokenCount = tokenCount
        self.metadata = metadata
        self.captureID = captureID
    }
}
