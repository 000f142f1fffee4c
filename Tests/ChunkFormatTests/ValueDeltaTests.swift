import ChunkFormat
import Kernels
import Tensor
import TestSupport
import Testing

/// Serialised: these force the instruction set of the whole process.
@Suite(.serialized) struct ValueDeltaTests {
    static let types: [ElementType] = [.float32, .float16, .bfloat16]

    @Test(arguments: types, PackedTests.rowCounts)
    func fallingValuesComeBack(type: ElementType, counts: [Int]) throws {
        let shape = BlockShape(elementType: type, width: 8, kind: .latentValues)
        let raw = PackedTests.latents(counts: counts, width: 8, latents: 9, type: type).values
        let blocks = CodecFixture.withEachSet { CodecFixture.encode(raw, shape) }
        #expect(Set(blocks).count == 1)
        #expect(counts.count < 100 || blocks[0].encoding == .valueDeltas)
        #expect(try CodecFixture.withEachSet { try CodecFixture.decode(blocks[0], shape) }.allSatisfy { $0 == raw })
        var widened = [Float](repeating: 0, count: raw.count / type.byteCount)
        var target = widened.mutableSpan
        Widen.toFloat(raw.rawSpan, as: type, into: &target)
        #expect(try CodecFixture.decodeFloats(blocks[0], shape) == widened.map(\.bitPattern))
    }

    /// What autoencoders never give is stored in another way, bit for bit.
    @Test(arguments: types, CodecFixture.Content.allCases)
    func otherRowsComeBack(type: ElementType, content: CodecFixture.Content) throws {
        let shape = BlockShape(elementType: type, width: 4, kind: .latentValues)
        for rows in [1, 16, 500] {
            let raw = CodecFixture.bytes(type, content, count: rows * 4)
            let block = CodecFixture.encode(raw, shape)
            #expect(block.stored.count <= raw.count)
            #expect(try CodecFixture.decode(block, shape) == raw)
        }
    }

    @Test(arguments: [(ElementType.float32, 1.45), (.float16, 1.8), (.bfloat16, 2.7)])
    func topLatentsShrink(type: ElementType, ratio: Double) {
        let shape = BlockShape(elementType: type, width: 32, kind: .latentValues)
        let raw = PackedTests.latents(
            counts: Array(repeating: 32, count: 256), width: 32, latents: 9, type: type
        ).values
        let block = CodecFixture.encode(raw, shape)
        #expect(block.encoding == .valueDeltas)
        #expect(Double(raw.count) / Double(block.stored.count) > ratio)
    }

    @Test(arguments: types)
    func changedBytesNeverTrap(type: ElementType) {
        var generator = SeededGenerator(seed: 6)
        let shape = BlockShape(elementType: type, width: 8, kind: .latentValues)
        let raw = PackedTests.latents(counts: (0..<200).map { $0 % 9 }, width: 8, latents: 500, type: type).values
        let block = CodecFixture.encode(raw, shape)
        #expect(block.encoding == .valueDeltas)
        for _ in 0..<2000 {
            _ = try? CodecFixture.decode(block.changed(with: &generator), shape, deep: false)
        }
    }
}
