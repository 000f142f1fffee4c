internal import Tensor

/// Puts encoded segments together into a chunk file: header, segments in their order, directory, trailer.
public struct ChunkAssembly: ~Copyable, Sendable {
    private let draft: ChunkDraft
    private var footer: ChunkFooter
    private var next = 0
    private var offset: Int
    /// Of the column whose segments are coming in.
    private var blocks: [BlockEntry] = []
    private var totals = ColumnTotals()
    private var loss = EncodingLoss()

    /// A file that holds its header so far.
    public init(_ draft: ChunkDraft) {
        self.draft = draft
        footer = draft.footer
        offset = ChunkHeader.byteCount
    }

    /// Takes the next segment in; its bytes follow in the file.
    public mutating func append(_ segment: borrowing EncodedSegment) {
        for block in segment.blocks {
            var placed = block
            placed.offset += offset
            blocks.append(placed)
        }
        totals.merge(segment.totals)
        loss.merge(segment.loss)
        offset += segment.bytes.byteCount
        switch draft.segments[next] {
        case .rows(let column, let rows):
            if rows.upperBound == footer.rowCount { endColumn(draft.columns[column]) }
        case .attachment(let place):
            footer.attachments.append(ChunkFooter.Attachment(name: draft.attachments[place].name, block: blocks[0]))
            blocks.removeAll(keepingCapacity: true)
        }
        next += 1
    }

    private mutating func endColumn(_ spec: ColumnSpec) {
        footer.columns.append(
            ChunkFooter.Column(
                spec: spec, blockRows: spec.blockRows, statistics: totals.result, loss: loss, blocks: blocks))
        blocks.removeAll(keepingCapacity: true)
        totals = ColumnTotals()
        loss = EncodingLoss()
    }

    /// The directory, and the bytes that end the file: directory and trailer.
    ///
    /// - Precondition: every segment of the draft was appended.
    public consuming func finish() -> (footer: ChunkFooter, bytes: [UInt8]) {
        precondition(next == draft.segmentCount, "a chunk without its last segments")
        let directory = footer.encoded
        let trailer = ChunkTrailer(
            footerOffset: offset, footerLength: directory.count, footerChecksum: Checksum.of(directory))
        return (footer, directory + trailer.encoded)
    }
}

/// Writes a chunk file from its first byte to its last on the caller's thread.
public enum ChunkEncoder {
    /// Encodes every segment and hands the file's bytes to `sink` in order.
    ///
    /// - Returns: the footer as written
    public static func encode<E: Error>(
        _ draft: ChunkDraft, rows buffers: borrowing ColumnBuffers, sink: (RawSpan) throws(E) -> Void
    ) throws(E) -> ChunkFooter {
        var assembly = ChunkAssembly(draft)
        var encoder = SegmentEncoder()
        var segment = EncodedSegment()
        let header = draft.header
        try sink(header.rawSpan)
        for index in 0..<draft.segmentCount {
            encoder.encode(index, of: draft, rows: buffers, into: &segment)
            assembly.append(segment)
            try sink(segment.bytes)
        }
        let (footer, bytes) = assembly.finish()
        try sink(bytes.rawSpan)
        return footer
    }
}
