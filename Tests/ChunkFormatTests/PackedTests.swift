import ChunkFormat
import Kernels
import Tensor
import TestSupport
import Testing

@Suite struct PackedTests {
    /// What integer columns of a capture look like, and what they never should.
    enum Content: String, CaseIterable, Sendable {
        case positions, prompts, tokens, roles, constant, one, falling, extremes, noise
    }

    static func bytes(_ type: ElementType, _ content: Content, count: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: UInt64(count))
        let mask = type.byteCount == 4 ? UInt64(UInt32.max) : (1 << UInt64(type.byteCount * 8)) - 1
        return (0..<count).flatMap { index -> [UInt8] in
            let word: UInt64 =
                switch content {
                case .positions: UInt64(index % 97)
                case .prompts: UInt64(index / 97)
                case .tokens: (generator.next() % 151_000) & mask
                case .roles: UInt64(index % 200 < 150 ? 2 : 3)
                case .constant: 200
                case .one: index == count - 1 ? mask : 0
                case .falling: mask &- UInt64(index)
                case .extremes: index % 2 == 0 ? 0 : mask
                case .noise: generator.next() & mask
                }
            return (0..<type.byteCount).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) }
        }
    }

    @Test(arguments: [ElementType.uint32, .uint16, .uint8], Content.allCases)
    func everyIntegerComesBack(type: ElementType, content: Content) throws {
        for count in [1, 2, 7, 63, 64, 65, 1000, 4096] {
            let raw = Self.bytes(type, content, count: count)
            let shape = BlockShape(elementType: type, width: 1)
            let block = CodecFixture.encode(raw, shape)
            #expect(block.stored.count <= raw.count)
            #expect(try CodecFixture.decode(block, shape) == raw)
        }
    }

    @Test(arguments: [
        (Content.positions, 30.0), (.prompts, 40), (.tokens, 1.7), (.roles, 40), (.constant, 1000), (.one, 100),
    ])
    func columnsOfACaptureShrink(content: Content, ratio: Double) {
        let raw = Self.bytes(.uint32, content, count: 4096)
        let block = CodecFixture.encode(raw, BlockShape(elementType: .uint32, width: 1))
        #expect(block.encoding == .packed)
        #expect(Double(raw.count) / Double(block.stored.count) > ratio)
    }

    /// Rows of `counts` falling values (as f32 bits) and their indices, each row filled up to `width`.
    static func latents(
        counts: [Int], width: Int, latents: UInt32, type: ElementType
    ) -> (indices: [UInt8], values: [UInt8]) {
        var generator = SeededGenerator(seed: UInt64(width + counts.count))
        var indices: [UInt8] = []
        var values: [UInt8] = []
        for count in counts {
            // The largest of exponential numbers, as an autoencoder's are.
            let row = (0..<count).map { _ -> Float in
                (0..<6).reduce(Float(0)) { sum, _ in sum + Float(generator.next() >> 40) / Float(1 << 24) } + 0.1
            }.sorted(by: >)
            for place in 0..<width {
                let index = place < count ? UInt32(truncatingIfNeeded: generator.next()) % latents : ColumnID.noLatent
                for byte in 0..<4 { indices.append(UInt8(truncatingIfNeeded: index >> UInt32(byte * 8))) }
                let bits = place < count ? CodecFixture.bits(row[place], type) : 0
                for byte in 0..<type.byteCount { values.append(UInt8(truncatingIfNeeded: bits >> UInt32(byte * 8))) }
            }
        }
        return (indices, values)
    }

    static let rowCounts: [[Int]] = [
        [8], [0], [0, 0, 0], [8, 8, 8, 8], [1, 8, 0, 3, 3], (0..<300).map { $0 % 9 }, Array(repeating: 8, count: 256),
    ]

    @Test(arguments: rowCounts)
    func latentIndicesComeBack(counts: [Int]) throws {
        let shape = BlockShape(elementType: .uint32, width: 8, kind: .latentIndices)
        for latents: UInt32 in [1, 2, 16384, 131_072, UInt32.max] {
            let raw = Self.latents(counts: counts, width: 8, latents: latents, type: .float32).indices
            let block = CodecFixture.encode(raw, shape)
            #expect(try CodecFixture.decode(block, shape) == raw)
            if counts.count > 100, latents == 16384 {
                let used = counts.reduce(0, +)
                #expect(block.encoding == .packed)
                #expect(block.stored.count < (used * 14 + counts.count * 4) / 8 + 32)
            }
        }
    }

    @Test func unusedPlacesInTheMiddleAreKept() throws {
        let shape = BlockShape(elementType: .uint32, width: 8, kind: .latentIndices)
        var raw = Self.latents(counts: Array(repeating: 5, count: 64), width: 8, latents: 99, type: .float32).indices
        for byte in 8..<12 { raw[byte] = 0xFF }
        let block = CodecFixture.encode(raw, shape)
        #expect(block.encoding != .packed)
        #expect(try CodecFixture.decode(block, shape) == raw)
    }

    @Test func changedBytesNeverTrap() {
        var generator = SeededGenerator(seed: 5)
        let latents = Self.latents(counts: (0..<200).map { $0 % 9 }, width: 8, latents: 500, type: .float32).indices
        let cases = [
            (Self.bytes(.uint32, .positions, count: 900), BlockShape(elementType: .uint32, width: 1)),
            (Self.bytes(.uint16, .tokens, count: 900), BlockShape(elementType: .uint16, width: 3)),
            (Self.bytes(.uint8, .roles, count: 900), BlockShape(elementType: .uint8, width: 1)),
            (latents, BlockShape(elementType: .uint32, width: 8, kind: .latentIndices)),
        ]
        for (raw, shape) in cases {
            var block = CodecFixture.encode(raw, shape)
            block.entry.encoding = .packed
            for _ in 0..<1500 {
                let changed = block.changed(with: &generator)
                _ = try? CodecFixture.decode(changed, shape, deep: false)
            }
        }
    }
}
