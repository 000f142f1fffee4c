import Kernels

/// z-scores with the mean and standard deviation of the rows it was fitted on: z = (x − μ) / σ, σ with ddof 0.
///
/// A column that doesn't vary gets scale 1, judged as scikit-learn's `StandardScaler` does: var ≤ n·ε·var + (n·μ·ε)².
/// Fit it on training rows only; fitted on all rows it carries the test rows' statistics into training.
public struct Standardizer: Sendable, Hashable {
    /// μ per column, in the units of the rows.
    public let mean: [Double]
    /// What a column is divided by: its standard deviation, or 1 where the column is constant.
    public let scale: [Double]
    /// Columns without variation.
    public let constantColumns: [Int]

    /// Two passes in double precision. O(n · d).
    ///
    /// - Throws: `.tooFew` without a row.
    public init(_ x: FeatureMatrix) throws(AnalysisError) {
        guard x.rows > 0 else { throw Self.nothing }
        let d = x.columns
        var mean = [Double](repeating: 0, count: d)
        do {
            var sums = mean.mutableSpan
            RowSums.add(x.values.span, rows: x.rows, width: d, to: &sums)
        }
        for j in 0..<d { mean[j] /= Double(x.rows) }
        var squares = [Double](repeating: 0, count: d)
        var drifts = squares
        var intoSquares = squares.mutableSpan
        var intoDrifts = drifts.mutableSpan
        RowSums.addDeviations(
            x.values.span, rows: x.rows, width: d, around: mean.span, squares: &intoSquares, sums: &intoDrifts)
        self.init(mean: mean, squares: squares, drifts: drifts, rows: x.rows)
    }

    /// Of rows where they lie. Two passes. O(n · d).
    ///
    /// - Throws: `.tooFew` without a row, `.notFinite` at the first number that isn't.
    public init(_ x: PickedRows) throws(AnalysisError) {
        guard x.rows > 0 else { throw Self.nothing }
        let mean = x.mean()
        if !mean.allSatisfy(\.isFinite) { try x.checkFinite() }
        self.init(x, mean: mean)
    }

    /// Of rows whose mean is known, in one pass. O(n · d).
    public init(_ x: PickedRows, mean: [Double]) {
        let (squares, drifts) = x.deviations(around: mean)
        self.init(mean: mean, squares: squares, drifts: drifts, rows: x.rows)
    }

    /// From sums around any center near the mean.
    ///
    /// - Parameters:
    ///   - squares: Σ (x − c)²
    ///   - drifts: Σ (x − c)
    /// - Throws: `.tooFew` without a row.
    init(center: [Double], squares: [Double], drifts: [Double], rows: Int) throws(AnalysisError) {
        guard rows > 0 else { throw Self.nothing }
        let mean = center.indices.map { center[$0] + drifts[$0] / Double(rows) }
        self.init(mean: mean, squares: squares, drifts: drifts, rows: rows)
    }

    /// - Parameters:
    ///   - squares: Σ (x − μ)²
    ///   - drifts: Σ (x − μ), not quite 0 in floating point; subtracting its square is the corrected two-pass formula.
    private init(mean: [Double], squares: [Double], drifts: [Double], rows: Int) {
        let n = Double(rows)
        var scale = [Double](repeating: 1, count: mean.count)
        var constant: [Int] = []
        for j in mean.indices {
            let v = max(0, (squares[j] - drifts[j] * drifts[j] / n) / n)
            let noise = n * mean[j] * Double.ulpOfOne
            if v <= n * Double.ulpOfOne * v + noise * noise { constant.append(j) } else { scale[j] = v.squareRoot() }
        }
        self.mean = mean
        self.scale = scale
        constantColumns = constant
    }

    private static var nothing: AnalysisError {
        AnalysisError(.tooFew, "no row to take a mean of", mend: "check `where` and `split`")
    }

    /// A row's z-scores in double precision, such as those of a mean. O(d).
    func scores(_ row: [Double]) -> [Double] { row.indices.map { (row[$0] - mean[$0]) / scale[$0] } }

    func checkColumns(_ columns: Int) throws(AnalysisError) {
        guard columns == mean.count else {
            throw AnalysisError(
                .shape, "fitted on \(mean.count) features, applied to \(columns)", mend: "use the same features")
        }
    }

    /// The rows as z-scores, computed in double precision and rounded once to f32. O(n · d).
    ///
    /// - Throws: `.shape` where the columns differ from those fitted, `.notFinite` where a score leaves f32's range.
    public func callAsFunction(_ x: FeatureMatrix) throws(AnalysisError) -> FeatureMatrix {
        try checkColumns(x.columns)
        let d = x.columns
        var scores = [Float](repeating: 0, count: x.values.count)
        var to = scores.mutableSpan
        RowSums.standardize(x.values.span, rows: x.rows, width: d, mean: mean.span, scale: scale.span, into: &to)
        return try FeatureMatrix(scores, rows: x.rows, columns: d)
    }
}
