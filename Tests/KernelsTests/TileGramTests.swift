import Kernels
import TestSupport
import Testing

/// The matrix unit's products beside sums in double precision. On a machine without one there is nothing to test.
@Suite(.enabled(if: TileGram.isAvailable)) struct TileGramTests {
    /// Σ aᵢaⱼ + share · δᵢδⱼ − taken · oᵢoⱼ, and Σ |aᵢaⱼ|, of some rows.
    private struct Expected {
        var sums: [Double]
        var sizes: [Double]

        init(
            _ x: [Float], rows: [Int], center: [Float], weights: [Float], delta: [Double], share: Double,
            offset: [Double], taken: Double
        ) {
            let d = center.count
            sums = [Double](repeating: 0, count: d * d)
            sizes = sums
            for (place, row) in rows.enumerated() {
                let a = (0..<d).map { Double(weights[place] * (x[row * d + $0] - center[$0])) }
                for i in 0..<d {
                    for j in i..<d {
                        sums[i * d + j] += a[i] * a[j]
                        sizes[i * d + j] += abs(a[i] * a[j])
                    }
                }
            }
            for i in 0..<d {
                for j in i..<d { sums[i * d + j] += share * delta[i] * delta[j] - taken * offset[i] * offset[j] }
            }
        }
    }

    private func found(
        _ x: [Float], rows: [Int], center: [Float], weights: [Float], precision: TileGram.Precision,
        delta: [Double], share: Double = 0, offset: [Double], taken: Double = 0, before: Double = 0
    ) -> [Double] {
        let d = center.count
        var sum = [Double](repeating: before, count: d * d)
        var tiles = TileGram()
        do {
            var out = sum.mutableSpan
            tiles.add(
                x.span, rows: rows.span, center: center.span, weights: weights.span, precision: precision,
                delta: delta.span, share: share, offset: offset.span, taken: taken, to: &out, stride: d)
        }
        return sum
    }

    /// Shapes that end within tiles, panels and groups of panels; rows in any order, one of them twice; offsets and weights.
    @Test(arguments: [(1, 1), (2, 3), (31, 16), (32, 17), (33, 32), (64, 33), (100, 257), (513, 70), (1024, 200)])
    func equalsTheLongWay(rows n: Int, columns d: Int) {
        var generator = SeededGenerator(seed: UInt64(n * 1000 + d))
        let x = (0..<(n + 2) * d).map { Float.random(in: -2...2, using: &generator) + Float($0 % d) * 0.37 }
        let rows = (0..<n).map { ($0 * 7 + 1) % (n + 2) }
        let center = (0..<d).map { Float($0) * 0.37 }
        let weights = (0..<n).map { 0.25 + Float($0 % 5) }
        let delta = (0..<d).map { Double($0 % 3) - 0.7 }
        let offset = (0..<d).map { Double($0 % 4) * 0.3 }
        let expected = Expected(
            x, rows: rows, center: center, weights: weights, delta: delta, share: 1.5, offset: offset, taken: 0.5)
        // Rounding of a number, and of sums of 512 products in f32.
        for (precision, bound) in [
            (TileGram.Precision.coarse, 0x1p-7), (.half, 0x1p-16), (.whole, 512 * 0x1p-24),
        ] {
            let found = found(
                x, rows: rows, center: center, weights: weights, precision: precision, delta: delta, share: 1.5,
                offset: offset, taken: 0.5, before: 3)
            for i in 0..<d {
                for j in 0..<d {
                    let place = i * d + j
                    if j < i {
                        #expect(found[place] == 3, "written below the diagonal")
                    } else {
                        let error = abs(found[place] - 3 - expected.sums[place])
                        let allowed =
                            (bound + 512 * 0x1p-24) * expected.sizes[place] + 1e-13 * (abs(expected.sums[place]) + 10)
                        #expect(error <= allowed, "\(n) × \(d), \(precision), (\(i), \(j)): \(error) of \(allowed)")
                    }
                }
            }
        }
    }

    /// All digits of an f32 count, and what was stored in half precision needs no third term to be exact.
    @Test func noDigitIsLost() {
        // Σ of two rows is exact in f32: what is off would be a lost term.
        let numbers: [Float] = [1 + 0x1p-23, 1 - 0x1p-24, 3.1415927, 1e-20, 1e20, -0.1]
        for number in numbers {
            let x = [number, 1, 0, 0]
            let sum = found(
                x, rows: [0, 1], center: [0, 0], weights: [1, 1], precision: .whole, delta: [0, 0], offset: [0, 0])
            #expect(sum[1] == Double(number), "\(number)")
        }
        for bits in stride(from: UInt16(1), to: 0x7C00, by: 37) {
            let number = Float(Float16(bitPattern: bits))
            let sum = found(
                [number, 1, 0, 0], rows: [0, 1], center: [0, 0], weights: [1, 1], precision: .half, delta: [0, 0],
                offset: [0, 0])
            #expect(sum[1] == Double(number) && sum[0] == Double(number * number), "\(number)")
        }
    }

    /// A NaN or an infinity shows in every sum that it is part of, and in no other; what is too small for tiles counts as 0.
    @Test func oddNumbers() {
        for odd in [Float.nan, .infinity, -.infinity] {
            var x = [Float](repeating: 1, count: 40 * 3)
            x[35 * 3 + 1] = odd
            let sum = found(
                x, rows: Array(0..<40), center: [0, 0, 0], weights: [Float](repeating: 1, count: 40), precision: .whole,
                delta: [0, 0, 0], offset: [0, 0, 0])
            #expect(!sum[1].isFinite && !sum[4].isFinite && !sum[5].isFinite, "\(odd)")
            #expect(sum[0] == 40 && sum[2] == 40 && sum[8] == 40, "\(odd)")
        }
        let tiny = found(
            [0x1p-140, 1, 0x1p-100, 1], rows: [0, 1], center: [0, 0], weights: [1, 1], precision: .whole,
            delta: [0, 0],
            offset: [0, 0])
        #expect(tiny[1] == 0x1p-100 && tiny[3] == 2)
    }

    /// The metric's square: both triangles, with the column of ones that ends a panel or begins one; of all rows, or of one in three.
    @Test(arguments: [31, 32, 40], [1, 3]) func weightedRows(columns d: Int, every step: Int) {
        let n = 3500
        var generator = SeededGenerator(seed: 5)
        let x = (0..<n * d).map { _ in Float.random(in: -1...1, using: &generator) }
        let weights = (0..<n).map { _ in Double.random(in: 0...0.25, using: &generator) }
        let taken = (n + step - 1) / step
        var standing = [Double](repeating: 0, count: n)
        for group in 0..<taken {
            let row = WeightedGram.sampled(group, every: step, of: n)
            standing[row] = weights[row] * Double(n) / Double(taken)
        }
        var exact = WeightedGram(features: d)
        exact.compute(x.span, rowWeights: standing.span)
        let (rows, origin) = (Array(0..<n), [Float](repeating: 0, count: d))
        var coarse = WeightedGram(features: d, precision: .tiles(.coarse))
        // Twice: nothing of the first stays.
        for _ in 0..<2 {
            coarse.computeOnTiles(x.span, rows: rows, center: origin, rowWeights: weights.span, every: step)
        }
        for i in 0...d {
            for j in 0...d {
                let place = i * exact.stride + j
                let size = (exact.values[i * exact.stride + i] * exact.values[j * exact.stride + j]).squareRoot()
                #expect(abs(exact.values[place] - coarse.values[place]) <= 0x1p-7 * size, "(\(i), \(j))")
            }
        }
    }
}
