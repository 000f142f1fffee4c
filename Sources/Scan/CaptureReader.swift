internal import Kernels
public import Store
internal import Synchronization
public import Tensor

/// Reads columns of one capture by row, across its chunks, widened for computing.
///
/// Safe to use from several threads. A chunk is opened on first use and kept open; nothing decoded is kept.
public final class CaptureReader: Sendable {
    private let snapshot: Snapshot
    /// What is read.
    public let capture: CaptureRecord
    private let specs: [ColumnID: (type: ElementType, width: Int)]
    /// Columns that were added to the capture lie in chunks of their own.
    private let chunkLists: [ColumnID: [ChunkRecord]]
    private let open: Mutex<[String: ChunkReader]> = Mutex([:])

    public init(_ capture: CaptureRecord, of snapshot: Snapshot) {
        self.snapshot = snapshot
        self.capture = capture
        var specs: [ColumnID: (type: ElementType, width: Int)] = [:]
        for column in capture.columns { specs[column.id] = (column.elementType, column.width) }
        self.specs = specs
        var chunkLists: [ColumnID: [ChunkRecord]] = [:]
        for group in capture.groups where group.ordinal == 0 || group.isComplete {
            for column in group.columns { chunkLists[column.id] = group.chunks }
        }
        self.chunkLists = chunkLists
    }

    /// Numbers per row of a column; nil where the capture has no such column.
    public func width(of column: ColumnID) -> Int? { specs[column]?.width }

    /// Rows of a floating-point column as f32, `rows × width`, row-major.
    ///
    /// - Parameter rows: ascending, within the capture's committed rows.
    public func readFloats(
        _ column: ColumnID, rows: [RowRange], into destination: inout [Float]
    ) throws(StoreError) {
        guard let spec = specs[column] else { throw missing(column) }
        destination = [Float](repeating: 0, count: rows.rowCount * spec.width)
        var filled = 0
        try read(column, rows: rows, rowBytes: spec.width * spec.type.byteCount) { bytes in
            let count = bytes.byteCount / spec.type.byteCount
            var whole = destination.mutableSpan
            var part = whole._mutatingExtracting(filled..<filled + count)
            Widen.toFloat(bytes, as: spec.type, into: &part)
            filled += count
        }
    }

    /// Rows of an integer column as u32, `rows × width`, row-major.
    public func readIntegers(
        _ column: ColumnID, rows: [RowRange], into destination: inout [UInt32]
    ) throws(StoreError) {
        guard let spec = specs[column] else { throw missing(column) }
        destination = []
        destination.reserveCapacity(rows.rowCount * spec.width)
        try read(column, rows: rows, rowBytes: spec.width * spec.type.byteCount) { bytes in
            let count = bytes.byteCount / spec.type.byteCount
            for index in 0..<count {
                switch spec.type {
                case .uint8: destination.append(UInt32(bytes.unsafeLoadUInt8(index)))
                case .uint16: destination.append(UInt32(bytes.unsafeLoadUInt16(index)))
                default: destination.append(bytes.unsafeLoadUInt32(index))
                }
            }
        }
    }

    /// Chunks that hold some of the rows, by their place in `capture.chunks`.
    public func chunks(holding rows: [RowRange]) -> [Int] {
        var found: [Int] = []
        eachPiece(of: rows, in: capture.chunks) { chunk, _ in
            if found.last != chunk { found.append(chunk) }
        }
        return found
    }

    /// Stored bytes that reading those rows of a column touches: whole blocks, as they lie in the files.
    public func storedBytes(of column: ColumnID, rows: [RowRange]) throws(StoreError) -> Int {
        guard specs[column] != nil else { throw missing(column) }
        let chunks = chunkLists[column] ?? []
        var pieces: [(Int, Range<Int>)] = []
        eachPiece(of: rows, in: chunks) { chunk, range in pieces.append((chunk, range)) }
        var total = 0
        for run in try runs(pieces, column: column, chunks) {
            total += try reader(chunks[run.chunk]).storedBytes(of: column, rows: run.rows)
        }
        return total
    }

    // MARK: -

    private func missing(_ column: ColumnID) -> StoreError {
        StoreError(
            .unknown,
            "\(snapshot.path): capture \(capture.model)/\(capture.dataset) has no column \(column.canonicalName)")
    }

    private func reader(_ chunk: ChunkRecord) throws(StoreError) -> ChunkReader {
        if let known = open.withLock({ $0[chunk.name] }) { return known }
        let opened = try snapshot.reader(for: chunk)
        return open.withLock { readers in
            if let known = readers[chunk.name] { return known }
            readers[chunk.name] = opened
            return opened
        }
    }

    /// Calls back with (chunk, chunk-relative rows) for every stretch of rows inside one chunk, in order.
    private func eachPiece(of rows: [RowRange], in chunks: [ChunkRecord], _ body: (Int, Range<Int>) -> Void) {
        var chunk = 0
        for range in rows {
            var next = range.start
            if chunk >= chunks.count || chunks[chunk].firstRow > next { chunk = 0 }
            while next < range.end {
                while chunk < chunks.count, chunks[chunk].firstRow + chunks[chunk].rowCount <= next { chunk += 1 }
                precondition(chunk < chunks.count, "row past the end of the capture")
                let first = chunks[chunk].firstRow
                let end = min(range.end, first + chunks[chunk].rowCount)
                body(chunk, next - first..<end - first)
                next = end
            }
        }
    }

    /// One read of a chunk: the stretch of rows it covers and the pieces wanted from it.
    private struct Run {
        var chunk: Int
        var rows: Range<Int>
        var pieces: [Range<Int>]
    }

    /// Joins pieces that lie within a block of each other, so that a block is decoded once.
    private func runs(
        _ pieces: [(Int, Range<Int>)], column: ColumnID, _ chunks: [ChunkRecord]
    ) throws(StoreError) -> [Run] {
        var runs: [Run] = []
        for (chunk, rows) in pieces {
            if let last = runs.last, last.chunk == chunk, rows.lowerBound >= last.rows.upperBound {
                let block = max(1, try reader(chunks[chunk]).blockRows(of: column))
                // Same block as the end of the run before: reading on costs no further decode.
                if rows.lowerBound / block <= (last.rows.upperBound - 1) / block {
                    runs[runs.count - 1].rows = last.rows.lowerBound..<rows.upperBound
                    runs[runs.count - 1].pieces.append(rows)
                    continue
                }
            }
            runs.append(Run(chunk: chunk, rows: rows, pieces: [rows]))
        }
        return runs
    }

    private func read(
        _ column: ColumnID, rows: [RowRange], rowBytes: Int, _ body: (RawSpan) -> Void
    ) throws(StoreError) {
        let chunks = chunkLists[column] ?? []
        var pieces: [(Int, Range<Int>)] = []
        eachPiece(of: rows, in: chunks) { chunk, range in pieces.append((chunk, range)) }
        let runs = try runs(pieces, column: column, chunks)
        let largest = runs.map(\.rows.count).max() ?? 0
        var buffer = AlignedBuffer(byteCount: largest * rowBytes)
        for run in runs {
            let length = run.rows.count * rowBytes
            do {
                var span = buffer.mutableSpan(of: UInt8.self, count: length)
                var raw = unsafe span.mutableBytes
                try reader(chunks[run.chunk]).read(column, rows: run.rows, into: &raw)
            }
            let decoded = buffer.bytes
            for piece in run.pieces {
                let start = (piece.lowerBound - run.rows.lowerBound) * rowBytes
                body(decoded.extracting(start..<start + piece.count * rowBytes))
            }
        }
    }
}

extension RawSpan {
    fileprivate func unsafeLoadUInt8(_ index: Int) -> UInt8 {
        precondition(index < byteCount)
        return unsafe unsafeLoad(fromByteOffset: index, as: UInt8.self)
    }

    fileprivate func unsafeLoadUInt16(_ index: Int) -> UInt16 {
        precondition(2 * index + 2 <= byteCount)
        return unsafe unsafeLoadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
    }

    fileprivate func unsafeLoadUInt32(_ index: Int) -> UInt32 {
        precondition(4 * index + 4 <= byteCount)
        return unsafe unsafeLoadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
    }
}
