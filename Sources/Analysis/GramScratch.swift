import Kernels

/// Room for one block of centred rows and their products, used again from block to block.
public struct GramScratch: Sendable {
    /// Mean of the last block.
    private(set) var mean: [Double] = []
    /// Products of the last block where they are formed in double precision, d × d, upper triangle.
    private(set) var doubleProducts: [Double] = []
    /// The same where they are formed in f32.
    private(set) var floatProducts: [Float] = []
    private var doubles: [Double] = []
    private var floats: [Float] = []

    /// Takes memory as it is needed.
    public init() {}

    /// Mean and centred products of the rows of some ranges of x, `rows` together.
    mutating func take(_ x: Span<Float>, _ ranges: [Range<Int>], rows: Int, columns d: Int, isDouble: Bool) {
        var middle = [Double](repeating: 0, count: d)
        var sums = middle.mutableSpan
        for range in ranges {
            RowSums.add(
                x.extracting(range.lowerBound * d..<range.upperBound * d), rows: range.count, width: d, to: &sums)
        }
        for j in 0..<d { middle[j] /= Double(rows) }
        mean = middle
        var first = 0
        if isDouble {
            Self.make(&doubles, atLeast: rows * d)
            Self.make(&doubleProducts, atLeast: d * d)
            do {
                var to = doubles.mutableSpan
                for range in ranges {
                    var part = to._mutatingExtracting(first * d..<(first + range.count) * d)
                    RowSums.subtract(
                        middle.span, from: x.extracting(range.lowerBound * d..<range.upperBound * d),
                        rows: range.count, width: d, into: &part)
                    first += range.count
                }
            }
            let centred = doubles
            var out = doubleProducts.mutableSpan
            MatrixMultiply.gram(centred.span, into: &out, m: rows, n: d)
        } else {
            Self.make(&floats, atLeast: rows * d)
            Self.make(&floatProducts, atLeast: d * d)
            let center = middle.map { Float($0) }
            do {
                var to = floats.mutableSpan
                for range in ranges {
                    var part = to._mutatingExtracting(first * d..<(first + range.count) * d)
                    RowSums.subtract(
                        center.span, from: x.extracting(range.lowerBound * d..<range.upperBound * d),
                        rows: range.count, width: d, into: &part)
                    first += range.count
                }
            }
            let centred = floats
            var out = floatProducts.mutableSpan
            MatrixMultiply.gram(centred.span, into: &out, m: rows, n: d)
        }
    }

    private static func make<Number: ExpressibleByIntegerLiteral>(_ memory: inout [Number], atLeast count: Int) {
        if memory.count < count { memory = [Number](repeating: 0, count: count) }
    }
}
