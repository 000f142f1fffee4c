import ChunkFormat
import FuzzTargets
import Tensor
import TestSupport

/// Stored blocks. An input is a description of seven bytes (encoding, element type, kind, width − 1, low and high byte of rows − 1, nothing) and the stored bytes.
enum BlockInputs {
    private static let kinds: [BlockShape.Kind] = [.plain, .latentIndices, .latentValues]
    private static let headCount = 7

    static func parse(_ bytes: [UInt8]) throws {
        guard bytes.count >= headCount else { throw InputError.notWhatIsExpected }
        let types = ElementType.allCases
        let width = 1 + Int(bytes[3]) % 64
        let rows = 1 + Int(bytes[4]) + Int(bytes[5] & 0x01) << 8
        let shape = BlockShape(
            elementType: types[Int(bytes[1]) % types.count], width: width, kind: kinds[Int(bytes[2]) % kinds.count])
        let stored = Array(bytes[headCount...])
        let checksum = Checksum.of(stored)
        let length = rows * width * shape.elementType.byteCount
        let entry = BlockEntry(
            offset: 64, storedLength: stored.count, rawLength: length,
            encoding: BlockEncoding(rawValue: UInt32(bytes[0] & 0x0F)), storedChecksum: checksum, rawChecksum: 0)
        var scratch = DecodeScratch()
        if shape.elementType.isFloatingPoint {
            var floats = [Float](repeating: 0, count: rows * width)
            var target = floats.mutableSpan
            try? BlockDecoder.decodeFloats(
                stored.rawSpan, entry: entry, shape: shape, scratch: &scratch, into: &target, path: "input",
                what: "block")
        }
        var raw = [UInt8](repeating: 0, count: length)
        var span = raw.mutableSpan
        var target = unsafe span.mutableBytes
        try BlockDecoder.decode(
            stored.rawSpan, entry: entry, shape: shape, scratch: &scratch, into: &target, path: "input", what: "block")
    }

    static var seeds: [[UInt8]] {
        var generator = SeededGenerator(seed: 23)
        var seeds: [[UInt8]] = []
        for (typePlace, type) in ElementType.allCases.enumerated() {
            for (kindPlace, kind) in kinds.enumerated() {
                for (width, rows) in [(1, 130), (8, 32)] {
                    let raw = rowBytes(type, kind, width: width, rows: rows, using: &generator)
                    var encoder = BlockEncoder()
                    let encoding = encoder.encode(
                        raw.rawSpan, shape: BlockShape(elementType: type, width: width, kind: kind))
                    var stored = raw
                    if encoding != .raw { stored = unsafe encoder.stored.withUnsafeBytes { unsafe Array($0) } }
                    let head = [
                        UInt8(encoding.rawValue), UInt8(typePlace), UInt8(kindPlace), UInt8(width - 1), UInt8(rows - 1),
                        0,
                        0,
                    ]
                    seeds.append(head + stored)
                }
            }
        }
        return seeds
    }

    /// Rows as a capture has them: normal numbers, rising counters, latents by falling value.
    private static func rowBytes(
        _ type: ElementType, _ kind: BlockShape.Kind, width: Int, rows: Int, using generator: inout SeededGenerator
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        for row in 0..<rows {
            for place in 0..<width {
                let number = kind == .latentValues ? Double(40 - place) / 3 : generator.nextNormal()
                let counter = kind == .latentIndices ? Int.random(in: 0..<500, using: &generator) : row
                switch type {
                case .float32, .int8: bytes += littleEndian(UInt64(Float(number).bitPattern), 4)
                case .bfloat16: bytes += littleEndian(UInt64(Float(number).bitPattern >> 16), 2)
                case .float16: bytes += littleEndian(UInt64(Float16(number).bitPattern), 2)
                case .uint32: bytes += littleEndian(UInt64(counter), 4)
                case .uint16: bytes += littleEndian(UInt64(counter), 2)
                case .uint8: bytes += littleEndian(UInt64(counter & 0xFF), 1)
                }
            }
        }
        return bytes
    }

    private static func littleEndian(_ number: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
    }
}
