import Kernels

/// Rows of two classes that lie in a larger matrix, looked at once before a fit: what scales them, and the sums that a fit begins with.
public struct TwoClassRows: Sendable {
    let picked: PickedRows
    /// True is class 1.
    let labels: [Bool]
    /// z-scores of all rows.
    public let scaler: Standardizer

    /// c, near the mean of every column: sums around it lose no digits.
    private let center: [Double]
    /// Rows of class 0 and 1, and Σ (x − c) of each.
    private let classes: [(rows: Int, drifts: [Double])]

    /// One pass. O(n · d).
    ///
    /// - Parameter labels: one per row
    /// - Throws: `.tooFew` without a row, `.notFinite` at the first number that isn't.
    public init(_ picked: PickedRows, labels: [Bool]) throws(AnalysisError) {
        precondition(labels.count == picked.rows, "one label per row")
        center = picked.sampleMean()
        var squares = [Double](repeating: 0, count: picked.columns)
        var drifts = [squares, squares]
        picked.addDeviations(around: center, classes: labels, squares: &squares, sums: &drifts)
        let positive = labels.count { $0 }
        classes = [(labels.count - positive, drifts[0]), (positive, drifts[1])]
        self.picked = picked
        self.labels = labels
        scaler = try Standardizer(
            center: center, squares: squares, drifts: zip(drifts[0], drifts[1]).map { $0 + $1 }, rows: picked.rows)
        if !scaler.mean.allSatisfy(\.isFinite) { try picked.checkFinite() }
    }

    /// The means of class 0 and 1.
    var means: [[Double]] {
        classes.map { own in zip(center, own.drifts).map { $0 + $1 / Double(own.rows) } }
    }

    /// Loss, gradient and curvature of Σ log(1 + exp(−yᵢb)) over the rows x − `mean`: where no column has a weight the sums of the classes
    /// are enough. O(n + d).
    func pass(
        bias: Double, around mean: [Double], gradient g: inout [Double], curvature: inout [Double]
    ) -> Double {
        var slopes = [0.0, 0.0]
        var curves = slopes
        var losses = slopes
        for (kind, sign) in [-1.0, 1.0].enumerated() {
            var slope = slopes.mutableSpan
            var curve = curves.mutableSpan
            var ownSlope = slope._mutatingExtracting(kind..<kind + 1)
            var ownCurve = curve._mutatingExtracting(kind..<kind + 1)
            losses[kind] = LogisticLoss.terms([bias].span, signs: [sign].span, slope: &ownSlope, curvature: &ownCurve)
        }
        for (row, label) in labels.enumerated() { curvature[row] = curves[label ? 1 : 0] }
        for j in g.indices { g[j] = 0 }
        var loss = 0.0
        for (kind, own) in classes.enumerated() {
            loss += Double(own.rows) * losses[kind]
            for j in mean.indices {
                g[j] += slopes[kind] * (own.drifts[j] + Double(own.rows) * (center[j] - mean[j]))
            }
            g[mean.count] += slopes[kind] * Double(own.rows)
        }
        return loss
    }
}
