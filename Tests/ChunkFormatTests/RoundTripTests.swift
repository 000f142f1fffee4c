import ChunkFormat
import Tensor
import TestSupport
import Testing

@Suite struct ChunkRoundTripTests {
    /// Bit patterns that arithmetic would lose: NaNs with payloads, −0, infinities, subnormals.
    static func specials(_ type: ElementType) -> [UInt32] {
        switch type {
        case .float32, .int8:
            [
                0x7FC0_0000, 0x7F80_0001, 0xFFC1_2345, 0x8000_0000, 0x7F80_0000, 0xFF80_0000, 1, 0x8000_0001, 0,
                0x3F80_0000,
            ]
        case .float16: [0x7E00, 0x7C01, 0xFE12, 0x8000, 0x7C00, 0xFC00, 1, 0x8001, 0, 0x3C00]
        case .bfloat16: [0x7FC0, 0x7F81, 0xFFC1, 0x8000, 0x7F80, 0xFF80, 1, 0x8001, 0, 0x3F80]
        case .uint32: [0, 1, UInt32.max, 1 << 31, 0x00FF_FF00]
        case .uint16: [0, 1, 0xFFFF, 0x8000]
        case .uint8: [0, 1, 255, 128]
        }
    }

    static func bytes(_ type: ElementType, count: Int, noisy: Bool) -> [UInt8] {
        var generator = SeededGenerator(seed: UInt64(count))
        let specials = specials(type)
        return (0..<count).flatMap { index -> [UInt8] in
            let word =
                index % 5 == 0
                ? specials[(index / 5) % specials.count] : (noisy ? UInt32(truncatingIfNeeded: generator.next()) : 7)
            return (0..<type.byteCount).map { UInt8(truncatingIfNeeded: word >> UInt32($0 * 8)) }
        }
    }

    @Test(arguments: ElementType.allCases.filter { $0 != .int8 }, [1, 2, 127, 128, 129, 300])
    func everyBitComesBack(type: ElementType, rows: Int) throws {
        for width in [1, 3, 200] {
            for noisy in [false, true] {
                let spec = ColumnSpec(id: .site(Site(.residPost, layer: 3)), elementType: type, width: width)
                let bytes = Self.bytes(type, count: rows * width, noisy: noisy)
                let chunk = MemoryChunk.encode([(spec, bytes)], rowCount: rows)
                #expect(try chunk.decode() == [bytes, Array("a spec".utf8), []])
            }
        }
    }

    @Test func severalColumnsAndBlocks() throws {
        let (chunk, columns) = MemoryChunk.sample()
        let footer = try chunk.footer
        #expect(footer.columns.map(\.spec) == columns.map(\.spec))
        #expect(footer.columns[2].blocks.count > 1, "the last block is a short one")
        let decoded = try chunk.decode()
        for (index, column) in columns.enumerated() where column.spec.elementType != .int8 {
            #expect(decoded[index] == column.bytes)
        }
        let encodings = Set(footer.columns.flatMap { $0.blocks.map(\.encoding) })
        #expect(encodings.contains(.planes))
        #expect((footer.firstRow, footer.firstPrompt, footer.rowCount) == (7, 2, 20))
    }

    @Test func encodingsAreChosenByMeasuring() throws {
        let spec = ColumnSpec(id: .perToken("x"), elementType: .uint32, width: 1)
        var generator = SeededGenerator(seed: 1)
        let noise = (0..<40_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let constant = [UInt8](repeating: 3, count: 40_000)
        #expect(
            try MemoryChunk.encode([(spec, noise)], rowCount: 10_000).footer.columns[0].blocks.allSatisfy {
                $0.encoding == .raw && $0.storedLength == $0.rawLength
            })
        #expect(
            try MemoryChunk.encode([(spec, constant)], rowCount: 10_000).footer.columns[0].blocks.allSatisfy {
                $0.encoding == .packed && $0.storedLength < 16
            })
    }

    @Test func theSameRowsGiveTheSameBytes() {
        #expect(MemoryChunk.sample().chunk.bytes == MemoryChunk.sample().chunk.bytes)
    }

    @Test(arguments: [
        (1, 16384), (4, 4096), (64, 256), (128, 128), (1536, 16), (8192, 2), (10240, 2), (1 << 20, 1), (16 << 20, 1),
    ])
    func blocksStaySmall(rowBytes: Int, rows: Int) {
        let type: ElementType = rowBytes < 4 ? .uint8 : .float32
        #expect(
            ColumnSpec(id: .tokenID, elementType: type, width: max(1, rowBytes / type.byteCount)).blockRows == rows)
    }

    @Test func statisticsSkipNaN() throws {
        let values: [Float] = [3, 4, .nan, -2, -0.0, 0, .infinity, 1]
        let bytes = values.flatMap { value in
            (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt32($0 * 8)) }
        }
        let spec = ColumnSpec(id: .perToken("x"), elementType: .float32, width: 2)
        let statistics = try MemoryChunk.encode([(spec, bytes)], rowCount: 4).footer.columns[0].statistics
        #expect((statistics.minimum, statistics.maximum, statistics.nanCount) == (-2, .infinity, 1))
        // Rows (3, 4) and (−0, 0) have a finite norm.
        #expect(statistics.meanNorm == 2.5)
        let roles = ColumnSpec(id: .role, elementType: .uint8, width: 1)
        let small = try MemoryChunk.encode([(roles, [2, 9, 4])], rowCount: 3).footer.columns[0].statistics
        #expect((small.minimum, small.maximum, small.nanCount, small.meanNorm) == (2, 9, 0, 5))
    }

    @Test func columnsOfNaNHaveNoBounds() throws {
        let spec = ColumnSpec(id: .perToken("x"), elementType: .bfloat16, width: 1)
        let statistics = try MemoryChunk.encode([(spec, [0xC0, 0x7F, 0xC0, 0x7F])], rowCount: 2).footer.columns[0]
            .statistics
        #expect(statistics.minimum.isNaN && statistics.maximum.isNaN && statistics.meanNorm.isNaN)
        #expect(statistics.nanCount == 2)
    }
}
