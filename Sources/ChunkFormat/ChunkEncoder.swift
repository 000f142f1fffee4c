internal import Tensor

/// Writes a chunk file from its first byte to its last, block by block, into a sink.
public struct ChunkEncoder: ~Copyable {
    private var footer: ChunkFooter
    private let key: Digest128
    private let attachments: [(name: String, bytes: [UInt8])]

    /// - Parameters:
    ///   - footer: the identity of the rows; columns and blocks are filled in here
    ///   - attachments: bytes to keep beside the columns
    public init(key: Digest128, footer: ChunkFooter, attachments: [(name: String, bytes: [UInt8])]) {
        self.key = key
        self.footer = footer
        self.attachments = attachments
    }

    /// Encodes every column and hands the file's bytes to `sink` in order.
    ///
    /// - Returns: the footer as written
    public consuming func encode<E: Error>(
        _ buffers: borrowing ColumnBuffers, sink: (RawSpan) throws(E) -> Void
    ) throws(E) -> ChunkFooter {
        precondition(buffers.rowCount == footer.rowCount && footer.rowCount > 0, "a chunk without rows")
        let header = ChunkHeader(key: key).encoded
        try sink(header.rawSpan)
        var offset = header.count
        var encoder = BlockEncoder()
        for (index, spec) in buffers.columns.enumerated() {
            var survey = ColumnSurvey(spec)
            var blocks: [BlockEntry] = []
            var row = 0
            while row < buffers.rowCount {
                let next = min(row + spec.blockRows, buffers.rowCount)
                let raw = buffers.bytes(of: index, rows: row..<next)
                survey.add(raw)
                blocks.append(
                    try ChunkEncoder.write(raw, BlockShape(spec), with: &encoder, at: &offset, sink: sink))
                row = next
            }
            footer.columns.append(
                ChunkFooter.Column(
                    spec: spec, blockRows: spec.blockRows, statistics: survey.result, loss: encoder.takeLoss(),
                    blocks: blocks))
        }
        for attachment in attachments {
            let block = try ChunkEncoder.write(
                attachment.bytes.rawSpan, .bytes, with: &encoder, at: &offset, sink: sink)
            footer.attachments.append(ChunkFooter.Attachment(name: attachment.name, block: block))
        }
        let directory = footer.encoded
        try sink(directory.rawSpan)
        let trailer = ChunkTrailer(
            footerOffset: offset, footerLength: directory.count, footerChecksum: Checksum.of(directory))
        try sink(trailer.encoded.rawSpan)
        return footer
    }

    private static func write<E: Error>(
        _ raw: RawSpan, _ shape: BlockShape, with encoder: inout BlockEncoder, at offset: inout Int,
        sink: (RawSpan) throws(E) -> Void
    ) throws(E) -> BlockEntry {
        let encoding = encoder.encode(raw, shape: shape)
        var entry = BlockEntry(
            offset: offset, storedLength: raw.byteCount, rawLength: raw.byteCount, encoding: encoding,
            storedChecksum: encoder.storedChecksum, rawChecksum: encoder.rawChecksum)
        if encoding == .raw {
            try sink(raw)
        } else {
            let stored = encoder.stored
            entry.storedLength = stored.byteCount
            try sink(stored)
        }
        offset += entry.storedLength
        return entry
    }
}
