import Kernels

/// Count, mean and scatter Σ (x − μ)(x − μ)ᵀ of rows, mergeable: what ridge, LDA, PCA, whitening and CKA start from.
///
/// Rows enter in blocks that are centred on their own mean first, so that columns far from the origin cost no digits; states
/// merge by Chan, Golub & LeVeque (1979): S = Sa + Sb + δδᵀ·na·nb/n with δ = μb − μa. Up to 256 columns products are formed
/// in double precision; beyond that in f32 over blocks of rows with sums of blocks in double, good to about 1e-6 of the
/// largest entry, on the processor's matrix unit where it has one. Merge states in chunk order: the bits depend on it.
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
        var scratch = GramScratch()
        add(x, [0..<rows], scratch: &scratch)
    }

    /// Takes some rows of a larger matrix in, those of `ranges` in that order, with memory that is there already. O(rows · d²).
    public mutating func add(_ x: Span<Float>, _ ranges: [Range<Int>], scratch: inout GramScratch) {
        precondition(ranges.allSatisfy { x.count >= $0.upperBound * columns }, "fewer numbers than rows")
        let block = scratch.blockRows(isDouble: isDouble)
        var part: [Range<Int>] = []
        var count = 0
        for range in ranges {
            var rest = range
            while !rest.isEmpty {
                let take = min(rest.count, block - count)
                part.append(rest.lowerBound..<rest.lowerBound + take)
                rest = rest.lowerBound + take..<rest.upperBound
                count += take
                if count == block {
                    add(block: x, part, rows: count, &scratch)
                    (part, count) = ([], 0)
                }
            }
        }
        if count > 0 { add(block: x, part, rows: count, &scratch) }
    }

    private mutating func add(block x: Span<Float>, _ ranges: [Range<Int>], rows: Int, _ scratch: inout GramScratch) {
        if scratch.takesTiles(isDouble: isDouble) {
            let spread = scratch.takeMoments(x, ranges, rows: rows, columns: columns)
            let (share, delta) = moved(by: rows, to: scratch.mean)
            var square = scatter.mutableSpan
            scratch.addTiles(x, ranges, rows: rows, spread: spread, delta: delta, share: share, to: &square)
            return
        }
        scratch.take(x, ranges, rows: rows, columns: columns, isDouble: isDouble)
        let (share, delta) = moved(by: rows, to: scratch.mean)
        let isDouble = isDouble
        var square = scatter.mutableSpan
        if isDouble {
            ScatterSums.add(scratch.doubleProducts.span, delta: delta.span, share: share, to: &square)
        } else {
            ScatterSums.add(scratch.floatProducts.span, delta: delta.span, share: share, to: &square)
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
        let (share, delta) = moved(by: other.count, to: other.mean)
        var square = scatter.mutableSpan
        ScatterSums.add(other.scatter.span, delta: delta.span, share: share, to: &square)
    }

    /// Counts more rows whose mean is another, and says what that adds to the scatter: share · δδᵀ.
    private mutating func moved(by added: Int, to other: [Double]) -> (share: Double, delta: [Double]) {
        let total = count + added
        var delta = other
        for j in 0..<columns { delta[j] -= mean[j] }
        // While nothing was seen the share is 0 and the mean is taken over whole.
        let share = Double(count) / Double(total) * Double(added)
        for j in 0..<columns { mean[j] += delta[j] * (Double(added) / Double(total)) }
        count = total
        return (share, delta)
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
