import ChunkFormat
import Kernels
import Tensor
import TestSupport
import Testing

/// Serialised: these force the instruction set of the whole process.
@Suite(.serialized) struct TiersTests {
    static let types: [ElementType] = [.float32, .float16, .bfloat16]

    @Test(arguments: types, CodecFixture.Content.allCases)
    func everySetStoresTheSameBytesAndGivesEveryBitBack(type: ElementType, content: CodecFixture.Content) throws {
        for count in [1, 2, 63, 64, 65, 127, 128, 200, 1000, 4097] {
            let raw = CodecFixture.bytes(type, content, count: count)
            let shape = BlockShape(elementType: type, width: 1)
            let encoded = CodecFixture.withEachSet { CodecFixture.encode(raw, shape) }
            #expect(Set(encoded).count == 1)
            #expect(encoded[0].stored.count <= raw.count)
            let decoded = try CodecFixture.withEachSet { try CodecFixture.decode(encoded[0], shape) }
            #expect(decoded.allSatisfy { $0 == raw })
            var widened = [Float](repeating: 0, count: count)
            var target = widened.mutableSpan
            Widen.toFloat(raw.rawSpan, as: type, into: &target)
            let expected = widened.map(\.bitPattern)
            let floats = try CodecFixture.withEachSet { try CodecFixture.decodeFloats(encoded[0], shape) }
            #expect(floats.allSatisfy { $0 == expected })
        }
    }

    @Test(arguments: [(ElementType.float32, 1.18), (.float16, 1.15), (.bfloat16, 1.47)])
    func normalNumbersShrinkToNearTheirEntropy(type: ElementType, ratio: Double) {
        let raw = CodecFixture.bytes(type, .normal, count: 16 << 10)
        let block = CodecFixture.encode(raw, BlockShape(elementType: type, width: 64))
        #expect(block.encoding == .tiers)
        #expect(Double(raw.count) / Double(block.stored.count) > ratio)
    }

    @Test(arguments: types)
    func repeatedRowsGoToPlanes(type: ElementType) {
        let row = CodecFixture.bytes(type, .normal, count: 256)
        let raw = (0..<16).flatMap { _ in row }
        let block = CodecFixture.encode(raw, BlockShape(elementType: type, width: 256))
        #expect(block.encoding == .planes)
        #expect(block.stored.count < raw.count / 8)
    }

    @Test(arguments: types)
    func noiseStaysRaw(type: ElementType) {
        let raw = CodecFixture.bytes(type, .noise, count: 5000)
        #expect(CodecFixture.encode(raw, BlockShape(elementType: type, width: 1)).encoding == .raw)
    }

    /// Any bytes with a right checksum decode to something or are refused; the sanitiser sees every read and write.
    @Test(arguments: types)
    func changedBytesNeverTrap(type: ElementType) {
        let shape = BlockShape(elementType: type, width: 1)
        var generator = SeededGenerator(seed: 9)
        for count in [1, 64, 100, 700] {
            let block = CodecFixture.encode(CodecFixture.bytes(type, .normal, count: max(count, 64)), shape)
            guard block.encoding == .tiers else { continue }
            _ = CodecFixture.withEachSet {
                for round in 0..<400 {
                    var changed = block
                    changed.entry.rawLength = count * type.byteCount
                    for _ in 0...(round % 4) {
                        let near = round % 2 == 0 ? min(40, changed.stored.count) : changed.stored.count
                        let place = Int.random(in: 0..<near, using: &generator)
                        changed.stored[place] = UInt8.random(in: 0...255, using: &generator)
                    }
                    if round % 5 == 0 {
                        changed.stored.removeLast(Int.random(in: 1..<changed.stored.count, using: &generator))
                    }
                    changed.entry.storedLength = changed.stored.count
                    changed.entry.storedChecksum = Checksum.of(changed.stored)
                    _ = try? CodecFixture.decode(changed, shape, deep: false)
                    _ = try? CodecFixture.decodeFloats(changed, shape)
                }
            }
        }
    }
}
