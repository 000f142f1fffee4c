import ChunkFormat
import Tensor
import TestSupport
import Testing

@Suite struct ChunkDamageTests {
    @Test(arguments: [UInt8(0x01), 0x80, 0xFF])
    func everyFlippedByteIsFound(mask: UInt8) throws {
        let original = MemoryChunk.sample().chunk
        let footer = try original.footer
        let end = try original.trailer.footerOffset
        _ = try original.decode()
        var silent: [Int] = []
        var chunk = original
        for place in original.bytes.indices {
            chunk.bytes[place] ^= mask
            // Between header and footer only the block that holds the byte can tell.
            let isBlock = place >= ChunkHeader.byteCount && place < end
            let isFound = isBlock ? chunk.hasDamagedBlock(at: place, footer) : (try? chunk.decode()) == nil
            if !isFound { silent.append(place) }
            chunk.bytes[place] ^= mask
        }
        #expect(silent.isEmpty)
    }

    @Test func everyTruncationIsFound() {
        let original = MemoryChunk.sample().chunk
        for length in 0..<original.bytes.count {
            let chunk = MemoryChunk(bytes: Array(original.bytes[..<length]))
            #expect(throws: Corruption.self) { try chunk.decode() }
        }
        let longer = MemoryChunk(bytes: original.bytes + [0])
        #expect(throws: Corruption.self) { try longer.decode() }
        let shifted = MemoryChunk(bytes: [0] + original.bytes)
        #expect(throws: Corruption.self) { try shifted.decode() }
    }

    @Test func errorsNameFileAndOffset() throws {
        var chunk = MemoryChunk.sample().chunk
        let block = try chunk.footer.columns[2].blocks[1]
        chunk.bytes[block.offset + 3] ^= 4
        let error = try #require(throws: Corruption.self) { try chunk.decode() }
        #expect(error.path == "c")
        #expect(error.offset == block.offset)
        #expect(error.description.contains("checksum"))
    }

    /// Footers whose checksum is right but whose content was changed: an error or equal meaning, never a trap.
    @Test func hostileFootersNeverTrap() throws {
        let original = MemoryChunk.sample().chunk
        let trailer = try original.trailer
        let footer = Array(
            original.bytes[trailer.footerOffset..<(trailer.footerOffset + trailer.footerLength)])
        var generator = SeededGenerator(seed: 11)
        var refused = 0
        for round in 0..<6000 {
            var bytes = footer
            for _ in 0...(round % 3) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch round % 4 {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes[place] = 0xFF
                case 2: bytes.remove(at: place)
                default:
                    let end = min(bytes.count, place + 8)
                    for index in place..<end { bytes[index] = 0xFF }
                }
            }
            do { _ = try original.replacing(footer: bytes).decode() } catch { refused += 1 }
        }
        #expect(refused > 5000)
    }

    /// Blocks whose stored bytes and checksum were both changed.
    @Test func hostileBlocksNeverTrap() throws {
        let spec = ColumnSpec(id: .perToken("x"), elementType: .float32, width: 1)
        let bytes: [UInt8] = (0..<4000).map { (place: Int) -> UInt8 in
            place % 4 == 0 ? UInt8(truncatingIfNeeded: place / 16) : 0
        }
        let original = MemoryChunk.encode([(spec, bytes)], rowCount: 1000)
        let block = try original.footer.columns[0].blocks[0]
        #expect(block.encoding == .planes)
        var generator = SeededGenerator(seed: 12)
        var scratch = DecodeScratch()
        for round in 0..<6000 {
            var stored = Array(original.bytes[block.offset..<(block.offset + block.storedLength)])
            if round % 3 == 0 { stored = Array(stored.prefix(Int.random(in: 0...stored.count, using: &generator))) }
            for _ in 0...2 where !stored.isEmpty {
                // Mostly in the planes' directory, where lengths and flags are.
                let place = Int.random(in: 0..<min(stored.count, round % 2 == 0 ? 21 : stored.count), using: &generator)
                stored[place] = UInt8.random(in: 0...255, using: &generator)
            }
            let entry = BlockEntry(
                offset: block.offset, storedLength: stored.count, rawLength: block.rawLength,
                encoding: BlockEncoding(rawValue: UInt32(round % 5 == 0 ? round % 7 : 1)),
                storedChecksum: Checksum.of(stored), rawChecksum: block.rawChecksum)
            var raw = [UInt8](repeating: 0, count: block.rawLength)
            var span = raw.mutableSpan
            var target = unsafe span.mutableBytes
            do {
                try BlockDecoder.decode(
                    stored.rawSpan, entry: entry, shape: BlockShape(spec), scratch: &scratch, into: &target, deep: true,
                    path: "c", what: "block")
            } catch { continue }
            #expect(raw == bytes)
        }
    }

    @Test func unknownFeaturesAndVersionsAreRefused() {
        var header = ChunkHeader(key: Digest128(of: "k"))
        header.incompatible = 1
        #expect(throws: Corruption.self) { _ = try ChunkHeader(header.encoded, path: "c") }
        header = ChunkHeader(key: Digest128(of: "k"))
        header.version = 3
        let error = #expect(throws: Corruption.self) { _ = try ChunkHeader(header.encoded, path: "c") }
        #expect(error?.found.contains("newer varve: reading needs one that knows version 3") == true)
        header = ChunkHeader(key: Digest128(of: "k"))
        header.compatible = 5
        header.readOnlyCompatible = 9
        #expect(throws: Never.self) { _ = try ChunkHeader(header.encoded, path: "c") }
    }

    @Test func digestsReadTheirOwnText() throws {
        let digest = Digest128(of: "abc")
        #expect(Digest128(hexadecimal: digest.description) == digest)
        for text in [
            "", "abc", digest.description.uppercased(), digest.description + "0", "../../../../../../../etc/passwd!!",
        ] {
            #expect(Digest128(hexadecimal: text) == nil)
        }
        var streaming = StreamingDigest()
        streaming.update([UInt8](Array("a".utf8)).rawSpan)
        streaming.update([UInt8](Array("bc".utf8)).rawSpan)
        #expect(streaming.value == digest)
    }
}
