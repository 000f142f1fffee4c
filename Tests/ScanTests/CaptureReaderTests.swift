import Scan
import Store
import Tensor
import TestSupport
import Testing

/// Rows read across chunks equal the rows written, whatever the ranges.
@Suite struct CaptureReaderTests {
    /// base/general in chunks of a few prompts each.
    private func withReader(_ type: ElementType, _ body: (CaptureReader, SyntheticCapture) throws -> Void) throws {
        let folder = try TemporaryDirectory()
        let capture = SyntheticCapture(
            prompts: SyntheticCapture.prompts(40), layers: 2, hiddenSize: 8, elementType: type, latents: 64)
        do {
            let writer = try StoreWriter(path: folder.path + "/store")
            try capture.write(to: writer, chunkBytes: 4000)
        }
        let snapshot = try Snapshot.open(folder.path + "/store")
        let record = try #require(snapshot.captures.first)
        #expect(record.chunks.count > 3)
        try body(CaptureReader(record, of: snapshot), capture)
    }

    /// What was written for a column, widened.
    private func written(_ column: ColumnID, _ capture: SyntheticCapture, width: Int, type: ElementType) -> [Float] {
        var out: [Float] = []
        for (prompt, record) in capture.prompts.enumerated() {
            for position in 0..<record.tokenCount {
                for place in 0..<width {
                    let value = Float(capture.values(column, prompt, position, place))
                    switch type {
                    case .float16: out.append(HalfPrecision.float(half: HalfPrecision.half(value)))
                    case .bfloat16: out.append(HalfPrecision.float(bfloat: HalfPrecision.bfloat(value)))
                    default: out.append(value)
                    }
                }
            }
        }
        return out
    }

    @Test(arguments: [ElementType.float32, .float16, .bfloat16])
    func anyRangesGiveTheRowsWritten(type: ElementType) throws {
        try withReader(type) { reader, capture in
            let column = ColumnID.site(Site(.residPost, layer: 1))
            let all = written(column, capture, width: 8, type: type)
            let rows = reader.capture.rowCount
            var generator = SeededGenerator(seed: 7)
            for _ in 0..<60 {
                var ranges: [RowRange] = []
                var next = 0
                while next < rows {
                    let start = next + Int(generator.next() % 20)
                    let count = 1 + Int(generator.next() % 12)
                    guard start + count <= rows else { break }
                    ranges.append(RowRange(start: start, count: count))
                    next = start + count
                }
                if generator.next() % 2 == 0 { ranges.reverse() }
                var found: [Float] = []
                try reader.readFloats(column, rows: ranges, into: &found)
                let expected = ranges.flatMap { Array(all[$0.start * 8..<$0.end * 8]) }
                #expect(found == expected)
            }
        }
    }

    @Test func integersAndLatents() throws {
        try withReader(.float32) { reader, capture in
            let whole = [RowRange(start: 0, count: reader.capture.rowCount)]
            var positions: [UInt32] = []
            try reader.readIntegers(.position, rows: whole, into: &positions)
            #expect(positions == capture.prompts.flatMap { (0..<UInt32($0.tokenCount)).map { $0 } })
            var roles: [UInt32] = []
            try reader.readIntegers(.role, rows: whole, into: &roles)
            #expect(roles.count == positions.count)
            var indices: [UInt32] = []
            try reader.readIntegers(.latentIndex(SyntheticCapture.autoencoder), rows: whole, into: &indices)
            #expect(indices.count == positions.count * SyntheticCapture.topK)
        }
    }

    @Test func aMissingColumnIsNamed() throws {
        try withReader(.float32) { reader, _ in
            var out: [Float] = []
            #expect {
                try reader.readFloats(.site(Site(.mlpOut, layer: 0)), rows: [RowRange(start: 0, count: 1)], into: &out)
            } throws: { "\($0)".contains("mlp_out.0") }
        }
    }

    @Test func fewRowsTouchFewBytes() throws {
        try withReader(.float32) { reader, _ in
            let column = ColumnID.site(Site(.residPost, layer: 0))
            let one = try reader.storedBytes(of: column, rows: [RowRange(start: 0, count: 1)])
            let all = try reader.storedBytes(of: column, rows: [RowRange(start: 0, count: reader.capture.rowCount)])
            #expect(one > 0 && one * 3 < all)
            #expect(reader.chunks(of: column, holding: [RowRange(start: 0, count: 1)]) == [reader.capture.chunks[0]])
        }
    }
}

@Suite struct ParallelScanTests {
    @Test(arguments: [1, 2, 8])
    func mergesInOrder(threads: Int) throws {
        var order: [Int] = []
        try ParallelScan.run(count: 100, threads: threads) {
            $0 * 2
        } merge: { index, value in
            #expect(value == index * 2)
            order.append(index)
        }
        #expect(order == Array(0..<100))
    }

    @Test(arguments: [1, 3])
    func throwsTheFirstErrorInOrder(threads: Int) {
        struct Failure: Error, Equatable { var index: Int }
        #expect(throws: Failure(index: 17)) {
            try ParallelScan.run(count: 60, threads: threads) { index in
                if index % 17 == 0, index > 0 { throw Failure(index: index) }
                return index
            } merge: { _, _ in
            }
        }
    }
}
