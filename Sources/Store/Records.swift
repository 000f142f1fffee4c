import ChunkFormat
public import Tensor

/// A model as the store knows it.
public struct ModelRecord: Sendable, Hashable {
    public let name: String
    public let architecture: String
    public let layerCount: Int
    public let hiddenSize: Int
    public let digest: String
    public let adapterDigest: String?
    public let tokenizerDigest: String
}

/// A dataset as the store knows it: the prompts committed so far, by whatever model.
public struct DatasetRecord: Sendable {
    public let name: String
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
    public let rowCount: Int
    /// Prompts of the capture before this chunk.
    public let firstPrompt: Int
    public let promptCount: Int
    /// Bytes of the file.
    public let storedBytes: Int
    /// Bytes of its columns before encoding.
    public let rawBytes: Int

    let id: Int
}

/// One (model, dataset) pair: what is committed of it.
public struct CaptureRecord: Sendable, Identifiable {
    public let id: Int
    public let model: String
    public let dataset: String
    /// False while chunks of the plan are missing; the rows that are there are the first ones.
    public let isComplete: Bool
    /// Committed tokens.
    public let rowCount: Int
    /// Committed prompts.
    public let promptCount: Int
    /// Tokens and prompts once it is complete.
    public let plannedRowCount: Int
    public let plannedPromptCount: Int
    public let architecture: String
    public let layerCount: Int
    public let hiddenSize: Int
    public let columns: [ColumnSpec]
    /// In row order, without a gap, from row 0.
    public let chunks: [ChunkRecord]
    public let latentSpaces: [LatentSpace]
    public let adapterModules: [AdapterModule]
    public let modelDigest: String
    public let tokenizerDigest: String
    public let adapterDigest: String?
    /// XXH3-128 of the capture's description.
    public let specDigest: String

    let tokenizerID: Int
    let datasetID: Int

    /// `MODEL/DATASET`.
    public var name: String { model + "/" + dataset }
}

/// One metadata column over the prompts of a table; nil where a prompt has no such value.
public struct MetadataColumn: Sendable, Hashable {
    public let name: String
    public let type: MetadataType
    public let values: [MetadataValue?]

    public init(name: String, type: MetadataType, values: [MetadataValue?]) {
        self.name = name
        self.type = type
        self.values = values
    }
}

/// Prompts, column by column.
public struct PromptTable: Sendable {
    public let keys: [String]
    /// The prompt's text, or the JSON of its messages.
    public let sources: [String]
    /// First row of each prompt within the capture; empty for a dataset's table.
    public let firstRow: [Int]
    /// Rows of each prompt; empty for a dataset's table.
    public let tokenCount: [Int]
    public let metadata: [MetadataColumn]

    public init(
        keys: [String], sources: [String], firstRow: [Int], tokenCount: [Int], metadata: [MetadataColumn]
    ) {
        self.keys = keys
        self.sources = sources
        self.firstRow = firstRow
        self.tokenCount = tokenCount
        self.metadata = metadata
    }
}
