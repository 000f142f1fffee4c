import Kernels

/// Count, mean and scatter Σ (x − μ)(x − μ)ᵀ of rows, mergeable: what ridge, LDA, PCA, whitening and CKA start from.
///
/// Rows enter in blocks that are centred on their own mean first, so that columns far from the origin cost no digits; states
/// merge by Chan, Golub & LeVeque (1979): S = Sa + Sb + δδᵀ·na·nb/n with δ = μb − μa. Up to 256 columns products are formed
/// in double precision; beyond that in f32 over blocks of 2048 rows with sums of blocks in double, good to about 1e-6 of
/// the largest entry. Merge states in chunk order: the bits depend on it.
public struct GramState: Sendable, Hashable {
    /// d.
    public let columns: Int
    /// Rows seen.
    public private(set) var count = 0
    /// μ per column; 0 while there is no row.
    public private(set) var mean: [Double]
    /// d × d, row-major; only the upper triangle (column ≥ row) holds numbers.
    public private(set) var scatter: [Double]

    /// Above this many columns products are formed in f32.
    static let doubleLimit = 256

    /// Whether products are formed in double precision.
    public var isDouble: Bool { columns <= Self.doubleLimit }

    /// Nothing seen yet.
    public init(columns: Int) {
        precondition(columns >= 0)
        self.columns = columns
        mean = [Double](repeating: 0, count: columns)
        scatter = [Double](repeating: 0, count: columns * columns)
    }

    /// A state from its parts, such as one read back from a file; nil where the sizes don't fit.
    public init?(count: Int, mean: [Double], scatter: [Double]) {
        guard count >= 0, scatter.count == mean.count * mean.count else { return nil }
        columns = mean.count
        self.count = count
        self.mean = mean
        self.scatter = scatter
    }

    /// All rows of a matrix. O(n · d²).
    public init(_ x: FeatureMatrix) {
        self.init(columns: x.columns)
        add(x.values.span, rows: x.rows)
    }

    /// Takes rows in: `rows` × d numbers, row-major, all finite. O(rows · d²).
    public mutating func add(_ x: Span<Float>, rows: Int) {
        precondition(x.count >= rows * columns, "fewer numbers than rows")
        let block = isDouble ? 512 : 2048
        var scratch = GramScratch(columns: columns, rows: min(block, rows), isDouble: isDouble)
        for first in stride(from: 0, to: rows, by: block) {
            let count = min(block, rows - first)
            let part = x.extracting(first * columns..<(first + count) * columns)
            scratch.take(part, rows: count)
            merge(count: count, mean: scratch.mean, scatter: scratch.product)
        }
    }

    /// Takes another state in, as if its rows came after these. O(d²).
    ///
    /// - Precondition: the same columns.
    public mutating func merge(_ other: GramState) {
        precondition(other.columns == columns, "states of different columns")
        guard other.count > 0 else { return }
        guard count > 0 else {
            self = other
            return
        }
        merge(count: other.count, mean: other.mean, scatter: .doubles(other.scatter))
    }

    /// The state without rows that are in it, such as those of a test fold: one pass serves all splits. O(d²).
    ///
    /// - Precondition: the same columns, and no more rows than there are.
    public func without(_ other: GramState) -> GramState {
        precondition(other.columns == columns && other.count <= count, "not a part of this state")
        let rest = count - other.count
        guard rest > 0 else { return GramState(columns: columns) }
        var copy = self
        copy.count = rest
        var delta = [Double](repeating: 0, count: columns)
        for j in 0..<columns {
            copy.mean[j] = (mean[j] * Double(count) - other.mean[j] * Double(other.count)) / Double(rest)
            delta[j] = other.mean[j] - copy.mean[j]
        }
        let share = Double(rest) * Double(other.count) / Double(count)
        for i in 0..<columns {
            for j in i..<columns {
                copy.scatter[i * columns + j] -= other.scatter[i * columns + j] + share * delta[i] * delta[j]
            }
        }
        return copy
    }

    private mutating func merge(count added: Int, mean other: [Double], scatter products: GramScratch.Product) {
        guard added > 0 else { return }
        let total = count + added
        var delta = other
        for j in 0..<columns { delta[j] -= mean[j] }
        // While nothing was seen the share is 0 and the mean is taken over whole.
        let share = Double(count) / Double(total) * Double(added)
        let d = columns
        var square = scatter.mutableSpan
        for i in 0..<d {
            let scaled = share * delta[i]
            switch products {
            case .doubles(let values):
                let from = values.span
                for k in i * d + i..<i * d + d { square[k] += from[k] + scaled * delta[k - i * d] }
            case .floats(let values):
                let from = values.span
                for k in i * d + i..<i * d + d { square[k] += Double(from[k]) + scaled * delta[k - i * d] }
            }
        }
        for j in 0..<d { mean[j] += delta[j] * (Double(added) / Double(total)) }
        count = total
    }

    /// The scatter with both triangles, d × d.
    public var symmetric: [Double] {
        var square = scatter
        for i in 0..<columns {
            for j in 0..<i { square[i * columns + j] = square[j * columns + i] }
        }
        return square
    }

    /// Σ (x − μ)² of every column.
    public var sumsOfSquares: [Double] { (0..<columns).map { max(0, scatter[$0 * columns + $0]) } }
}

/// Room for one block of centred rows and their products.
private struct GramScratch {
    enum Product {
        case doubles([Double])
        case floats([Float])
    }

    let columns: Int
    private(set) var mean: [Double]
    private var doubles: [Double] = []
    private var floats: [Float] = []
    private(set) var product: Product
    private let ones: [Double]

    init(columns: Int, rows: Int, isDouble: Bool) {
        self.columns = columns
        mean = [Double](repeating: 0, count: columns)
        ones = [Double](repeating: 1, count: rows)
        if isDouble {
            doubles = [Double](repeating: 0, count: rows * columns)
            product = .doubles([Double](repeating: 0, count: columns * columns))
        } else {
            floats = [Float](repeating: 0, count: rows * columns)
            product = .floats([Float](repeating: 0, count: columns * columns))
        }
    }

    /// Mean and centred products of a block.
    mutating func take(_ x: Span<Float>, rows: Int) {
        let d = columns
        var middle = [Double](repeating: 0, count: d)
        var sums = middle.mutableSpan
        LogisticLoss.addWeightedRows(x, rowWeights: ones.span.extracting(0..<rows), into: &sums)
        for j in 0..<d { middle[j] /= Double(rows) }
        mean = middle
        switch product {
        case .doubles(var square):
            product = .floats([])  // one owner, so that it is filled in place
            let from = middle.span
            var to = doubles.mutableSpan
            for i in 0..<rows {
                for j in 0..<d { to[i * d + j] = Double(x[i * d + j]) - from[j] }
            }
            var out = square.mutableSpan
            MatrixMultiply.gram(doubles.span, into: &out, m: rows, n: d)
            product = .doubles(square)
        case .floats(var square):
            product = .doubles([])
            let rounded = middle.map { Float($0) }
            let from = rounded.span
            var to = floats.mutableSpan
            for i in 0..<rows {
                for j in 0..<d { to[i * d + j] = x[i * d + j] - from[j] }
            }
            var out = square.mutableSpan
            MatrixMultiply.gram(floats.span, into: &out, m: rows, n: d)
            product = .floats(square)
        }
    }
}
