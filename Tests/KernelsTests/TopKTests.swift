import Kernels
import Testing

@Suite struct TopKTests {
    @Test(arguments: 0..<40) func equalsSorting(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        // Few distinct values, so that ties are common.
        let row = (0..<Int(next() % 90)).map { _ in Float(Int(next() % 11) - 4) * 0.5 }
        let k = Int(next() % 12)
        var indices = [UInt32](repeating: 99, count: k)
        var values = [Float](repeating: 99, count: k)
        var indexSpan = indices.mutableSpan
        var valueSpan = values.mutableSpan
        let found = TopK.positive(row.span, indices: &indexSpan, values: &valueSpan)
        let expected = row.indices.filter { row[$0] > 0 }.sorted { (-row[$0], $0) < (-row[$1], $1) }.prefix(k)
        #expect(found == expected.count)
        #expect(indices.prefix(found).map(Int.init) == Array(expected))
        #expect(Array(values.prefix(found)) == expected.map { row[$0] })
    }

    @Test func nanIsNeverChosen() {
        let row: [Float] = [.nan, 1, .infinity, -.infinity, .nan, 2]
        var indices: [UInt32] = [0, 0, 0, 0]
        var values: [Float] = [0, 0, 0, 0]
        var indexSpan = indices.mutableSpan
        var valueSpan = values.mutableSpan
        #expect(TopK.positive(row.span, indices: &indexSpan, values: &valueSpan) == 3)
        #expect(Array(indices.prefix(3)) == [2, 5, 1])
    }
}
