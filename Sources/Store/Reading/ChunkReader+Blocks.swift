import ChunkFormat
import Tensor

/// A column's blocks while they are read: their shape and where they lie.
struct ColumnBlocks {
    let place: Int
    let entry: ChunkFooter.Column
    let shape: BlockShape
    let rowBytes: Int
    let rowCount: Int

    func rows(of block: Int) -> Range<Int> {
        block * entry.blockRows..<min((block + 1) * entry.blockRows, rowCount)
    }

    /// Blocks that hold some of the rows.
    func blocks(holding rows: Range<Int>) -> Range<Int> {
        rows.isEmpty ? 0..<0 : rows.lowerBound / entry.blockRows..<(rows.upperBound - 1) / entry.blockRows + 1
    }

    /// As many of the blocks as lie side by side and are fetched with one call.
    func run(from first: Int, limit: Int) -> (blocks: Range<Int>, byteCount: Int) {
        let blocks = entry.blocks
        var count = blocks[first].storedLength
        var next = first + 1
        while next < limit, count + blocks[next].storedLength <= ReadScratch.fetchBytes,
            blocks[next].offset == blocks[first].offset + count
        {
            count += blocks[next].storedLength
            next += 1
        }
        return (first..<next, count)
    }
}

extension ChunkReader {
    func blocks(of column: ColumnID) throws(StoreError) -> ColumnBlocks {
        let place = try place(of: column)
        let entry = file.footer.columns[place]
        return ColumnBlocks(
            place: place, entry: entry, shape: BlockShape(entry.spec), rowBytes: entry.spec.rowBytes,
            rowCount: rowCount)
    }

    /// Fetches the blocks and hands each one's stored bytes to `body` in order.
    func fetch(
        _ column: ColumnBlocks, _ blocks: Range<Int>, _ scratch: inout ReadScratch,
        _ body: (_ block: Int, _ stored: RawSpan, _ decode: inout DecodeScratch) throws(StoreError) -> Void
    ) throws(StoreError) {
        // Taken out, so that the bytes can be looked at while the rest of the scratch is written.
        var fetched = AlignedBuffer(uninitialized: 0)
        swap(&fetched, &scratch.stored)
        defer { swap(&fetched, &scratch.stored) }
        var first = blocks.lowerBound
        while first < blocks.upperBound {
            let run = column.run(from: first, limit: blocks.upperBound)
            ReadScratch.grow(&fetched, to: run.byteCount)
            let base = column.entry.blocks[first].offset
            do {
                var bytes = fetched.mutableSpan(of: UInt8.self, count: run.byteCount)
                var raw = unsafe bytes.mutableBytes
                try file.file.read(at: base, into: &raw)
            }
            for block in run.blocks {
                let entry = column.entry.blocks[block]
                let start = entry.offset - base
                try body(
                    block, fetched.bytes.extracting(start..<start + entry.storedLength), &scratch.decode)
            }
            first = run.blocks.upperBound
        }
    }

    /// Decodes a block's stored bytes into all of `target`.
    func decode(
        _ stored: RawSpan, _ column: ColumnBlocks, _ block: Int, _ scratch: inout DecodeScratch,
        into target: inout MutableRawSpan
    ) throws(StoreError) {
        do throws(Corruption) {
            try BlockDecoder.decode(
                stored, entry: column.entry.blocks[block], shape: column.shape, scratch: &scratch, into: &target,
                path: path, what: ChunkFooter.blockName(block, of: column.entry.spec.id))
        } catch {
            throw StoreError(error)
        }
    }

    /// Decodes a block's stored bytes to be looked at in parts.
    func decode(
        _ stored: RawSpan, _ column: ColumnBlocks, _ block: Int, _ scratch: inout DecodeScratch,
        to held: inout HeldBlock
    ) throws(StoreError) {
        held.key = nil
        do {
            var bytes = held.buffer.mutableSpan(of: UInt8.self, count: column.rows(of: block).count * column.rowBytes)
            var raw = unsafe bytes.mutableBytes
            try decode(stored, column, block, &scratch, into: &raw)
        }
        held.key = key(column, block)
    }

    /// Decodes a block's stored bytes into f32.
    func decodeFloats(
        _ stored: RawSpan, _ column: ColumnBlocks, _ block: Int, _ scratch: inout DecodeScratch,
        into target: inout MutableSpan<Float>
    ) throws(StoreError) {
        do throws(Corruption) {
            try BlockDecoder.decodeFloats(
                stored, entry: column.entry.blocks[block], shape: column.shape, scratch: &scratch, into: &target,
                path: path, what: ChunkFooter.blockName(block, of: column.entry.spec.id))
        } catch {
            throw StoreError(error)
        }
    }

    func key(_ column: ColumnBlocks, _ block: Int) -> BlockKey {
        BlockKey(reader: serial, column: column.place, block: block)
    }

    /// A whole decoded block of a narrow column, from memory where a part of it was read a moment ago.
    func keptBlock(
        _ column: ColumnBlocks, _ block: Int, _ scratch: inout ReadScratch
    ) throws(StoreError) -> [UInt8] {
        let key = key(column, block)
        if let known = memory.block(key) { return known }
        let length = column.entry.blocks[block].rawLength
        var bytes: [UInt8] = []
        try fetch(column, block..<block + 1, &scratch) { (_, stored, decode) throws(StoreError) in
            var failure: StoreError?
            unsafe bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
                var target = unsafe MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(buffer)[0..<length])
                do throws(StoreError) {
                    try self.decode(stored, column, block, &decode, into: &target)
                    count = length
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
        }
        memory.keep(bytes, as: key)
        return bytes
    }
}
