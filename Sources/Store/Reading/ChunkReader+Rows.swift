import ChunkFormat
public import Tensor

/// A row that is wanted, and the place among the wanted ones where it goes.
public struct RowPick: Sendable, Hashable {
    /// Counted within the chunk.
    public var row: Int
    /// Counted in rows of the target.
    public var target: Int

    /// Row `row`, to be put at `target`.
    public init(row: Int, target: Int) {
        self.row = row
        self.target = target
    }
}

extension ChunkReader {
    /// Reads rows in the column's stored element type (`int8`: f32), row-major. Only the blocks that hold them are touched;
    /// whole blocks are decoded into the target itself.
    ///
    /// - Parameters:
    ///   - rows: counted within the chunk
    ///   - target: exactly `rows.count × rowBytes` bytes
    public func read(_ column: ColumnID, rows: Range<Int>, into target: inout MutableRawSpan) throws(StoreError) {
        var scratch = memory.takeScratch()
        let result = Result { () throws(StoreError) in
            try read(column, rows: rows, scratch: &scratch, into: &target)
        }
        memory.giveBack(scratch)
        try result.get()
    }

    /// As above, with the caller's scratch.
    public func read(
        _ column: ColumnID, rows: Range<Int>, scratch: inout ReadScratch, into target: inout MutableRawSpan
    ) throws(StoreError) {
        let column = try blocks(of: column)
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows past the end of the chunk")
        precondition(target.byteCount == rows.count * column.rowBytes, "a target of another size than the rows")
        let parts = column.parts(of: rows)
        for part in [parts.head, parts.tail].compactMap({ $0 }) {
            let bytes = try keptBlock(column, part.block, &scratch)
            let offset = (part.rows.lowerBound - rows.lowerBound) * column.rowBytes
            var piece = target._mutatingExtracting(offset..<offset + part.rows.count * column.rowBytes)
            let first = (part.rows.lowerBound - column.rows(of: part.block).lowerBound) * column.rowBytes
            ChunkReader.copy(bytes.rawSpan.extracting(first..<first + piece.byteCount), into: &piece)
        }
        try fetch(column, parts.whole, &scratch) { (block, stored, decode) throws(StoreError) in
            let range = column.rows(of: block)
            let offset = (range.lowerBound - rows.lowerBound) * column.rowBytes
            var piece = target._mutatingExtracting(offset..<offset + range.count * column.rowBytes)
            try self.decode(stored, column, block, &decode, into: &piece)
        }
    }

    /// Reads rows of a floating-point column as f32, `rows × width`, row-major. Whole blocks are decoded into the target
    /// itself.
    ///
    /// - Parameters:
    ///   - rows: counted within the chunk
    ///   - target: exactly `rows.count × width` numbers
    public func readFloats(
        _ column: ColumnID, rows: Range<Int>, into target: inout MutableSpan<Float>
    ) throws(StoreError) {
        var scratch = memory.takeScratch()
        let result = Result { () throws(StoreError) in
            try readFloats(column, rows: rows, scratch: &scratch, into: &target)
        }
        memory.giveBack(scratch)
        try result.get()
    }

    /// As above, with the caller's scratch.
    public func readFloats(
        _ column: ColumnID, rows: Range<Int>, scratch: inout ReadScratch, into target: inout MutableSpan<Float>
    ) throws(StoreError) {
        let column = try blocks(of: column)
        let width = column.shape.width
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows past the end of the chunk")
        precondition(target.count == rows.count * width, "a target of another size than the rows")
        let parts = column.parts(of: rows)
        for part in [parts.head, parts.tail].compactMap({ $0 }) {
            let bytes = try keptBlock(column, part.block, &scratch)
            let offset = (part.rows.lowerBound - rows.lowerBound) * width
            var piece = target._mutatingExtracting(offset..<offset + part.rows.count * width)
            let first = (part.rows.lowerBound - column.rows(of: part.block).lowerBound) * column.rowBytes
            column.shape.widen(
                bytes.rawSpan.extracting(first..<first + part.rows.count * column.rowBytes), into: &piece)
        }
        try fetch(column, parts.whole, &scratch) { (block, stored, decode) throws(StoreError) in
            let range = column.rows(of: block)
            let offset = (range.lowerBound - rows.lowerBound) * width
            var piece = target._mutatingExtracting(offset..<offset + range.count * width)
            try decodeFloats(stored, column, block, &decode, into: &piece)
        }
    }

    /// Decodes the blocks that hold the rows one by one and hands their rows to `body` as f32, in order: nothing is kept.
    ///
    /// - Parameter body: first row within the chunk; `rows × width` numbers, gone when it returns
    public func scanFloats(
        _ column: ColumnID, rows: Range<Int>, scratch: inout ReadScratch,
        body: (_ firstRow: Int, _ values: Span<Float>) throws -> Void
    ) throws {
        let column = try blocks(of: column)
        let width = column.shape.width
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows past the end of the chunk")
        var buffer = AlignedBuffer(byteCount: 0)
        swap(&buffer, &scratch.block)
        let needed = min(column.entry.blockRows, rowCount) * width * 4
        if buffer.byteCount < needed { buffer = AlignedBuffer(byteCount: needed) }
        var failure: (any Error)?
        do throws(StoreError) {
            try fetch(column, column.blocks(holding: rows), &scratch) { (block, stored, decode) throws(StoreError) in
                guard failure == nil else { return }
                let range = column.rows(of: block)
                var floats = buffer.mutableSpan(of: Float.self, count: range.count * width)
                try decodeFloats(stored, column, block, &decode, into: &floats)
                let wanted = range.clamped(to: rows)
                let start = (wanted.lowerBound - range.lowerBound) * width
                let values = buffer.span(of: Float.self, count: range.count * width)
                do {
                    try body(wanted.lowerBound, values.extracting(start..<start + wanted.count * width))
                } catch {
                    failure = error
                }
            }
        } catch {
            failure = error
        }
        swap(&buffer, &scratch.block)
        if let failure { throw failure }
    }

    /// Reads single rows, each block once, and hands each row's bytes to `body` (stored element type; `int8`: f32).
    ///
    /// - Parameters:
    ///   - picks: by ascending row; a row may be there twice
    ///   - body: the pick's place in the target; the row, gone when it returns
    public func gather(
        _ column: ColumnID, picks: ArraySlice<RowPick>, scratch: inout ReadScratch,
        body: (_ target: Int, _ row: RawSpan) -> Void
    ) throws(StoreError) {
        let column = try blocks(of: column)
        var buffer = AlignedBuffer(byteCount: 0)
        swap(&buffer, &scratch.block)
        defer { swap(&buffer, &scratch.block) }
        let largest = min(column.entry.blockRows, rowCount) * column.rowBytes
        if buffer.byteCount < largest { buffer = AlignedBuffer(byteCount: largest) }
        var next = picks.startIndex
        while next < picks.endIndex {
            let first = picks[next].row / column.entry.blockRows
            precondition(picks[next].row >= 0 && picks[next].row < rowCount, "row past the end of the chunk")
            // Blocks that follow each other and are all wanted come with one call.
            var last = first
            var end = next
            while end < picks.endIndex {
                let block = picks[end].row / column.entry.blockRows
                precondition(block >= last, "picks by ascending row")
                guard block <= last + 1 else { break }
                last = block
                end += 1
            }
            try fetch(column, first..<last + 1, &scratch) { (block, stored, decode) throws(StoreError) in
                let range = column.rows(of: block)
                do {
                    var bytes = buffer.mutableSpan(of: UInt8.self, count: range.count * column.rowBytes)
                    var raw = unsafe bytes.mutableBytes
                    try self.decode(stored, column, block, &decode, into: &raw)
                }
                while next < end, picks[next].row < range.upperBound {
                    let start = (picks[next].row - range.lowerBound) * column.rowBytes
                    body(picks[next].target, buffer.bytes.extracting(start..<start + column.rowBytes))
                    next += 1
                }
            }
            precondition(next == end, "rows past the end of the chunk")
        }
    }

    /// Reads single rows in the column's stored element type (`int8`: f32), each block once.
    ///
    /// - Parameters:
    ///   - rows: counted within the chunk, in any order
    ///   - target: exactly `rows.count × rowBytes` bytes, in the order of `rows`
    public func gather(_ column: ColumnID, rows: [Int], into target: inout MutableRawSpan) throws(StoreError) {
        let rowBytes = try blocks(of: column).rowBytes
        precondition(target.byteCount == rows.count * rowBytes, "a target of another size than the rows")
        let picks = rows.enumerated().map { RowPick(row: $0.element, target: $0.offset) }.sorted { $0.row < $1.row }
        var scratch = memory.takeScratch()
        let result = Result { () throws(StoreError) in
            try gather(column, picks: picks[...], scratch: &scratch) { place, row in
                var piece = target._mutatingExtracting(place * rowBytes..<(place + 1) * rowBytes)
                ChunkReader.copy(row, into: &piece)
            }
        }
        memory.giveBack(scratch)
        try result.get()
    }

    static func copy(_ source: RawSpan, into target: inout MutableRawSpan) {
        unsafe source.withUnsafeBytes { from in
            unsafe target.withUnsafeMutableBytes { unsafe $0.copyMemory(from: from) }
        }
    }
}

extension ColumnBlocks {
    typealias Part = (block: Int, rows: Range<Int>)

    /// The rows as whole blocks, with a partly wanted block before and after them.
    func parts(of rows: Range<Int>) -> (head: Part?, whole: Range<Int>, tail: Part?) {
        guard !rows.isEmpty else { return (nil, 0..<0, nil) }
        var whole = blocks(holding: rows)
        var head: Part?
        var tail: Part?
        let first = self.rows(of: whole.lowerBound)
        if first.clamped(to: rows) != first {
            head = (whole.lowerBound, first.clamped(to: rows))
            whole = whole.lowerBound + 1..<max(whole.upperBound, whole.lowerBound + 1)
        }
        if let block = whole.last {
            let last = self.rows(of: block)
            if last.clamped(to: rows) != last {
                tail = (block, last.clamped(to: rows))
                whole = whole.lowerBound..<block
            }
        }
        return (head, whole, tail)
    }
}
