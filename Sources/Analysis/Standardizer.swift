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
        guard x.rows > 0 else {
            throw AnalysisError(.tooFew, "no row to take a mean of", mend: "check `where` and `split`")
        }
        let n = Double(x.rows)
        let d = x.columns
        let span = x.values.span
        var mean = [Double](repeating: 0, count: d)
        var sums = mean.mutableSpan
        for row in 0..<x.rows {
            let values = span.extracting(row * d..<(row + 1) * d)
            for j in 0..<d { sums[j] += Double(values[j]) }
        }
        for j in 0..<d { mean[j] /= n }
        var variance = [Double](repeating: 0, count: d)
        // Σ(x − μ) is not quite 0 in floating point; subtracting its square is the corrected two-pass formula.
        var drift = [Double](repeating: 0, count: d)
        let middles = mean.span
        var squares = variance.mutableSpan
        var drifts = drift.mutableSpan
        for row in 0..<x.rows {
            let values = span.extracting(row * d..<(row + 1) * d)
            for j in 0..<d {
                let difference = Double(values[j]) - middles[j]
                squares[j] += difference * difference
                drifts[j] += difference
            }
        }
        var scale = [Double](repeating: 1, count: d)
        var constant: [Int] = []
        for j in 0..<d {
            let v = max(0, (variance[j] - drift[j] * drift[j] / n) / n)
            let noise = n * mean[j] * Double.ulpOfOne
            if v <= n * Double.ulpOfOne * v + noise * noise { constant.append(j) } else { scale[j] = v.squareRoot() }
        }
        self.mean = mean
        self.scale = scale
        constantColumns = constant
    }

    /// The rows as z-scores, computed in double precision and rounded once to f32. O(n · d).
    ///
    /// - Throws: `.shape` where the columns differ from those fitted, `.notFinite` where a score leaves f32's range.
    public func callAsFunction(_ x: FeatureMatrix) throws(AnalysisError) -> FeatureMatrix {
        guard x.columns == mean.count else {
            throw AnalysisError(
                .shape, "fitted on \(mean.count) features, applied to \(x.columns)", mend: "use the same features")
        }
        let d = x.columns
        let (from, middles, scales) = (x.values.span, mean.span, scale.span)
        var scores = [Float](repeating: 0, count: x.values.count)
        var to = scores.mutableSpan
        for row in 0..<x.rows {
            let start = row * d
            for j in 0..<d { to[start + j] = Float((Double(from[start + j]) - middles[j]) / scales[j]) }
        }
        return try FeatureMatrix(scores, rows: x.rows, columns: d)
    }
}
