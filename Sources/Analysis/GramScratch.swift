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
    private var tiles = TileGram()
    private let usesTiles: Bool

    /// Takes memory as it is needed.
    public init() { self.init(usesTiles: TileGram.isAvailable) }

    /// - Parameter usesTiles: whether products that aren't formed in double precision run on the processor's matrix unit
    init(usesTiles: Bool) { self.usesTiles = usesTiles }

    /// Rows of a block.
    func blockRows(isDouble: Bool) -> Int { isDouble ? 512 : usesTiles ? TileGram.rows : 2048 }

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

    /// Whether a block goes to the matrix unit: with few rows the sum of d² numbers is most of the work either way.
    func takesTiles(isDouble: Bool) -> Bool { usesTiles && !isDouble }

    /// The mean of a block's rows, and Σ (x − μ)² of every column as far as it tells how far from the origin the column lies.
    mutating func takeMoments(_ x: Span<Float>, _ ranges: [Range<Int>], rows: Int, columns d: Int) -> [Double] {
        var squares = [Double](repeating: 0, count: d)
        var middle = squares
        let origin = squares
        do {
            var intoSquares = squares.mutableSpan
            var intoSums = middle.mutableSpan
            for range in ranges {
                RowSums.addDeviations(
                    x.extracting(range.lowerBound * d..<range.upperBound * d), rows: range.count, width: d,
                    around: origin.span, squares: &intoSquares, sums: &intoSums)
            }
        }
        for j in 0..<d {
            middle[j] /= Double(rows)
            squares[j] -= Double(rows) * middle[j] * middle[j]
        }
        mean = middle
        return squares
    }

    /// square += Σ (x − μ)(x − μ)ᵀ + share · δδᵀ over a block whose moments were taken.
    mutating func addTiles(
        _ x: Span<Float>, _ ranges: [Range<Int>], rows: Int, spread: [Double], delta: [Double], share: Double,
        to square: inout MutableSpan<Double>
    ) {
        // Numbers near the origin are taken as they are: what was stored in half precision has few digits to multiply. The
        // rest of the mean is taken off in double precision.
        var center = [Float](repeating: 0, count: mean.count)
        var offset = mean
        for j in mean.indices where !(Double(rows) * mean[j] * mean[j] <= 4 * spread[j]) {
            center[j] = Float(mean[j])
            offset[j] = mean[j] - Double(center[j])
        }
        let weights = [Float](repeating: 1, count: rows)
        var places: [Int] = []
        places.reserveCapacity(rows)
        for range in ranges { places += range }
        tiles.add(
            x, rows: places.span, center: center.span, weights: weights.span, precision: .whole, delta: delta.span,
            share: share, offset: offset.span, taken: Double(rows), to: &square, stride: mean.count)
    }

    private static func make<Number: ExpressibleByIntegerLiteral>(_ memory: inout [Number], atLeast count: Int) {
        if memory.count < count { memory = [Number](repeating: 0, count: count) }
    }
}
