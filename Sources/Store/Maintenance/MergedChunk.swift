import ChunkFormat
import Tensor

/// The rows of neighbouring chunks, decoded into one chunk that is still to be written.
struct MergedChunk: ~Copyable {
    let key: Digest128
    /// XXH3-128 over the decoded bytes of each column, rows in order.
    let columnDigests: [Digest128]
    /// XXH3-128 of the `prompts` attachment.
    let promptsDigest: Digest128
    private let draft: ChunkDraft
    private let buffers: ColumnBuffers

    /// Reads every block of the chunks, their checksums compared.
    init(
        _ chunks: [CatalogContents.Chunk], of group: CatalogContents.Group, in capture: CatalogContents.CaptureRow,
        _ layout: StoreLayout
    ) throws(StoreError) {
        let rowCount = chunks.reduce(0) { $0 + $1.record.rowCount }
        var rows = ColumnBuffers(columns: group.columns, rowCount: rowCount)
        var parts = Parts(columnCount: group.columns.count)
        var memory = ChunkFile.WalkMemory()
        for chunk in chunks {
            let file = try ChunkFile(path: layout.chunk(chunk.record.name))
            try MergedChunk.check(file, chunk, group, capture)
            try parts.take(file, &rows, &memory)
        }
        guard let identity = parts.identity, let spec = parts.spec else { preconditionFailure("no chunk to merge") }
        let footer = ChunkFooter(
            model: identity.model, dataset: identity.dataset, specDigest: identity.specDigest,
            promptsDigest: identity.promptsDigest, firstRow: identity.firstRow, rowCount: rowCount,
            firstPrompt: identity.firstPrompt, promptCount: parts.promptCount)
        key = ChunkPlan.key(
            specDigest: footer.specDigest, promptsDigest: footer.promptsDigest, firstRow: footer.firstRow,
            rowCount: rowCount, firstPrompt: footer.firstPrompt, promptCount: footer.promptCount)
        let prompts = parts.prompts
        var attachments = [("spec", spec), ("prompts", prompts)]
        if let tokenizer = parts.tokenizer { attachments.append(("tokenizer", tokenizer)) }
        draft = ChunkDraft(key: key, footer: footer, columns: group.columns, attachments: attachments)
        columnDigests = parts.digests()
        promptsDigest = Digest128(of: prompts.rawSpan)
        buffers = rows
    }

    /// The work of encoding and writing it.
    consuming func job(_ layout: StoreLayout) -> ChunkJob {
        ChunkJob(key: key, draft: draft, buffers: buffers, layout: layout)
    }

    /// The digests of a chunk as it lies on disk, every block read and decoded.
    static func digests(
        of file: borrowing ChunkFile
    ) throws(StoreError) -> (columns: [Digest128], prompts: Digest128) {
        var memory = ChunkFile.WalkMemory()
        var columns: [Digest128] = []
        for index in file.footer.columns.indices {
            var digest = StreamingDigest()
            try file.walk(column: index, memory: &memory) { (_, rows) throws(StoreError) in digest.update(rows) }
            columns.append(digest.value)
        }
        let prompts = try file.attachment("prompts", memory: &memory) ?? []
        return (columns, Digest128(of: prompts.rawSpan))
    }

    /// The file must be the chunk that the catalogue means.
    private static func check(
        _ file: borrowing ChunkFile, _ chunk: CatalogContents.Chunk, _ group: CatalogContents.Group,
        _ capture: CatalogContents.CaptureRow
    ) throws(StoreError) {
        let footer = file.footer
        guard file.header.key.description == chunk.key, footer.specDigest.description == group.specDigest,
            footer.promptsDigest.description == capture.promptsDigest, footer.firstRow == chunk.record.firstRow,
            footer.rowCount == chunk.record.rowCount, footer.firstPrompt == chunk.record.firstPrompt,
            footer.promptCount == chunk.record.promptCount, footer.columns.map(\.spec) == group.columns
        else {
            throw StoreError(
                Corruption(
                    path: file.path, offset: 0, what: "chunk footer", expected: "what the catalogue says of this chunk",
                    found: "\(footer.model)/\(footer.dataset) rows from \(footer.firstRow)"))
        }
    }
}

/// What is gathered of one chunk after another.
private struct Parts: ~Copyable {
    var identity: ChunkFooter?
    var spec: [UInt8]?
    var tokenizer: [UInt8]?
    var promptCount = 0
    private var promptRecords: [UInt8] = []
    private var states: [ColumnDigest]
    private var row = 0

    /// A class, as an array can't hold what is not copyable.
    private final class ColumnDigest {
        var digest = StreamingDigest()
    }

    init(columnCount: Int) { states = (0..<columnCount).map { _ in ColumnDigest() } }

    /// The `prompts` attachment of all chunks together.
    var prompts: [UInt8] {
        var out = ByteWriter()
        out.append(UInt32(promptCount))
        return out.bytes + promptRecords
    }

    func digests() -> [Digest128] { states.map { $0.digest.value } }

    mutating func take(
        _ file: borrowing ChunkFile, _ rows: inout ColumnBuffers, _ memory: inout ChunkFile.WalkMemory
    ) throws(StoreError) {
        let first = row
        for index in file.footer.columns.indices {
            let state = states[index]
            try file.walk(column: index, memory: &memory) { (place, bytes) throws(StoreError) in
                state.digest.update(bytes)
                rows.write(bytes, column: index, row: first + place)
            }
        }
        row += file.footer.rowCount
        func missing(_ name: String) -> StoreError {
            StoreError(
                Corruption(
                    path: file.path, offset: 0, what: "chunk footer", expected: "an attachment \(name)",
                    found: "none"))
        }
        guard let prompts = try file.attachment("prompts", memory: &memory), prompts.count >= 4 else {
            throw missing("prompts")
        }
        promptRecords += prompts[4...]
        promptCount += file.footer.promptCount
        guard identity == nil else { return }
        guard let description = try file.attachment("spec", memory: &memory) else { throw missing("spec") }
        identity = file.footer
        spec = description
        tokenizer = try file.attachment("tokenizer", memory: &memory)
    }
}
