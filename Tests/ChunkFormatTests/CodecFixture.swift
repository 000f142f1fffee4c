import ChunkFormat
import Kernels
import Tensor
import TestSupport
import Testing

/// Blocks for the codecs' tests, and one call that encodes and decodes them in every way.
enum CodecFixture {
    /// What the numbers of a block look like.
    enum Content: String, CaseIterable, Sendable {
        case normal, scaledColumns, specials, constant, zero, noise, twoExponents, everyExponent
    }

    /// `count` numbers as little-endian bytes.
    static func bytes(_ type: ElementType, _ content: Content, count: Int, seed: UInt64 = 1) -> [UInt8] {
        var generator = SeededGenerator(seed: seed &+ UInt64(count))
        let specials = ChunkRoundTripTests.specials(type)
        var out: [UInt8] = []
        out.reserveCapacity(count * type.byteCount)
        for index in 0..<count {
            let normal = CodecFixture.normal(&generator)
            let bits: UInt32
            switch content {
            case .normal: bits = CodecFixture.bits(normal, type)
            case .scaledColumns: bits = CodecFixture.bits(normal * [1, 40, 0.02, 3][index % 4], type)
            case .specials: bits = specials[Int(truncatingIfNeeded: generator.next() % UInt64(specials.count))]
            case .constant: bits = specials[0]
            case .zero: bits = index % 7 == 0 ? CodecFixture.bits(-0.0, type) : 0
            case .noise: bits = UInt32(truncatingIfNeeded: generator.next())
            case .twoExponents:
                bits = CodecFixture.bits(
                    index % 5 == 0 ? 1 + normal.magnitude.truncatingRemainder(dividingBy: 1) : 8, type)
            case .everyExponent:
                bits = UInt32(truncatingIfNeeded: index) << (type.byteCount == 4 ? 23 : type == .float16 ? 10 : 7)
            }
            for place in 0..<type.byteCount { out.append(UInt8(truncatingIfNeeded: bits >> UInt32(place * 8))) }
        }
        return out
    }

    static func bits(_ value: Float, _ type: ElementType) -> UInt32 {
        switch type {
        case .float16: UInt32(HalfPrecision.half(value))
        case .bfloat16: UInt32(HalfPrecision.bfloat(value))
        case .float32, .int8: value.bitPattern
        case .uint32, .uint16, .uint8: UInt32(value.magnitude * 10)
        }
    }

    /// A normal number by the sum of twelve.
    static func normal(_ generator: inout SeededGenerator) -> Float {
        (0..<12).reduce(Float(-6)) { sum, _ in sum + Float(generator.next() >> 40) / Float(1 << 24) }
    }

    struct Encoded: Hashable {
        var encoding: BlockEncoding
        var stored: [UInt8]
        var entry: BlockEntry
    }

    static func encode(_ raw: [UInt8], _ shape: BlockShape) -> Encoded {
        var encoder = BlockEncoder()
        return encode(raw, shape, with: &encoder)
    }

    static func encode(_ raw: [UInt8], _ shape: BlockShape, with encoder: inout BlockEncoder) -> Encoded {
        let encoding = encoder.encode(raw.rawSpan, shape: shape)
        let stored = encoding == .raw ? raw : unsafe encoder.stored.withUnsafeBytes { unsafe Array($0) }
        let entry = BlockEntry(
            offset: 0, storedLength: stored.count, rawLength: raw.count, encoding: encoding,
            storedChecksum: encoder.storedChecksum, rawChecksum: encoder.rawChecksum)
        return Encoded(encoding: encoding, stored: stored, entry: entry)
    }

    static func decode(_ block: Encoded, _ shape: BlockShape, deep: Bool = true) throws(Corruption) -> [UInt8] {
        var scratch = DecodeScratch()
        var raw = [UInt8](repeating: 0xAA, count: block.entry.rawLength)
        var span = raw.mutableSpan
        var target = unsafe span.mutableBytes
        try BlockDecoder.decode(
            block.stored.rawSpan, entry: block.entry, shape: shape, scratch: &scratch, into: &target, deep: deep,
            path: "c", what: "block")
        return raw
    }

    /// Bit patterns of the decoded floats.
    static func decodeFloats(_ block: Encoded, _ shape: BlockShape) throws(Corruption) -> [UInt32] {
        var scratch = DecodeScratch()
        var floats = [Float](repeating: -7, count: block.entry.rawLength / shape.elementType.byteCount)
        var target = floats.mutableSpan
        try BlockDecoder.decodeFloats(
            block.stored.rawSpan, entry: block.entry, shape: shape, scratch: &scratch, into: &target, path: "c",
            what: "block")
        return floats.map(\.bitPattern)
    }

    /// The instruction sets of this machine.
    static var sets: [CPU.InstructionSet] {
        CPU.InstructionSet.allCases.filter { $0.rawValue <= CPU.bestInstructionSet.rawValue }
    }

    /// Runs `body` once for each instruction set of this machine; other tests' codecs may change set meanwhile, which their
    /// results don't show.
    static func withEachSet<T>(_ body: () throws -> T) rethrows -> [T] {
        defer { CPU.forceInstructionSet(nil) }
        return try sets.map { set in
            CPU.forceInstructionSet(set)
            return try body()
        }
    }
}

extension CodecFixture.Encoded {
    /// The same with some bytes changed or cut off and the checksum made right: what a hostile writer could make.
    func changed(with generator: inout SeededGenerator) -> CodecFixture.Encoded {
        var changed = self
        let isNear = Bool.random(using: &generator)
        for _ in 0...Int.random(in: 0...3, using: &generator) where !changed.stored.isEmpty {
            let end = isNear ? min(40, changed.stored.count) : changed.stored.count
            let place = Int.random(in: 0..<end, using: &generator)
            changed.stored[place] = UInt8.random(in: 0...255, using: &generator)
        }
        if Int.random(in: 0..<5, using: &generator) == 0 {
            changed.stored.removeLast(Int.random(in: 0...changed.stored.count, using: &generator))
        }
        changed.entry.storedLength = changed.stored.count
        changed.entry.storedChecksum = Checksum.of(changed.stored)
        return changed
    }
}
