import Kernels
import Testing

@Suite struct TopKTests {
    /// The row in pieces of that size.
    private func choose(_ row: [Float], k: Int, piece: Int) -> (indices: [UInt32], values: [Float]) {
        var top = TopK(k: k)
        return choose(row, &top, k: k, piece: piece)
    }

    private func choose(
        _ row: [Float], _ top: inout TopK, k: Int, piece: Int
    ) -> (indices: [UInt32], values: [Float]) {
        for start in stride(from: 0, to: row.count, by: piece) {
            top.take(row.span.extracting(start..<min(row.count, start + piece)), firstIndex: start)
        }
        var indices = [UInt32](repeating: 99, count: k)
        var values = [Float](repeating: 99, count: k)
        var indexSpan = indices.mutableSpan
        var valueSpan = values.mutableSpan
        let found = top.finish(indices: &indexSpan, values: &valueSpan)
        #expect(indices[found...].allSatisfy { $0 == 99 } && values[found...].allSatisfy { $0 == 99 })
        return (Array(indices.prefix(found)), Array(values.prefix(found)))
    }

    @Test(arguments: 0..<60) func equalsSorting(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        // Few distinct values, so that ties are common; long rows, so that candidates are thinned out.
        let row = (0..<Int(next() % 900)).map { _ in Float(Int(next() % 61) - 24) * 0.5 }
        let k = Int(next() % 12) + 1
        let found = choose(row, k: k, piece: Int(next() % 200) + 1)
        let expected = row.indices.filter { row[$0] > 0 }.sorted { (-row[$0], $0) < (-row[$1], $1) }.prefix(k)
        #expect(found.indices.map(Int.init) == Array(expected))
        #expect(found.values == expected.map { row[$0] })
    }

    @Test func nanIsNeverChosen() {
        let row: [Float] = [.nan, 1, .infinity, -.infinity, .nan, 2, -0, .leastNonzeroMagnitude]
        #expect(choose(row, k: 8, piece: 3).indices == [2, 5, 1, 7])
    }

    @Test func oneRowLeavesNothingForTheNext() {
        var top = TopK(k: 2)
        let rising = (1...500).map { Float($0) }
        #expect(choose(rising, &top, k: 2, piece: 64).indices == [499, 498])
        #expect(choose([1, 3, 2], &top, k: 2, piece: 64).values == [3, 2])
        #expect(choose([-1, 0], &top, k: 2, piece: 64).values == [])
    }
}
