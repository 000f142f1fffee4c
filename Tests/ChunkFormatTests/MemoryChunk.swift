import ChunkFormat
import Tensor
import TestSupport

/// A chunk file in memory, for tests of its bytes.
struct MemoryChunk {
    var bytes: [UInt8] = []

    /// - Parameter rows: for each column the bytes of all its rows
    static func encode(_ columns: [(spec: ColumnSpec, bytes: [UInt8])], rowCount: Int) -> MemoryChunk {
        var buffers = ColumnBuffers(columns: columns.map(\.spec), rowCount: rowCount)
        for (index, column) in columns.enumerated() {
            buffers.write(column.bytes.rawSpan, column: index, row: 0)
        }
        let footer = ChunkFooter(
            model: "m", dataset: "d", specDigest: Digest128(of: "spec"), promptsDigest: Digest128(of: "prompts"),
            firstRow: 7, rowCount: rowCount, firstPrompt: 2, promptCount: 1)
        var chunk = MemoryChunk()
        let draft = ChunkDraft(
            key: Digest128(of: "key"), footer: footer, columns: columns.map(\.spec),
            attachments: [("spec", Array("a spec".utf8)), ("empty", [])])
        _ = ChunkEncoder.encode(draft, rows: buffers) { (piece) throws(Never) in
            unsafe piece.withUnsafeBytes { unsafe chunk.bytes.append(contentsOf: $0) }
        }
        return chunk
    }

    var footer: ChunkFooter {
        get throws(Corruption) {
            let header = try ChunkHeader(Array(bytes.prefix(ChunkHeader.byteCount)), path: "c")
            let trailer = try trailer
            let end = trailer.footerOffset + trailer.footerLength
            return try ChunkFooter(
                Array(bytes[trailer.footerOffset..<end]), version: header.version, trailer: trailer, path: "c")
        }
    }

    var trailer: ChunkTrailer {
        get throws(Corruption) {
            try ChunkTrailer(Array(bytes.suffix(ChunkTrailer.byteCount)), fileLength: bytes.count, path: "c")
        }
    }

    /// Everything the file holds: each column's bytes, then each attachment's.
    func decode() throws(Corruption) -> [[UInt8]] {
        let footer = try footer
        var all: [[UInt8]] = []
        for column in footer.columns {
            var bytes: [UInt8] = []
            for block in column.blocks {
                bytes += try decode(block, BlockShape(column.spec))
            }
            all.append(bytes)
        }
        for attachment in footer.attachments { all.append(try decode(attachment.block, .bytes)) }
        return all
    }

    /// Whether the block that holds a byte fails to decode.
    func hasDamagedBlock(at place: Int, _ footer: ChunkFooter) -> Bool {
        let blocks =
            footer.columns.flatMap { column in column.blocks.map { ($0, BlockShape(column.spec)) } }
            + footer.attachments.map { ($0.block, BlockShape.bytes) }
        guard
            let found = blocks.first(where: { $0.0.offset <= place && place < $0.0.offset + $0.0.storedLength })
        else { return false }
        return (try? decode(found.0, found.1)) == nil
    }

    private func decode(_ block: BlockEntry, _ shape: BlockShape) throws(Corruption) -> [UInt8] {
        var scratch = DecodeScratch()
        let stored = Array(bytes[block.offset..<(block.offset + block.storedLength)])
        var raw = [UInt8](repeating: 0xAA, count: block.rawLength)
        var span = raw.mutableSpan
        var target = unsafe span.mutableBytes
        try BlockDecoder.decode(
            stored.rawSpan, entry: block, shape: shape, scratch: &scratch, into: &target, deep: true, path: "c",
            what: "block")
        return raw
    }

    /// The same file with another footer, its checksums made right: what a hostile writer could make.
    func replacing(footer: [UInt8]) throws -> MemoryChunk {
        let offset = try trailer.footerOffset
        let trailer = ChunkTrailer(
            footerOffset: offset, footerLength: footer.count, footerChecksum: Checksum.of(footer))
        return MemoryChunk(bytes: Array(bytes[..<offset]) + footer + trailer.encoded)
    }

    /// A small chunk with every element type, several blocks and both encodings.
    static func sample() -> (chunk: MemoryChunk, columns: [(spec: ColumnSpec, bytes: [UInt8])]) {
        let rows = 20
        var generator = SeededGenerator(seed: 5)
        let columns = ElementType.allCases.enumerated().map { index, type in
            let width = [1, 3, 1024, 2, 1, 1, 2][index]
            let spec = ColumnSpec(
                id: .site(Site(.residPost, layer: index)), elementType: type, width: width)
            let bytes = (0..<(rows * spec.rowBytes)).map { place in
                place % 3 == 0 ? UInt8.random(in: 0...255, using: &generator) : UInt8(place % 2)
            }
            return (spec, bytes)
        }
        return (encode(columns, rowCount: rows), columns)
    }
}
