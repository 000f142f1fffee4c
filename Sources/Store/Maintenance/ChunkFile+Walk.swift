import ChunkFormat
import Tensor

extension ChunkFile {
    /// Memory for walking block after block; one a thread.
    struct WalkMemory: ~Copyable {
        fileprivate var scratch = DecodeScratch()
        fileprivate var raw: [UInt8] = []
    }

    /// Decodes every block of a column in row order, stored and raw checksums compared, and hands its rows to `body`.
    ///
    /// - Parameters:
    ///   - index: the column's place in the file
    ///   - body: first row within the chunk; whole rows, gone when it returns
    func walk(
        column index: Int, memory: inout WalkMemory,
        _ body: (_ firstRow: Int, _ rows: RawSpan) throws(StoreError) -> Void
    ) throws(StoreError) {
        let column = footer.columns[index]
        let shape = BlockShape(column.spec)
        for (place, block) in column.blocks.enumerated() {
            try decodeDeep(block, shape, ChunkFooter.blockName(place, of: column.spec.id), &memory)
            try body(place * column.blockRows, memory.raw.rawSpan.extracting(0..<block.rawLength))
        }
    }

    /// The bytes of an attachment; nil where the file has none of that name.
    func attachment(_ name: String, memory: inout WalkMemory) throws(StoreError) -> [UInt8]? {
        guard let attachment = footer.attachments.first(where: { $0.name == name }) else { return nil }
        try decodeDeep(attachment.block, .bytes, "attachment \(name)", &memory)
        return Array(memory.raw[..<attachment.block.rawLength])
    }

    private func decodeDeep(
        _ block: BlockEntry, _ shape: BlockShape, _ what: String, _ memory: inout WalkMemory
    ) throws(StoreError) {
        let stored = try file.read(at: block.offset, count: block.storedLength)
        // Taken out meanwhile: a span of it and the scratch are used side by side.
        var raw: [UInt8] = []
        swap(&raw, &memory.raw)
        defer { swap(&raw, &memory.raw) }
        if raw.count < block.rawLength { raw = [UInt8](repeating: 0, count: block.rawLength) }
        var span = raw.mutableSpan
        var bytes = unsafe span.mutableBytes
        var target = bytes._mutatingExtracting(0..<block.rawLength)
        do throws(Corruption) {
            try BlockDecoder.decode(
                stored.rawSpan, entry: block, shape: shape, scratch: &memory.scratch, into: &target, deep: true,
                path: path, what: what)
        } catch {
            throw StoreError(error)
        }
    }
}
