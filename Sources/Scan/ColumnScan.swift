public import Store
public import Tensor

/// One pass over rows of a floating-point column of a capture, on several threads, in memory that doesn't grow with the rows.
///
/// Every thread decodes block after block into the same memory and hands it on as f32: nothing is materialised. Pieces
/// depend on the data alone and merge in row order, so that a result is the same to the last bit on any number of threads.
public struct ColumnScan: Sendable {
    private let reader: CaptureReader
    private let column: ColumnID
    private let pieces: [CaptureReader.Piece]
    /// Numbers per row.
    public let width: Int

    /// Decoded bytes of a piece, about: small enough to share out, large enough to be worth a partial state.
    static let pieceBytes = 8 << 20

    /// - Parameter rows: ascending; nil for all committed rows
    public init(_ reader: CaptureReader, column: ColumnID, rows: [RowRange]? = nil) throws(StoreError) {
        try self.init(reader, column: column, rows: rows, pieceBytes: ColumnScan.pieceBytes)
    }

    init(_ reader: CaptureReader, column: ColumnID, rows: [RowRange]? = nil, pieceBytes: Int) throws(StoreError) {
        guard let width = reader.width(of: column) else { throw reader.missing(column) }
        self.reader = reader
        self.column = column
        self.width = width
        let rows = rows ?? [RowRange(start: 0, count: reader.capture.rowCount)]
        // A power of two, as blocks have: pieces then begin and end where blocks do.
        var limit = 1
        while limit * 2 * width * 4 <= pieceBytes { limit *= 2 }
        pieces = reader.pieces(of: column, rows: rows).flatMap { $0.cut(every: limit) }
    }

    /// Rows that the pass reads.
    public var rowCount: Int { pieces.reduce(0) { $0 + $1.rows.count } }

    /// Reduces all rows to one state.
    ///
    /// - Parameters:
    ///   - initial: the state of no rows
    ///   - body: adds rows to a state: the first row's number in the capture; `rows × width` numbers, gone when it returns
    ///   - merge: adds the state of later rows to one of earlier rows
    public func reduce<State: Sendable>(
        threads: Int, initial: @Sendable () -> State,
        body: @Sendable (inout State, _ firstRow: Int, _ values: Span<Float>) throws -> Void,
        merge: (inout State, State) throws -> Void
    ) throws -> State {
        var total = initial()
        try ParallelScan.run(count: pieces.count, threads: threads, worker: { ReadScratch() }) { scratch, index in
            var state = initial()
            let piece = pieces[index]
            try reader.reader(piece.chunk).scanFloats(column, rows: piece.rows, scratch: &scratch) { row, values in
                try WorkWatch.check()
                try body(&state, piece.chunk.firstRow + row, values)
            }
            return state
        } merge: { _, state in
            try merge(&total, state)
        }
        return total
    }
}
