import ChunkFormat
import Tensor
import TestSupport
import Testing

/// The stored bytes of tiny blocks of every encoding, as `FORMAT.md` describes them. They must never change: a store that was
/// written must be read.
@Suite struct GoldenBlockTests {
    struct Golden: Sendable, CustomTestStringConvertible {
        var name: String
        var shape: BlockShape
        var encoding: BlockEncoding
        var raw: [UInt8]
        var stored: String

        var testDescription: String { name }
    }

    /// Hexadecimal digits; of more than 128 bytes their count and XXH3-64.
    static func text(_ bytes: [UInt8]) -> String {
        guard bytes.count <= 128 else { return "\(bytes.count) bytes, \(Checksum.text(Checksum.of(bytes)))" }
        return bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    /// Little-endian bytes of numbers of the type.
    static func bytes(_ bits: [UInt32], _ type: ElementType) -> [UInt8] {
        bits.flatMap { word in (0..<type.byteCount).map { UInt8(truncatingIfNeeded: word >> UInt32($0 * 8)) } }
    }

    /// Numbers with a few exponents and any mantissas: xorshift32 from 1.
    static func numbers(_ type: ElementType, count: Int) -> [UInt8] {
        var state: UInt32 = 1
        return bytes(
            (0..<count).map { _ in
                state ^= state << 13
                state ^= state >> 17
                state ^= state << 5
                let exponent = UInt32(min(7, (state >> 24 | 128).trailingZeroBitCount))
                let mantissa = state & 0x7F_FFFF
                let sign = state >> 23 & 1
                switch type {
                case .float16: return sign << 15 | (15 - exponent) << 10 | mantissa & 0x3FF
                case .bfloat16: return sign << 15 | (127 - exponent) << 7 | mantissa & 0x7F
                default: return sign << 31 | (127 - exponent) << 23 | mantissa
                }
            }, type)
    }

    static let blocks: [Golden] = [
        Golden(
            name: "planes", shape: BlockShape(elementType: .float32, width: 1), encoding: .planes,
            raw: bytes([UInt32](repeating: 0x3F80_0000, count: 64), .float32),
            stored: """
                04010b000000010b000000010b000000010b0000001f000100275000000000001f000100275000000000001f\
                800100275080808080801f3f010027503f3f3f3f3f
                """),
        Golden(
            name: "tiers f16", shape: BlockShape(elementType: .float16, width: 1), encoding: .tiers,
            raw: numbers(.float16, count: 500), stored: "879 bytes, 50c3d0e9bb5dde9b"),
        Golden(
            name: "tiers bf16", shape: BlockShape(elementType: .bfloat16, width: 1), encoding: .tiers,
            raw: numbers(.bfloat16, count: 200), stored: "331 bytes, 846985c04b337607"),
        Golden(
            name: "tiers f32", shape: BlockShape(elementType: .float32, width: 1), encoding: .tiers,
            raw: numbers(.float32, count: 200), stored: "731 bytes, ec5b4a92862c6ddb"),
        Golden(
            name: "packed", shape: BlockShape(elementType: .uint16, width: 1), encoding: .packed,
            raw: bytes((0..<16).map { 1000 + $0 * 7 % 16 }, .uint16), stored: "0004e803000008000000705e3c1af8d6b492"),
        Golden(
            name: "packed differences", shape: BlockShape(elementType: .uint32, width: 1), encoding: .packed,
            raw: bytes([5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6], .uint32), stored: "00040000000006000000658709214365"),
        Golden(
            name: "packed differences, LZ4", shape: BlockShape(elementType: .uint32, width: 1), encoding: .packed,
            raw: bytes((0..<512).map { $0 % 200 }, .uint32),
            stored: "031000000000000400003f0000020200ff7b2f8d019001ffff58500002000200"),
        Golden(
            name: "packed latents", shape: BlockShape(elementType: .uint32, width: 4, kind: .latentIndices),
            encoding: .packed,
            raw: bytes(
                [
                    9, 2, 511, 40, 7, 300, .max, .max, .max, .max, .max, .max, 100, 101, 102, .max, 1, 2, 3, 4, 5, 6, 7,
                    8,
                ],
                .uint32), stored: "0409010000001700000003000000001446020802f83f6160e518326500041030804001030700"),
        Golden(
            name: "value deltas", shape: BlockShape(elementType: .float16, width: 4, kind: .latentValues),
            encoding: .valueDeltas,
            raw: bytes(
                (0..<16).flatMap { row -> [UInt32] in
                    let top = UInt32(0x4800 + row * 37 % 64)
                    return row % 4 == 0 ? [top, top - 90, 0, 0] : [top, top - 60, top - 150, top - 200]
                }, .float16),
            stored: """
                02020000003c480000040004050505a8a8a8a87cd2389ef45ab0169a73ae39e79a73ae39e75a6badb5d65a6b\
                2da594524a29a594040138000000011b000000010800000001040000000000000001020003bd5e1111ff0f00\
                00b70600000000000093000000000000000000000000000000
                """),
        Golden(
            name: "int8", shape: BlockShape(elementType: .int8, width: 2), encoding: .int8,
            raw: bytes([1, -0.5, 127, 0.25, -127, Float.nan, 3.4, 0].map(\.bitPattern), .int8),
            stored: "0000803f0002813b01817f4081800300"),
    ]

    @Test(arguments: blocks)
    func storedBytesNeverChange(golden: Golden) throws {
        let block = CodecFixture.encode(golden.raw, golden.shape)
        #expect(block.encoding == golden.encoding)
        #expect(Self.text(block.stored) == golden.stored)
        let decoded = try CodecFixture.decode(block, golden.shape)
        #expect(golden.encoding == .int8 || decoded == golden.raw)
    }
}
