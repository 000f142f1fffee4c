import Kernels
import TestSupport
import Testing

@testable import Analysis

/// Scatter matrices of many columns, whose products are f32, beside sums in double precision.
@Suite struct GramStateTests {
    private static let columns = 270
    private static let rows = 2300

    /// Columns of half and whole precision, of unequal scale, near the origin and far from it; one constant, one of two values.
    private static func matrix() -> [Float] {
        var generator = SeededGenerator(seed: 11)
        var values: [Float] = []
        for _ in 0..<rows {
            for column in 0..<columns {
                let number = Float.random(in: -1...1, using: &generator)
                switch column % 6 {
                case 0: values.append(Float(Float16(number)))
                case 1: values.append(Float(Float16(number * 30 + 500)))
                case 2: values.append(number * 1e-3)
                case 3: values.append(number + 1000)
                case 4: values.append(column == 4 ? 2.7 : number > 0.8 ? 1 / 3 : -1 / 7)
                default: values.append(number * 3 + (values.count % columns > 0 ? values[values.count - 1] : 0))
                }
            }
        }
        return values
    }

    private static func exact(_ x: [Float]) -> (mean: [Double], scatter: [Double]) {
        let d = columns
        var mean = [Double](repeating: 0, count: d)
        for (place, value) in x.enumerated() { mean[place % d] += Double(value) / Double(rows) }
        let centred = x.enumerated().map { Double($1) - mean[$0 % d] }
        var scatter = [Double](repeating: 0, count: d * d)
        var out = scatter.mutableSpan
        MatrixMultiply.gram(centred.span, into: &out, m: rows, n: d)
        return (mean, scatter)
    }

    /// With the matrix unit, where there is one, and without.
    @Test func agreesWithDoublePrecision() {
        let x = Self.matrix()
        let (mean, scatter) = Self.exact(x)
        let d = Self.columns
        for usesTiles in TileGram.isAvailable ? [true, false] : [false] {
            var scratch = GramScratch(usesTiles: usesTiles)
            var whole = GramState(columns: d)
            whole.add(x.span, [0..<Self.rows], scratch: &scratch)
            // In two parts, the second one in pieces and out of order.
            var parts = GramState(columns: d)
            parts.add(x.span, [0..<1111], scratch: &scratch)
            var rest = GramState(columns: d)
            rest.add(x.span, [1500..<Self.rows, 1111..<1500], scratch: &scratch)
            parts.merge(rest)
            for state in [whole, parts] {
                #expect(state.count == Self.rows)
                var (meanError, error) = (0.0, 0.0)
                for i in 0..<d {
                    meanError = max(meanError, abs(state.mean[i] - mean[i]) / (1 + abs(mean[i])))
                    for j in i..<d {
                        // A constant column has no scatter to compare with.
                        let size = (scatter[i * d + i] * scatter[j * d + j]).squareRoot()
                        error = max(error, abs(state.scatter[i * d + j] - scatter[i * d + j]) / (size + 1e-3))
                    }
                }
                #expect(meanError <= 1e-12)
                // OpenBLAS sums more rows in f32 before they go to double precision.
                #expect(error <= (usesTiles ? 1e-6 : 6e-6), "tiles: \(usesTiles)")
            }
        }
    }

    /// What is not finite shows in the mean and in the scatter, however the products are formed.
    @Test func notFiniteShows() {
        for odd in [Float.nan, .infinity] {
            var x = Self.matrix()
            x[2000 * Self.columns + 7] = odd
            for usesTiles in TileGram.isAvailable ? [true, false] : [false] {
                var scratch = GramScratch(usesTiles: usesTiles)
                var state = GramState(columns: Self.columns)
                state.add(x.span, [0..<Self.rows], scratch: &scratch)
                #expect(!state.mean[7].isFinite && !state.scatter[7 * Self.columns + 7].isFinite)
                #expect(state.mean[8].isFinite && state.scatter[8 * Self.columns + 8].isFinite)
            }
        }
    }
}
