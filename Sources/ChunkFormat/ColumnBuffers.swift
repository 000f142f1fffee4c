public import Tensor

/// The raw rows of a chunk that is being filled: all columns in one allocation.
public struct ColumnBuffers: ~Copyable {
    /// In file order.
    public let columns: [ColumnSpec]
    /// Rows of every column.
    public let rowCount: Int
    private let offsets: [Int]
    private let memory: AlignedBuffer
    /// One bit a row and column: which rows were given.
    private var given: [[UInt64]]

    /// Zeroed memory for all rows: `rowCount` × bytes of a row.
    public init(columns: [ColumnSpec], rowCount: Int) {
        precondition(rowCount >= 0)
        self.columns = columns
        self.rowCount = rowCount
        var end = 0
        var offsets: [Int] = []
        for column in columns {
            offsets.append(end)
            end += (column.rowBytes * rowCount + 63) / 64 * 64
        }
        self.offsets = offsets
        memory = AlignedBuffer(byteCount: end)
        given = columns.map { _ in [UInt64](repeating: 0, count: (rowCount + 63) / 64) }
    }

    /// Copies whole rows in, from `row` on.
    ///
    /// - Precondition: the column exists, the bytes are whole rows of it, and the rows lie within the chunk.
    public mutating func write(_ bytes: RawSpan, column: Int, row: Int) {
        let size = columns[column].rowBytes
        let count = bytes.byteCount / size
        precondition(bytes.byteCount == count * size, "part of a row given to \(columns[column].id.canonicalName)")
        precondition(row >= 0 && row <= rowCount && count <= rowCount - row, "rows past the end of the chunk")
        unsafe bytes.withUnsafeBytes { from in
            guard let source = from.baseAddress else { return }
            unsafe (memory.pointer + offsets[column] + row * size).copyMemory(from: source, byteCount: from.count)
        }
        for place in row..<(row + count) { given[column][place >> 6] |= 1 << UInt64(place & 63) }
    }

    /// The first column and row that nobody gave; nil once the chunk is full.
    public var firstMissing: (column: Int, row: Int)? {
        for (column, words) in given.enumerated() {
            for (place, word) in words.enumerated() where word != ~0 {
                let row = place * 64 + (~word).trailingZeroBitCount
                if row < rowCount { return (column, row) }
            }
        }
        return nil
    }

    /// The bytes of rows `rows` of a column, row-major.
    @_lifetime(borrow self)
    public func bytes(of column: Int, rows: Range<Int>) -> RawSpan {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount)
        let size = columns[column].rowBytes
        let span = unsafe RawSpan(
            _unsafeStart: memory.pointer + offsets[column] + rows.lowerBound * size, byteCount: rows.count * size)
        return unsafe _overrideLifetime(span, borrowing: self)
    }
}
