internal import Glibc
internal import Kernels
public import Store
public import Tensor

/// Reads columns of one capture by row, across its chunks, widened for computing.
///
/// Safe to use from several threads. Chunks are opened on first use; the snapshot keeps the last ones open.
public final class CaptureReader: Sendable {
    private let snapshot: Snapshot
    /// What is read.
    public let capture: CaptureRecord
    private let specs: [ColumnID: (type: ElementType, width: Int)]
    /// Columns that were added to the capture lie in chunks of their own.
    private let chunkLists: [ColumnID: [ChunkRecord]]

    /// A reader of a capture of that snapshot.
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

    /// How a column's numbers are stored; nil where the capture has no such column.
    public func elementType(of column: ColumnID) -> ElementType? { specs[column]?.type }

    /// Rows of a floating-point column as f32, `rows × width`, row-major. Memory of the right size is used again.
    ///
    /// - Parameter rows: ascending, within the capture's committed rows.
    public func readFloats(
        _ column: ColumnID, rows: [RowRange], into destination: inout [Float]
    ) throws(StoreError) {
        guard let spec = specs[column] else { throw missing(column) }
        try CaptureReader.fill(&destination, count: rows.rowCount * spec.width) { (target) throws(StoreError) in
            try readFloats(column, spec, rows, into: &target)
        }
    }

    private func readFloats(
        _ column: ColumnID, _ spec: (type: ElementType, width: Int), _ rows: [RowRange],
        into target: inout MutableSpan<Float>
    ) throws(StoreError) {
        try read(column, rows) { (chunk, piece, scratch) throws(StoreError) in
            var part = target._mutatingExtracting(
                piece.target * spec.width..<(piece.target + piece.rows.count) * spec.width)
            try chunk.readFloats(column, rows: piece.rows, scratch: &scratch, into: &part)
        } single: { place, row in
            var part = target._mutatingExtracting(place * spec.width..<(place + 1) * spec.width)
            CaptureReader.widen(row, as: spec.type, into: &part)
        }
    }

    /// Rows of several columns of one width, one column after the other: `columns × rows × width`. Memory of the right size
    /// is used again.
    public func readFloats(
        _ columns: [ColumnID], rows: [RowRange], into destination: inout [Float]
    ) throws(StoreError) {
        guard let first = columns.first, let width = specs[first]?.width else { return destination = [] }
        let each = rows.rowCount * width
        try CaptureReader.fill(&destination, count: columns.count * each) { (target) throws(StoreError) in
            for (place, column) in columns.enumerated() {
                guard let spec = specs[column] else { throw missing(column) }
                precondition(spec.width == width, "columns of one width")
                var part = target._mutatingExtracting(place * each..<(place + 1) * each)
                try readFloats(column, spec, rows, into: &part)
            }
        }
    }

    /// Fills an array of so many numbers, without writing them twice; after an error it is empty.
    static func fill<Number: BitwiseCopyable>(
        _ destination: inout [Number], count: Int,
        _ body: (inout MutableSpan<Number>) throws(StoreError) -> Void
    ) throws(StoreError) {
        guard destination.count != count else {
            var target = destination.mutableSpan
            return try body(&target)
        }
        var failure: StoreError?
        destination = unsafe [Number](unsafeUninitializedCapacity: count) { buffer, initialized in
            var target = unsafe MutableSpan(_unsafeElements: buffer.extracting(0..<count))
            do throws(StoreError) {
                try body(&target)
                initialized = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Rows of an integer column as u32, `rows × width`, row-major. Memory of the right size is used again.
    public func readIntegers(
        _ column: ColumnID, rows: [RowRange], into destination: inout [UInt32]
    ) throws(StoreError) {
        guard let spec = specs[column] else { throw missing(column) }
        let count = rows.rowCount * spec.width
        if spec.type.byteCount == 4 {
            try CaptureReader.fill(&destination, count: count) { (target) throws(StoreError) in
                var bytes = unsafe target.mutableBytes
                try readBytes(column, rows, rowBytes: spec.width * 4, into: &bytes)
            }
            return
        }
        var buffer = AlignedBuffer(uninitialized: count * spec.type.byteCount)
        do {
            var span = buffer.mutableSpan(of: UInt8.self, count: count * spec.type.byteCount)
            var target = unsafe span.mutableBytes
            try readBytes(column, rows, rowBytes: spec.width * spec.type.byteCount, into: &target)
        }
        switch spec.type.byteCount {
        case 1: destination = CaptureReader.integers(buffer.span(of: UInt8.self, count: count))
        default: destination = CaptureReader.integers(buffer.span(of: UInt16.self, count: count))
        }
    }

    private func readBytes(
        _ column: ColumnID, _ rows: [RowRange], rowBytes: Int, into target: inout MutableRawSpan
    ) throws(StoreError) {
        try read(column, rows) { (chunk, piece, scratch) throws(StoreError) in
            var part = target._mutatingExtracting(
                piece.target * rowBytes..<(piece.target + piece.rows.count) * rowBytes)
            try chunk.read(column, rows: piece.rows, scratch: &scratch, into: &part)
        } single: { place, row in
            var part = target._mutatingExtracting(place * rowBytes..<(place + 1) * rowBytes)
            unsafe row.withUnsafeBytes { from in
                unsafe part.withUnsafeMutableBytes { unsafe $0.copyMemory(from: from) }
            }
        }
    }

    private static func integers<T: FixedWidthInteger>(_ span: Span<T>) -> [UInt32] {
        unsafe [UInt32](unsafeUninitializedCapacity: span.count) { buffer, count in
            for index in span.indices { unsafe buffer.initializeElement(at: index, to: UInt32(span[index])) }
            count = span.count
        }
    }

    /// Stored bytes that reading those rows of a column touches: whole blocks, as they lie in the files.
    public func storedBytes(of column: ColumnID, rows: [RowRange]) throws(StoreError) -> Int {
        guard specs[column] != nil else { throw missing(column) }
        var total = 0
        var last: (chunk: String, row: Int) = ("", 0)
        for piece in pieces(of: column, rows: rows) {
            let reader = try reader(piece.chunk)
            let block = max(1, reader.blockRows(of: column))
            var wanted = piece.rows
            // Not twice what the piece before has touched.
            if last.chunk == piece.chunk.name, last.row > wanted.lowerBound {
                wanted = min(last.row, wanted.upperBound)..<wanted.upperBound
            }
            total += reader.storedBytes(of: column, rows: wanted)
            last = (piece.chunk.name, (piece.rows.upperBound - 1) / block * block + block)
        }
        return total
    }

    /// Chunks that hold some of the rows of a column, in order.
    public func chunks(of column: ColumnID, holding rows: [RowRange]) -> [ChunkRecord] {
        var found: [ChunkRecord] = []
        for piece in pieces(of: column, rows: rows) where found.last != piece.chunk { found.append(piece.chunk) }
        return found
    }

    /// What is known of a column of a chunk without reading it.
    public func statistics(of column: ColumnID, in chunk: ChunkRecord) throws(StoreError) -> ColumnStatistics? {
        try reader(chunk).statistics(of: column)
    }

    // MARK: -

    /// Consecutive rows of one chunk, and where they go.
    struct Piece: Sendable {
        var chunk: ChunkRecord
        /// Counted within the chunk.
        var rows: Range<Int>
        /// Row of the target.
        var target: Int

        /// The same rows in pieces of at most `limit`, cut at multiples of it.
        func cut(every limit: Int) -> [Piece] {
            var pieces: [Piece] = []
            var next = rows.lowerBound
            while next < rows.upperBound {
                let end = min(rows.upperBound, (next / limit + 1) * limit)
                pieces.append(Piece(chunk: chunk, rows: next..<end, target: target + next - rows.lowerBound))
                next = end
            }
            return pieces
        }
    }

    func missing(_ column: ColumnID) -> StoreError {
        StoreError(
            .unknown,
            "\(snapshot.path): capture \(capture.model)/\(capture.dataset) has no column \(column.canonicalName)")
    }

    /// A chunk's reader: the one place by which every reading and every plan comes to a chunk, so that what nobody waits for any more
    /// ends here.
    func reader(_ chunk: ChunkRecord) throws(StoreError) -> ChunkReader {
        guard !WorkWatch.isCancelled else {
            throw StoreError(.io(ECANCELED), "\(snapshot.path): reading was given up")
        }
        return try snapshot.reader(for: chunk)
    }

    /// The chunks that hold a column, in row order.
    func chunks(of column: ColumnID) -> [ChunkRecord] { chunkLists[column] ?? [] }

    /// The place of the chunk that holds a row, beginning to look at `start`.
    static func chunk(holding row: Int, in chunks: [ChunkRecord], from start: Int) -> Int {
        if start < chunks.count, chunks[start].firstRow <= row, row < chunks[start].firstRow + chunks[start].rowCount {
            return start
        }
        var low = 0
        var high = chunks.count
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle].firstRow + chunks[middle].rowCount <= row { low = middle + 1 } else { high = middle }
        }
        precondition(low < chunks.count, "row past the end of the capture")
        return low
    }

    /// Every stretch of rows inside one chunk, in the order of the ranges.
    func pieces(of column: ColumnID, rows: [RowRange]) -> [Piece] {
        let chunks = chunks(of: column)
        var pieces: [Piece] = []
        pieces.reserveCapacity(rows.count)
        var chunk = 0
        var target = 0
        for range in rows {
            var next = range.start
            while next < range.end {
                chunk = CaptureReader.chunk(holding: next, in: chunks, from: chunk)
                let first = chunks[chunk].firstRow
                let end = min(range.end, first + chunks[chunk].rowCount)
                pieces.append(Piece(chunk: chunks[chunk], rows: next - first..<end - first, target: target))
                target += end - next
                next = end
            }
        }
        return pieces
    }

    /// Reads ranges: long ones one by one, single rows of a chunk together, so that a block is decoded once.
    private func read(
        _ column: ColumnID, _ rows: [RowRange],
        piece body: (ChunkReader, Piece, inout ReadScratch) throws(StoreError) -> Void,
        single: (_ target: Int, _ row: RawSpan) -> Void
    ) throws(StoreError) {
        let pieces = pieces(of: column, rows: rows)
        try snapshot.withScratch { (scratch) throws(StoreError) in
            try read(column, pieces, &scratch, piece: body, single: single)
        }
    }

    private func read(
        _ column: ColumnID, _ pieces: [Piece], _ scratch: inout ReadScratch,
        piece body: (ChunkReader, Piece, inout ReadScratch) throws(StoreError) -> Void,
        single: (_ target: Int, _ row: RawSpan) -> Void
    ) throws(StoreError) {
        var next = 0
        while next < pieces.count {
            let chunk = try reader(pieces[next].chunk)
            var picks: [RowPick] = []
            while next < pieces.count, pieces[next].chunk.name == chunk.name, pieces[next].rows.count <= 4,
                pieces[next].rows.lowerBound >= picks.last?.row ?? 0
            {
                for (offset, row) in pieces[next].rows.enumerated() {
                    picks.append(RowPick(row: row, target: pieces[next].target + offset))
                }
                next += 1
            }
            if !picks.isEmpty {
                try chunk.gather(column, picks: picks[...], scratch: &scratch, body: single)
            } else {
                try body(chunk, pieces[next], &scratch)
                next += 1
            }
        }
    }

    static func widen(_ row: RawSpan, as type: ElementType, into target: inout MutableSpan<Float>) {
        Widen.toFloat(row, as: type, into: &target)
    }
}
