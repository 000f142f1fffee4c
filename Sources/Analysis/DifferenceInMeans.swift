/// The direction from the mean of class 0 to the mean of class 1, w = μ₁ − μ₀, with the threshold halfway:
/// decision = w·x − w·(μ₀ + μ₁)/2 (Marks & Tegmark 2023, "The geometry of truth": mass-mean without the covariance).
public struct DifferenceInMeans: Sendable, Hashable {
    /// w = μ₁ − μ₀, in the units of the rows.
    public let direction: [Double]
    /// w·(μ₀ + μ₁)/2.
    public let threshold: Double
    /// Rows of class 0 and class 1.
    public let counts: [Int]

    /// The share of the squared norm that the largest dimension of the direction holds: above some tenths, cosines with
    /// this direction are mostly about that one dimension.
    public var dominance: Double {
        let squares = direction.map { $0 * $0 }
        let sum = squares.reduce(0, +)
        return sum > 0 ? (squares.max() ?? 0) / sum : 0
    }

    /// O(n · d).
    ///
    /// - Throws: `.shape`, `.oneClass`.
    public init(_ x: FeatureMatrix, labels: [Bool]) throws(AnalysisError) {
        guard labels.count == x.rows else {
            throw AnalysisError(.shape, "\(labels.count) labels for \(x.rows) rows", mend: "give one label per row")
        }
        guard labels.contains(true), labels.contains(false) else { throw Self.oneClass(labels) }
        var means = [Moments](repeating: Moments(columns: x.columns), count: 2)
        for row in 0..<x.rows {
            means[labels[row] ? 1 : 0].add(x.values.span.extracting(row * x.columns..<(row + 1) * x.columns))
        }
        self.init(negative: means[0], positive: means[1])
    }

    /// From merged states, such as one per class over all chunks.
    ///
    /// - Precondition: the same columns.
    public init(negative: Moments, positive: Moments) {
        precondition(negative.mean.count == positive.mean.count, "states of different columns")
        self.init(
            means: [negative.mean, positive.mean], counts: [Int(negative.weight), Int(positive.weight)])
    }

    /// Of rows that were looked at where they lie. O(d).
    ///
    /// - Parameter isScaled: whether z-scores are meant, in whose units the direction is then
    /// - Throws: `.oneClass`.
    public init(_ x: TwoClassRows, isScaled: Bool) throws(AnalysisError) {
        let positive = x.labels.count { $0 }
        guard positive > 0, positive < x.labels.count else { throw Self.oneClass(x.labels) }
        self.init(
            means: isScaled ? x.means.map(x.scaler.scores) : x.means, counts: [x.labels.count - positive, positive])
    }

    private init(means: [[Double]], counts: [Int]) {
        var w = means[1]
        var middle = 0.0
        for j in w.indices {
            w[j] -= means[0][j]
            middle += w[j] * (means[1][j] + means[0][j]) / 2
        }
        direction = w
        threshold = middle
        self.counts = counts
    }

    private static func oneClass(_ labels: [Bool]) -> AnalysisError {
        AnalysisError(
            .oneClass, "all \(labels.count) rows are of class \(labels.first == true ? 1 : 0)",
            mend: "a difference of means needs rows of both classes")
    }

    /// Positive where a row lies nearer to the mean of class 1. O(n · d).
    public func decisions(_ x: FeatureMatrix) throws(AnalysisError) -> [Double] {
        try linearDecisions(x, weights: direction, bias: -threshold)
    }
}
