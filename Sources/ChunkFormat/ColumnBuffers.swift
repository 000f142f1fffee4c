public import Tensor

/// Memory for the rows of one chunk after another: what one chunk left in it is overwritten by the next. Or the rows of one
/// chunk that lie in somebody else's memory, and are only read.
@safe public final class RowMemory: Sendable {
    let buffer: AlignedBuffer
    /// All rows of each column if they lie elsewhere; nobody writes there meanwhile.
    fileprivate nonisolated(unsafe) let lent: [UnsafeRawBufferPointer]?

    /// - Parameter byteCount: at least `bytesNeeded` of every chunk that will use it
    public init(byteCount: Int) {
        buffer = AlignedBuffer(uninitialized: byteCount)
        unsafe lent = nil
    }

    /// - Parameter rows: all rows of each column, row-major; they must stay there unchanged as long as this memory is used
    @unsafe public init(lent rows: [UnsafeRawBufferPointer]) {
        buffer = AlignedBuffer(uninitialized: 0)
        unsafe lent = rows
    }

    /// Whether the rows lie in somebody else's memory: these of so many bytes a column.
    fileprivate func isLent(_ byteCounts: [Int]) -> Bool {
        guard let lent = unsafe lent else { return false }
        precondition(unsafe lent.map(\.count) == byteCounts, "other than all rows of every column")
        return true
    }

    /// Usable bytes.
    public var byteCount: Int { buffer.byteCount }

    /// Bytes that a chunk of so many rows takes.
    public static func bytesNeeded(_ columns: [ColumnSpec], rowCount: Int) -> Int {
        columns.reduce(0) { $0 + ($1.rowBytes * rowCount + 63) / 64 * 64 }
    }
}

/// The raw rows of a chunk that is being filled: all columns in one allocation.
public struct ColumnBuffers: ~Copyable, Sendable {
    /// In file order.
    public let columns: [ColumnSpec]
    /// Rows of every column.
    public let rowCount: Int
    /// Where the rows lie; free for another chunk once these buffers are gone.
    public let memory: RowMemory
    private let places: [Place]
    /// Whether the rows lie in somebody else's memory, all of them given.
    private let isLent: Bool
    /// One bit a row, `wordCount` words a column: which rows were given.
    private var given: [UInt64]
    private let wordCount: Int

    private struct Place {
        var offset: Int
        var rowBytes: Int
    }

    /// Rows in new memory.
    public init(columns: [ColumnSpec], rowCount: Int) {
        let bytes = RowMemory.bytesNeeded(columns, rowCount: rowCount)
        self.init(columns: columns, rowCount: rowCount, memory: RowMemory(byteCount: bytes))
    }

    /// - Parameter memory: used by nobody else meanwhile
    public init(columns: [ColumnSpec], rowCount: Int, memory: RowMemory) {
        precondition(rowCount >= 0)
        var end = 0
        var places: [Place] = []
        for column in columns {
            places.append(Place(offset: end, rowBytes: column.rowBytes))
            end += (column.rowBytes * rowCount + 63) / 64 * 64
        }
        let isLent = memory.isLent(columns.map { $0.rowBytes * rowCount })
        precondition(isLent || memory.byteCount >= end, "memory for another chunk")
        let wordCount = (rowCount + 63) / 64
        // Nothing is read back from `self` before all of it is there: in release builds Swift 6.3.1 then releases the memory
        // once too often.
        self.columns = columns
        self.rowCount = rowCount
        self.memory = memory
        self.places = places
        self.isLent = isLent
        self.wordCount = wordCount
        given = [UInt64](repeating: isLent ? .max : 0, count: wordCount * columns.count)
    }

    /// Copies whole rows in, from `row` on. O(bytes): the book of given rows costs one word for 64 of them.
    ///
    /// - Precondition: the column exists, the bytes are whole rows of it, and the rows lie within the chunk.
    public mutating func write(_ bytes: RawSpan, column: Int, row: Int) {
        precondition(!isLent, "rows that lie elsewhere are only read")
        let place = places[column]
        let count = bytes.byteCount / place.rowBytes
        precondition(bytes.byteCount == count * place.rowBytes, "part of a row of column \(column)")
        precondition(row >= 0 && row <= rowCount && count <= rowCount - row, "rows past the end of the chunk")
        guard count > 0 else { return }
        unsafe bytes.withUnsafeBytes { from in
            guard let source = from.baseAddress else { return }
            unsafe (memory.buffer.pointer + place.offset + row * place.rowBytes).copyMemory(
                from: source, byteCount: from.count)
        }
        mark(row..<(row + count), from: column * wordCount)
    }

    private mutating func mark(_ rows: Range<Int>, from base: Int) {
        let (first, last) = (rows.lowerBound >> 6, (rows.upperBound - 1) >> 6)
        let head = UInt64.max << UInt64(rows.lowerBound & 63)
        let tail = UInt64.max >> UInt64(63 - (rows.upperBound - 1) & 63)
        if first == last {
            given[base + first] |= head & tail
            return
        }
        given[base + first] |= head
        for word in (first + 1)..<last { given[base + word] = .max }
        given[base + last] |= tail
    }

    /// The first column and row that nobody gave; nil once the chunk is full.
    public var firstMissing: (column: Int, row: Int)? {
        for (place, word) in given.enumerated() where word != .max {
            let row = place % wordCount * 64 + (~word).trailingZeroBitCount
            if row < rowCount { return (place / wordCount, row) }
        }
        return nil
    }

    /// The bytes of rows `rows` of a column, row-major; undefined where they were not given.
    @_lifetime(borrow self)
    public func bytes(of column: Int, rows: Range<Int>) -> RawSpan {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount)
        let place = places[column]
        if let lent = unsafe memory.lent {
            let bytes = rows.lowerBound * place.rowBytes..<rows.upperBound * place.rowBytes
            let span = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: lent[column][bytes]))
            return unsafe _overrideLifetime(span, borrowing: self)
        }
        let span = unsafe RawSpan(
            _unsafeStart: memory.buffer.pointer + place.offset + rows.lowerBound * place.rowBytes,
            byteCount: rows.count * place.rowBytes)
        return unsafe _overrideLifetime(span, borrowing: self)
    }
}
