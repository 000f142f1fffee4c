/// Count, mean and sum of squared deviations per column, mergeable.
///
/// Rows enter by Welford's update; two states merge by Chan, Golub & LeVeque (1979):
/// μ = μa + δ·nb/n, M2 = M2a + M2b + δ²·na·nb/n with δ = μb − μa. Merge states in chunk order: the bits depend on it.
public struct Moments: Sendable, Hashable {
    /// Sum of the weights: the number of rows where every weight is 1.
    public private(set) var weight: Double = 0
    /// Per column.
    public private(set) var mean: [Double]
    /// Σ w(x − μ)² per column.
    public private(set) var sumOfSquares: [Double]

    /// Nothing seen yet.
    public init(columns: Int) {
        mean = [Double](repeating: 0, count: columns)
        sumOfSquares = [Double](repeating: 0, count: columns)
    }

    /// All rows of a matrix. O(n · d).
    public init(_ x: FeatureMatrix) {
        self.init(columns: x.columns)
        for row in 0..<x.rows { add(x.values.span.extracting(row * x.columns..<(row + 1) * x.columns)) }
    }

    /// Takes one row in. O(d).
    ///
    /// - Precondition: as many values as columns, a finite weight ≥ 0; a row of weight 0 changes nothing.
    public mutating func add(_ row: Span<Float>, weight w: Double = 1) {
        precondition(row.count == mean.count, "\(row.count) values for \(mean.count) columns")
        precondition(w >= 0 && w.isFinite, "weight \(w)")
        guard w > 0 else { return }
        weight += w
        let share = w / weight
        for j in mean.indices {
            let difference = Double(row[j]) - mean[j]
            mean[j] += difference * share
            sumOfSquares[j] += w * difference * (Double(row[j]) - mean[j])
        }
    }

    /// Takes another state in, as if its rows came after these. O(d).
    ///
    /// - Precondition: the same columns.
    public mutating func merge(_ other: Moments) {
        precondition(other.mean.count == mean.count, "states of different columns")
        guard other.weight > 0 else { return }
        guard weight > 0 else {
            self = other
            return
        }
        let total = weight + other.weight
        for j in mean.indices {
            let difference = other.mean[j] - mean[j]
            mean[j] += difference * (other.weight / total)
            sumOfSquares[j] += other.sumOfSquares[j] + difference * difference * (weight / total * other.weight)
        }
        weight = total
    }

    /// Σ w(x − μ)² / (Σw − ddof) per column; NaN where that many rows weren't seen.
    public func variance(ddof: Double = 0) -> [Double] {
        sumOfSquares.map { weight > ddof ? max(0, $0) / (weight - ddof) : .nan }
    }

    /// √variance per column.
    public func standardDeviation(ddof: Double = 0) -> [Double] { variance(ddof: ddof).map { $0.squareRoot() } }
}
