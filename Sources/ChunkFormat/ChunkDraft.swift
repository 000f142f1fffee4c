public import Tensor

/// All that a chunk file will hold, but its rows: cut into segments that can be encoded on any thread.
///
/// The cut depends on the columns alone, so that the file's bytes don't depend on the number of threads.
public struct ChunkDraft: Sendable {
    enum Segment: Sendable {
        /// Rows of a column: whole blocks.
        case rows(Int, Range<Int>)
        /// An attachment: one block.
        case attachment(Int)
    }

    let key: Digest128
    let footer: ChunkFooter
    let columns: [ColumnSpec]
    let attachments: [(name: String, bytes: [UInt8])]
    let segments: [Segment]

    /// Raw bytes of a segment, unless a single block has more.
    static let segmentBytes = 1 << 20

    /// - Parameters:
    ///   - footer: the identity of the rows; columns and blocks are filled in later
    ///   - columns: as in the `ColumnBuffers` that will be encoded
    ///   - attachments: bytes to keep beside the columns
    public init(
        key: Digest128, footer: ChunkFooter, columns: [ColumnSpec], attachments: [(name: String, bytes: [UInt8])]
    ) {
        precondition(footer.rowCount > 0, "a chunk without rows")
        self.key = key
        self.footer = footer
        self.columns = columns
        self.attachments = attachments
        var segments: [Segment] = []
        for (column, spec) in columns.enumerated() {
            let blocks = max(1, ChunkDraft.segmentBytes / (spec.rowBytes * spec.blockRows))
            let rows = blocks * spec.blockRows
            for first in stride(from: 0, to: footer.rowCount, by: rows) {
                segments.append(.rows(column, first..<min(first + rows, footer.rowCount)))
            }
        }
        self.segments = segments + attachments.indices.map { .attachment($0) }
    }

    /// How many there are; they lie in the file in this order.
    public var segmentCount: Int { segments.count }

    /// The first bytes of the file.
    public var header: [UInt8] { ChunkHeader(key: key).encoded }
}

/// One segment of a chunk as it will lie in the file. Keeps its memory for the next one.
public struct EncodedSegment: ~Copyable, Sendable {
    private var memory = AlignedBuffer(byteCount: 0)
    private var byteCount = 0
    /// Offsets count from the segment's first byte.
    private(set) var blocks: [BlockEntry] = []
    fileprivate(set) var totals = ColumnTotals()
    fileprivate(set) var loss = EncodingLoss()

    /// No memory yet.
    public init() {}

    /// The stored bytes of all its blocks.
    public var bytes: RawSpan {
        @_lifetime(borrow self) get {
            let span = unsafe RawSpan(_unsafeStart: memory.pointer, byteCount: byteCount)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    fileprivate mutating func begin(rawBytes: Int) {
        if memory.byteCount < rawBytes { memory = AlignedBuffer(byteCount: rawBytes) }
        byteCount = 0
        blocks.removeAll(keepingCapacity: true)
        totals = ColumnTotals()
        loss = EncodingLoss()
    }

    fileprivate mutating func append(
        _ stored: RawSpan, rawLength: Int, encoding: BlockEncoding, storedChecksum: UInt64, rawChecksum: UInt64
    ) {
        precondition(stored.byteCount <= memory.byteCount - byteCount, "a block that grew")
        unsafe stored.withUnsafeBytes { from in
            guard let source = from.baseAddress else { return }
            unsafe (memory.pointer + byteCount).copyMemory(from: source, byteCount: from.count)
        }
        blocks.append(
            BlockEntry(
                offset: byteCount, storedLength: stored.byteCount, rawLength: rawLength, encoding: encoding,
                storedChecksum: storedChecksum, rawChecksum: rawChecksum))
        byteCount += stored.byteCount
    }
}

/// Encodes segments. Keeps its memory from one to the next; one a thread.
public struct SegmentEncoder: ~Copyable {
    private var encoder = BlockEncoder()

    /// No memory yet.
    public init() {}

    /// Encodes segment `index` of the draft.
    ///
    /// - Parameter rows: filled, with the draft's columns
    public mutating func encode(
        _ index: Int, of draft: borrowing ChunkDraft, rows buffers: borrowing ColumnBuffers,
        into segment: inout EncodedSegment
    ) {
        switch draft.segments[index] {
        case .rows(let column, let rows):
            let spec = draft.columns[column]
            let shape = BlockShape(spec)
            segment.begin(rawBytes: spec.rowBytes * rows.count)
            var row = rows.lowerBound
            while row < rows.upperBound {
                let next = min(row + spec.blockRows, rows.upperBound)
                let raw = buffers.bytes(of: column, rows: row..<next)
                segment.totals.add(raw, shape)
                append(raw, shape, &segment)
                row = next
            }
            segment.loss = encoder.takeLoss()
        case .attachment(let place):
            let bytes = draft.attachments[place].bytes
            segment.begin(rawBytes: bytes.count)
            append(bytes.rawSpan, .bytes, &segment)
        }
    }

    private mutating func append(_ raw: RawSpan, _ shape: BlockShape, _ segment: inout EncodedSegment) {
        let encoding = encoder.encode(raw, shape: shape)
        let checksums = (encoder.storedChecksum, encoder.rawChecksum)
        if encoding == .raw {
            segment.append(
                raw, rawLength: raw.byteCount, encoding: encoding, storedChecksum: checksums.0,
                rawChecksum: checksums.1)
        } else {
            segment.append(
                encoder.stored, rawLength: raw.byteCount, encoding: encoding, storedChecksum: checksums.0,
                rawChecksum: checksums.1)
        }
    }
}
