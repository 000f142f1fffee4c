import ChunkFormat
import Kernels
import Tensor
import TestSupport
import Testing

@Suite struct Int8Tests {
    static let shape = BlockShape(elementType: .int8, width: 5)

    static func floats(_ bytes: [UInt8]) -> [Float] {
        stride(from: 0, to: bytes.count, by: 4).map { place in
            Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32($1 * 8) })
        }
    }

    static func bytes(_ floats: [Float]) -> [UInt8] {
        floats.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt32($0 * 8)) } }
    }

    @Test func errorsAreAtMostHalfAStepAndTold() throws {
        let given = Self.floats(CodecFixture.bytes(.float32, .scaledColumns, count: 200 * 5))
        var encoder = BlockEncoder()
        let block = CodecFixture.encode(Self.bytes(given), Self.shape, with: &encoder)
        #expect(block.encoding == .int8)
        #expect(block.stored.count == 5 * 4 + 200 * 5)
        let decoded = Self.floats(try CodecFixture.decode(block, Self.shape))
        var largest = 0.0
        var squares = 0.0
        for dimension in 0..<5 {
            let places = stride(from: dimension, to: given.count, by: 5)
            let step = places.map { given[$0].magnitude }.max()! / 127
            for place in places {
                let error = Double(decoded[place]) - Double(given[place])
                #expect(error.magnitude <= Double(step) * 0.5001)
                largest = max(largest, error.magnitude)
                squares += error * error
            }
        }
        let loss = encoder.takeLoss()
        #expect(loss.maximumError == largest)
        #expect((loss.rmsError - (squares / Double(given.count)).squareRoot()).magnitude < 1e-12)
        #expect(encoder.takeLoss() == EncodingLoss())
        #expect(try CodecFixture.decodeFloats(block, Self.shape) == decoded.map(\.bitPattern))
    }

    @Test func whatWasReadQuantisesToItself() throws {
        let given = CodecFixture.bytes(.float32, .scaledColumns, count: 64 * 5)
        let read = try CodecFixture.decode(CodecFixture.encode(given, Self.shape), Self.shape)
        var encoder = BlockEncoder()
        let again = CodecFixture.encode(read, Self.shape, with: &encoder)
        #expect(try CodecFixture.decode(again, Self.shape) == read)
        #expect(encoder.takeLoss().maximumError == 0)
    }

    @Test func infinitiesAndNaNBecomeNaNAndTinyNumbersLive() throws {
        let rows: [[Float]] = [
            [.infinity, 1, 0, .leastNonzeroMagnitude, .greatestFiniteMagnitude],
            [-.infinity, .nan, -0.0, -.leastNonzeroMagnitude, -.greatestFiniteMagnitude],
            [2, -1, 0, 0, 1],
        ]
        let block = CodecFixture.encode(Self.bytes(rows.flatMap { $0 }), Self.shape)
        let decoded = Self.floats(try CodecFixture.decode(block, Self.shape))
        #expect(decoded[0].isNaN && decoded[5].isNaN && decoded[6].isNaN)
        #expect((decoded[10] - 2).magnitude < 1e-4 && (decoded[1] - 1).magnitude < 1e-4 && decoded[11] == -decoded[1])
        #expect(decoded[2] == 0 && decoded[7].sign == .plus && decoded[3].magnitude < .leastNormalMagnitude)
        #expect(decoded[4].isFinite && decoded[4] / .greatestFiniteMagnitude > 0.999)
    }

    @Test func aSingleRowStaysExact() throws {
        let given = CodecFixture.bytes(.float32, .normal, count: 5)
        let block = CodecFixture.encode(given, Self.shape)
        #expect(block.encoding == .raw)
        #expect(try CodecFixture.decode(block, Self.shape) == given)
    }

    @Test func footersTellTheErrors() throws {
        let spec = ColumnSpec(id: .site(Site(.residPost, layer: 1)), elementType: .int8, width: 64)
        let bytes = CodecFixture.bytes(.float32, .normal, count: 300 * 64)
        let exact = ColumnSpec(id: .site(Site(.residPost, layer: 2)), elementType: .float32, width: 64)
        let columns = try MemoryChunk.encode([(spec, bytes), (exact, bytes)], rowCount: 300).footer.columns
        #expect(columns[0].maximumError > 0.005 && columns[0].maximumError < 0.03)
        #expect(columns[0].rmsError > 0.001 && columns[0].rmsError < columns[0].maximumError)
        #expect((columns[1].maximumError, columns[1].rmsError) == (0, 0))
        #expect(columns[0].blocks.allSatisfy { $0.encoding == .int8 })
    }
}
