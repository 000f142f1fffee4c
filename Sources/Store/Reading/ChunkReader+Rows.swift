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
        for part in parts.kept {
            let bytes = try keptBlock(column, part.block, &scratch)
            var piece = target._mutatingExtracting(column.target(of: part, rows))
            ChunkReader.copy(bytes.rawSpan.extracting(column.source(of: part)), into: &piece)
        }
        var held = scratch.takeBlock(column.largestBlock)
        defer { scratch.putBack(&held) }
        var fetched = parts.fetched
        if let block = fetched.first, held.key == key(column, block) {
            let part = ColumnBlocks.Part(block: block, rows: column.rows(of: block).clamped(to: rows))
            var piece = target._mutatingExtracting(column.target(of: part, rows))
            ChunkReader.copy(held.buffer.bytes.extracting(column.source(of: part)), into: &piece)
            fetched = block + 1..<fetched.upperBound
        }
        try fetch(column, fetched, &scratch) { (block, stored, decode) throws(StoreError) in
            let part = ColumnBlocks.Part(block: block, rows: column.rows(of: block).clamped(to: rows))
            var piece = target._mutatingExtracting(column.target(of: part, rows))
            guard part.rows.count < column.rows(of: block).count else {
                return try self.decode(stored, column, block, &decode, into: &piece)
            }
            try self.decode(stored, column, block, &decode, to: &held)
            ChunkReader.copy(held.buffer.bytes.extracting(column.source(of: part)), into: &piece)
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
        for part in parts.kept {
            let bytes = try keptBlock(column, part.block, &scratch)
            var piece = target._mutatingExtracting(column.numbers(of: part, rows))
            column.shape.widen(bytes.rawSpan.extracting(column.source(of: part)), into: &piece)
        }
        var held = scratch.takeBlock(column.largestBlock)
        defer { scratch.putBack(&held) }
        var fetched = parts.fetched
        if let block = fetched.first, held.key == key(column, block) {
            let part = ColumnBlocks.Part(block: block, rows: column.rows(of: block).clamped(to: rows))
            var piece = target._mutatingExtracting(column.numbers(of: part, rows))
            column.shape.widen(held.buffer.bytes.extracting(column.source(of: part)), into: &piece)
            fetched = block + 1..<fetched.upperBound
        }
        try fetch(column, fetched, &scratch) { (block, stored, decode) throws(StoreError) in
            let part = ColumnBlocks.Part(block: block, rows: column.rows(of: block).clamped(to: rows))
            var piece = target._mutatingExtracting(column.numbers(of: part, rows))
            guard part.rows.count < column.rows(of: block).count else {
                return try decodeFloats(stored, column, block, &decode, into: &piece)
            }
            try self.decode(stored, column, block, &decode, to: &held)
            column.shape.widen(held.buffer.bytes.extracting(column.source(of: part)), into: &piece)
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
        var taken = scratch.takeBlock(min(column.entry.blockRows, rowCount) * width * 4)
        taken.key = nil
        var failure: (any Error)?
        do throws(StoreError) {
            try fetch(column, column.blocks(holding: rows), &scratch) { (block, stored, decode) throws(StoreError) in
                guard failure == nil else { return }
                let range = column.rows(of: block)
                var floats = taken.buffer.mutableSpan(of: Float.self, count: range.count * width)
                try decodeFloats(stored, column, block, &decode, into: &floats)
                let wanted = range.clamped(to: rows)
                let start = (wanted.lowerBound - range.lowerBound) * width
                let values = taken.buffer.span(of: Float.self, count: range.count * width)
                do {
                    try body(wanted.lowerBound, values.extracting(start..<start + wanted.count * width))
                } catch {
                    failure = error
                }
            }
        } catch {
            failure = error
        }
        scratch.putBack(&taken)
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
        var held = scratch.takeBlock(column.largestBlock)
        defer { scratch.putBack(&held) }
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
                try self.decode(stored, column, block, &decode, to: &held)
                while next < end, picks[next].row < range.upperBound {
                    let start = (picks[next].row - range.lowerBound) * column.rowBytes
                    body(picks[next].target, held.buffer.bytes.extracting(start..<start + column.rowBytes))
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
    /// Rows of one block.
    struct Part {
        var block: Int
        var rows: Range<Int>
    }

    /// A block of a column this wide is decoded anew sooner than memory is found to keep it; each thread holds its last one.
    private static let wideRow = 512

    /// How rows are read: parts of blocks that are kept in memory for whoever reads on, and blocks that are fetched.
    func parts(of rows: Range<Int>) -> (kept: [Part], fetched: Range<Int>) {
        var fetched = blocks(holding: rows)
        if rowBytes >= ColumnBlocks.wideRow { return ([], fetched) }
        var kept: [Part] = []
        for block in [fetched.first, fetched.last].compactMap({ $0 }) where block != kept.last?.block {
            let whole = self.rows(of: block)
            let wanted = whole.clamped(to: rows)
            guard wanted != whole else { continue }
            kept.append(Part(block: block, rows: wanted))
            fetched = block == fetched.lowerBound ? block + 1..<fetched.upperBound : fetched.lowerBound..<block
        }
        return (kept, fetched)
    }

    /// Bytes of the longest block, decoded.
    var largestBlock: Int { min(entry.blockRows, rowCount) * rowBytes }

    /// Where the rows of a part lie among the bytes of its block.
    func source(of part: Part) -> Range<Int> {
        let first = (part.rows.lowerBound - part.block * entry.blockRows) * rowBytes
        return first..<first + part.rows.count * rowBytes
    }

    /// Where the rows of a part go among the bytes of all rows.
    func target(of part: Part, _ rows: Range<Int>) -> Range<Int> {
        (part.rows.lowerBound - rows.lowerBound) * rowBytes..<(part.rows.upperBound - rows.lowerBound) * rowBytes
    }

    /// Where the rows of a part go among the numbers of all rows.
    func numbers(of part: Part, _ rows: Range<Int>) -> Range<Int> {
        let width = shape.width
        return (part.rows.lowerBound - rows.lowerBound) * width..<(part.rows.upperBound - rows.lowerBound) * width
    }
}
