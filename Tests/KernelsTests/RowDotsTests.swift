import Kernels
import Testing

@Suite struct RowDotsTests {
    private static func numbers(_ count: Int, seed: UInt64) -> [Float] {
        var state = seed | 1
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 33)) / Float(Int32.max)
        }
    }

    /// Widths and counts around every step of the loops, beside sums in double precision.
    @Test(arguments: [0, 1, 31, 32, 33, 63, 64, 65, 130, 300], [0, 1, 3, 4, 5, 8, 11]) func equalsTheSum(
        width: Int, count: Int
    ) {
        let rows = 3
        let x = Self.numbers(rows * width, seed: UInt64(width * 31 + 7))
        let others = Self.numbers(count * width, seed: UInt64(count * 17 + 5))
        var out = [Float](repeating: 9, count: rows * count + 1)
        var span = out.mutableSpan
        RowDots.products(x.span, others.span, into: &span, rows: rows, others: count, width: width)
        for row in 0..<rows {
            for other in 0..<count {
                var sum = 0.0
                var size = 0.0
                for i in 0..<width {
                    let product = Double(x[row * width + i]) * Double(others[other * width + i])
                    sum += product
                    size += abs(product)
                }
                #expect(abs(Double(out[row * count + other]) - sum) <= 1e-6 * size + 1e-30)
            }
        }
        #expect(out.last == 9)
    }
}
