public import Tensor

/// Memory for the rows of one chunk after another: what one chunk left in it is overwritten by the next.
public final class RowMemory: Sendable {
    let buffer: AlignedBuffer

    /// - Parameter byteCount: at least `bytesNeeded` of every chunk that will use it
    public init(byteCount: Int) { buffer = AlignedBuffer(uninitialized: byteCount) }

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
    /// One bit a row, `wordCount` words a column: which rows were given.
    private var given: [UInt64]
    private let wordCount: Int

    private struct Place {
        var offset: Int
        var rowBytes: Int
    }

    /// - Parameter memory: used by nobody else meanwhile; nil makes new memory
    public init(columns: [ColumnSpec], rowCount: Int, memory: RowMemory? = nil) {
        precondition(rowCount >= 0)
        self.columns = columns
        self.rowCount = rowCount
        var end = 0
        var places: [Place] = []
        for column in columns {
            places.append(Place(offset: end, rowBytes: column.rowBytes))
            end += (column.rowBytes * rowCount + 63) / 64 * 64
        }
        self.places = places
        self.memory = memory ?? RowMemory(byteCount: end)
        precondition(self.memory.byteCount >= end, "memory for another chunk")
        wordCount = (rowCount + 63) / 64
        given = [UInt64](repeating: 0, count: wordCount * columns.count)
    }

    /// Copies whole rows in, from `row` on. O(bytes): the book of given rows costs one word for 64 of them.
    ///
    /// - Precondition: the column exists, the bytes are whole rows of it, and the rows lie within the chunk.
    public mutating func write(_ bytes: RawSpan, column: Int, row: Int) {
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
        let span = unsafe RawSpan(
            _unsafeStart: memory.buffer.pointer + place.offset + rows.lowerBound * place.rowBytes,
            byteCount: rows.count * place.rowBytes)
        return unsafe _overrideLifetime(span, borrowing: self)
    }
}
