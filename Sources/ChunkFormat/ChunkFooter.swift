public import Tensor

/// The directory of a chunk file: whose rows these are, and where every block lies.
public struct ChunkFooter: Sendable, Hashable {
    /// One column and its blocks, `blockRows` rows each but the last.
    public struct Column: Sendable, Hashable {
        /// Name, type and width.
        public var spec: ColumnSpec
        /// Rows of every block but the last.
        public var blockRows: Int
        /// Over all rows of the chunk.
        public var statistics: ColumnStatistics
        /// Largest |stored − given| of the chunk's values; 0 for every lossless type.
        public var maximumError: Double
        /// Root of the mean squared |stored − given|; 0 for every lossless type.
        public var rmsError: Double
        /// In row order.
        public var blocks: [BlockEntry]

        /// A column as it was encoded.
        public init(
            spec: ColumnSpec, blockRows: Int, statistics: ColumnStatistics, loss: EncodingLoss = EncodingLoss(),
            blocks: [BlockEntry]
        ) {
            self.spec = spec
            self.blockRows = blockRows
            self.statistics = statistics
            maximumError = loss.maximumError
            rmsError = loss.rmsError
            self.blocks = blocks
        }
    }

    /// Bytes beside the columns, by name: what the catalogue is rebuilt from.
    public struct Attachment: Sendable, Hashable {
        /// `spec`, `prompts` or `tokenizer`.
        public var name: String
        /// Encoded as a column of u8.
        public var block: BlockEntry
    }

    /// The capture's model.
    public var model: String
    /// The capture's dataset.
    public var dataset: String
    /// Digest of the capture's whole description.
    public var specDigest: Digest128
    /// Digest of the capture's whole list of prompts.
    public var promptsDigest: Digest128
    /// Rows of the capture before this chunk's first.
    public var firstRow: Int
    /// Tokens in this chunk, at least 1.
    public var rowCount: Int
    /// Prompts of the capture before this chunk's first.
    public var firstPrompt: Int
    /// Prompts in this chunk, at least 1.
    public var promptCount: Int
    /// In file order.
    public var columns: [Column] = []
    /// After the columns, in file order.
    public var attachments: [Attachment] = []

    static let magic: UInt32 = 0x544F_4F46  // "FOOT"
    static let columnLimit = 1 << 16
    static let rowLimit = 1 << 40
    static let nameLimit = 4096
    static let attachmentLimit = 1 << 30

    /// A directory without columns yet.
    public init(
        model: String, dataset: String, specDigest: Digest128, promptsDigest: Digest128, firstRow: Int, rowCount: Int,
        firstPrompt: Int, promptCount: Int
    ) {
        self.model = model
        self.dataset = dataset
        self.specDigest = specDigest
        self.promptsDigest = promptsDigest
        self.firstRow = firstRow
        self.rowCount = rowCount
        self.firstPrompt = firstPrompt
        self.promptCount = promptCount
    }

    /// Bytes of all columns after decoding.
    public var rawBytes: Int { columns.reduce(0) { $0 + $1.spec.rowBytes * rowCount } }

    /// Every block in file order, with a name for errors.
    public var allBlocks: [(what: String, block: BlockEntry)] {
        columns.flatMap { column in
            column.blocks.enumerated().map { (ChunkFooter.blockName($0.offset, of: column.spec.id), $0.element) }
        } + attachments.map { ("attachment \($0.name)", $0.block) }
    }

    /// How errors call a block.
    public static func blockName(_ index: Int, of column: ColumnID) -> String {
        "block \(index) of \(column.canonicalName)"
    }
}
