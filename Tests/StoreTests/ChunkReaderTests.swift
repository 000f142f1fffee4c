import Tensor
import TestSupport
import Testing

@testable import Store

/// Any rows of a chunk, however they are asked for, are those of the whole column.
@Suite struct ChunkReaderTests {
    /// Wide, narrow and very wide columns, so that blocks have one row, some and thousands.
    private static let columns = [
        ColumnSpec(id: .tokenID, elementType: .uint32, width: 1),
        ColumnSpec(id: .prompt, elementType: .uint32, width: 1),
        ColumnSpec(id: .position, elementType: .uint32, width: 1), ColumnSpec(id: .role, elementType: .uint8, width: 1),
        ColumnSpec(id: .site(Site(.residPost, layer: 0)), elementType: .float16, width: 768),
        ColumnSpec(id: .site(Site(.residPost, layer: 1)), elementType: .float32, width: 3),
        ColumnSpec(id: .site(Site(.mlpAct, layer: 0)), elementType: .bfloat16, width: 40_000),
        ColumnSpec(id: .site(Site(.residPost, layer: 2)), elementType: .int8, width: 700),
    ]
    private static let rowCount = 333

    private func withReader(_ body: (ChunkReader, Snapshot) throws -> Void) throws {
        let folder = try TemporaryDirectory()
        let spec = CaptureSpec(
            model: "m", dataset: "d", modelDigest: "m", tokenizerDigest: "t", adapterDigest: nil, architecture: "A",
            layerCount: 3, hiddenSize: 768, columns: ChunkReaderTests.columns, latentSpaces: [], adapterModules: [],
            tokenPieces: [[65]])
        let prompts = [PromptRecord(key: "p", source: "text", metadata: [], tokenCount: ChunkReaderTests.rowCount)]
        do {
            let writer = try StoreWriter(path: folder.file("s")).beginCapture(spec, prompts: prompts)
            var builder = writer.makeBuilder(for: writer.plannedChunks[0])
            for (index, column) in ChunkReaderTests.columns.enumerated() {
                var generator = SeededGenerator(seed: UInt64(index))
                let count = column.width * ChunkReaderTests.rowCount
                if column.elementType.byteCount == 4 {
                    let values = (0..<count).map { _ in Float(generator.next() % 2001) / 8 - 100 }
                    builder.write(unsafe values.span.bytes, column: index, row: 0)
                } else {
                    // Finite halves and bfloats; any byte.
                    let values = (0..<count).map { _ in UInt16(truncatingIfNeeded: generator.next()) & 0xBBFF }
                    let bytes = unsafe values.span.bytes
                    builder.write(
                        bytes.extracting(first: count * column.elementType.byteCount), column: index, row: 0)
                }
            }
            try writer.commit(builder)
        }
        let snapshot = try Snapshot.open(folder.file("s"))
        try body(try snapshot.reader(for: snapshot.captures[0].chunks[0]), snapshot)
    }

    @Test func anyRowsAreTheRows() throws {
        try withReader { reader, _ in
            for column in ChunkReaderTests.columns {
                let whole = try rows(reader, column, 0..<reader.rowCount)
                var generator = SeededGenerator(seed: 9)
                for _ in 0..<25 {
                    let first = Int(generator.next() % UInt64(reader.rowCount))
                    let range = first..<first + Int(generator.next() % UInt64(reader.rowCount - first + 1))
                    let expected = whole[range.lowerBound * column.rowBytes..<range.upperBound * column.rowBytes]
                    #expect(try rows(reader, column, range) == Array(expected))
                }
                let wanted = (0..<60).map { _ in Int(generator.next() % UInt64(reader.rowCount)) }
                var gathered = [UInt8](repeating: 0, count: wanted.count * column.rowBytes)
                var span = gathered.mutableSpan
                var target = unsafe span.mutableBytes
                try reader.gather(column.id, rows: wanted, into: &target)
                #expect(
                    gathered
                        == wanted.flatMap { Array(whole[$0 * column.rowBytes..<($0 + 1) * column.rowBytes]) })
            }
        }
    }

    @Test func floatsAreTheRowsWidened() throws {
        try withReader { reader, _ in
            for column in ChunkReaderTests.columns where column.elementType.isFloatingPoint {
                let bytes = try rows(reader, column, 0..<reader.rowCount)
                let whole = (0..<column.width * reader.rowCount).map { place -> Float in
                    if column.elementType.byteCount == 4 {
                        return Float(
                            bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[4 * place + $1]) << UInt32(8 * $1) })
                    }
                    let half = UInt16(bytes[2 * place]) | UInt16(bytes[2 * place + 1]) << 8
                    return column.elementType == .float16
                        ? HalfPrecision.float(half: half) : HalfPrecision.float(bfloat: half)
                }
                for range in [0..<reader.rowCount, 1..<2, 5..<5, 31..<33, 40..<200, 32..<64, 300..<333] {
                    var found = [Float](repeating: .nan, count: range.count * column.width)
                    var target = found.mutableSpan
                    try reader.readFloats(column.id, rows: range, into: &target)
                    #expect(found == Array(whole[range.lowerBound * column.width..<range.upperBound * column.width]))
                    var scratch = ReadScratch()
                    var next = range.lowerBound
                    var scanned: [Float] = []
                    try reader.scanFloats(column.id, rows: range, scratch: &scratch) { row, values in
                        #expect(row == next)
                        next += values.count / column.width
                        for place in values.indices { scanned.append(values[place]) }
                    }
                    #expect(scanned == found)
                }
            }
        }
    }

    @Test func aLossyColumnSaysItsError() throws {
        try withReader { reader, _ in
            let lossy = try #require(ChunkReaderTests.columns.last)
            let error = reader.maximumError(of: lossy.id)
            #expect(error > 0 && error < 1)
            #expect(reader.maximumError(of: ChunkReaderTests.columns[5].id) == 0)
        }
    }

    @Test func readersAreKeptAndShared() throws {
        try withReader { reader, snapshot in
            let again = try snapshot.reader(for: snapshot.captures[0].chunks[0])
            #expect(again === reader)
        }
    }

    /// What was used last stays; the bound holds.
    @Test func aCacheKeepsWhatIsUsed() {
        var cache = GenerationCache<Int, Int>(limit: 100)
        for key in 0..<1000 {
            cache.insert(key, for: key, cost: 5)
            #expect(cache.value(for: key) == key)
            if key > 0 { #expect(cache.value(for: 0) == 0) }
            #expect(cache.count <= 20)
        }
        #expect(cache.value(for: 500) == nil)
    }
}
