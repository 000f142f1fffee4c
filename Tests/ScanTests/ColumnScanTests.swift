import Foundation
import Store
import Tensor
import TestSupport
import Testing

@testable import Scan

/// Scans, gathers and parallel reads give what a plain read gives, on any number of threads.
@Suite struct ColumnScanTests {
    private static let column = ColumnID.site(Site(.residPost, layer: 1))

    /// A capture of some hundred rows in many chunks, blocks of several rows each.
    private func withReader(
        _ type: ElementType = .float16, hiddenSize: Int = 80, chunkBytes: Int = 60_000,
        _ body: (CaptureReader, Snapshot) throws -> Void
    ) throws {
        let folder = try TemporaryDirectory()
        let capture = SyntheticCapture(
            prompts: SyntheticCapture.prompts(180), layers: 2, hiddenSize: hiddenSize, elementType: type)
        try SyntheticStore.build(folder.path + "/store", [capture], chunkBytes: chunkBytes)
        let snapshot = try Snapshot.open(folder.path + "/store")
        try body(CaptureReader(try #require(snapshot.captures.first), of: snapshot), snapshot)
    }

    private func whole(_ reader: CaptureReader) throws -> [Float] {
        var values: [Float] = []
        try reader.readFloats(
            ColumnScanTests.column, rows: [RowRange(start: 0, count: reader.capture.rowCount)], into: &values)
        return values
    }

    @Test(arguments: [ElementType.float32, .float16, .bfloat16])
    func gatheredRowsAreTheRows(type: ElementType) throws {
        try withReader(type) { reader, _ in
            #expect(reader.capture.chunks.count > 4)
            let all = try whole(reader)
            let width = try #require(reader.width(of: ColumnScanTests.column))
            var generator = SeededGenerator(seed: 3)
            for (count, threads) in [(0, 2), (1, 1), (5, 2), (300, 1), (300, 2), (2000, 3)] {
                // In any order, some of them twice.
                let rows = (0..<count).map { _ in Int(generator.next() % UInt64(reader.capture.rowCount)) }
                var found: [Float] = []
                try reader.gather(ColumnScanTests.column, rows: rows, threads: threads, into: &found)
                #expect(found == rows.flatMap { Array(all[$0 * width..<($0 + 1) * width]) })
            }
        }
    }

    @Test(arguments: [1, 2, 8])
    func aParallelReadIsTheRead(threads: Int) throws {
        try withReader { reader, _ in
            let all = try whole(reader)
            let width = try #require(reader.width(of: ColumnScanTests.column))
            let rows = reader.capture.rowCount
            for ranges in [
                [RowRange(start: 0, count: rows)], [RowRange(start: 13, count: rows - 40)],
                [RowRange(start: 400, count: 90), RowRange(start: 3, count: 1), RowRange(start: 60, count: 200)], [],
            ] {
                var found = [Float](repeating: .nan, count: ranges.rowCount * width)
                var target = found.mutableSpan
                try reader.readFloats(ColumnScanTests.column, rows: ranges, threads: threads, into: &target)
                #expect(found == ranges.flatMap { Array(all[$0.start * width..<$0.end * width]) })
            }
        }
    }

    /// Sums of floats depend on their order: here it must be the same on any number of threads.
    @Test func aScanDependsOnNoThread() throws {
        try withReader(.float32) { reader, _ in
            let scan = try ColumnScan(reader, column: ColumnScanTests.column, pieceBytes: 8 * 80 * 4)
            #expect(scan.rowCount == reader.capture.rowCount)
            func sums(_ threads: Int) throws -> [Float] {
                try scan.reduce(threads: threads) {
                    [Float](repeating: 0, count: scan.width + 1)
                } body: { state, firstRow, values in
                    for row in 0..<values.count / scan.width {
                        for place in 0..<scan.width { state[place] += values[row * scan.width + place] }
                        state[scan.width] += Float(firstRow + row)
                    }
                } merge: { total, next in
                    for place in total.indices { total[place] += next[place] }
                }
            }
            let one = try sums(1)
            let all = try whole(reader)
            var expected = 0.0
            for row in 0..<reader.capture.rowCount { expected += Double(all[row * scan.width + 5]) }
            #expect(abs(Double(one[5]) - expected) < 1e-3)
            for threads in [2, 8] { #expect(try sums(threads).map(\.bitPattern) == one.map(\.bitPattern)) }
        }
    }

    @Test func aScanOfRangesSeesThoseRowsInOrder() throws {
        try withReader { reader, _ in
            let all = try whole(reader)
            let ranges = [
                RowRange(start: 5, count: 1), RowRange(start: 9, count: 300), RowRange(start: 700, count: 20),
            ]
            let scan = try ColumnScan(reader, column: ColumnScanTests.column, rows: ranges)
            let seen = try scan.reduce(threads: 2) {
                [Int: [Float]]()
            } body: { state, firstRow, values in
                for row in 0..<values.count / scan.width {
                    state[firstRow + row] = (0..<scan.width).map { values[row * scan.width + $0] }
                }
            } merge: { total, next in
                total.merge(next) { _, new in new }
            }
            #expect(seen.keys.sorted() == ranges.flatMap { Array($0.start..<$0.end) })
            for (row, values) in seen { #expect(values == Array(all[row * scan.width..<(row + 1) * scan.width])) }
        }
    }

    @Test func anErrorInABodyEndsTheScan() throws {
        struct Failure: Error {}
        try withReader { reader, _ in
            let scan = try ColumnScan(reader, column: ColumnScanTests.column)
            #expect(throws: Failure.self) {
                _ = try scan.reduce(threads: 2) {
                    0
                } body: { state, firstRow, _ in
                    if firstRow > 100 { throw Failure() }
                    state += 1
                } merge: {
                    $0 += $1
                }
            }
        }
    }

    @Test func statisticsRuleChunksOut() throws {
        try withReader { reader, _ in
            let rows = [RowRange(start: 0, count: reader.capture.rowCount)]
            let pruner = ChunkPruner(reader)
            // The prompt's ordinal grows with the rows: a bound cuts rows off in whole chunks.
            let kept = try pruner.rows(rows, where: .prompt, mayLieIn: 60...80)
            #expect(kept.rowCount < reader.capture.rowCount / 2)
            var prompts: [UInt32] = []
            try reader.readIntegers(.prompt, rows: rows, into: &prompts)
            let wanted = prompts.indices.filter { (60...80).contains(prompts[$0]) }
            #expect(wanted.allSatisfy { row in kept.contains { $0.start <= row && row < $0.end } })
            #expect(try pruner.rows(rows, where: .prompt, mayLieIn: 1000...2000).isEmpty)
            #expect(try pruner.rows(rows, where: .prompt, mayLieIn: 0...179) == rows)
        }
    }

    @Test func promptsRuleRowsOut() throws {
        try withReader { reader, snapshot in
            let table = try snapshot.prompts(of: reader.capture)
            let rows = ChunkPruner.rows(of: table) { (10..<20).contains($0) || $0 == 30 }
            #expect(
                rows == [
                    RowRange(start: table.firstRow[10], count: table.firstRow[20] - table.firstRow[10]),
                    RowRange(start: table.firstRow[30], count: table.tokenCount[30]),
                ])
        }
    }

    /// A store of more chunks than a process may have open files.
    @Test func fewFilesStayOpen() throws {
        try withReader(hiddenSize: 4, chunkBytes: 30) { reader, snapshot in
            #expect(reader.capture.chunks.count > 170)
            func openFiles() throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            }
            let before = try openFiles()
            let all = try whole(reader)
            #expect(all.count == reader.capture.rowCount * 4)
            // Other tests open files as well; this store alone has more chunks than that.
            #expect(try openFiles() - before < 150)
            _ = snapshot
        }
    }
}
