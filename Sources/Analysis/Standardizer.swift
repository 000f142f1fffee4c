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
        for row in 0..<x.rows {
            for j in 0..<d { mean[j] += Double(span[row * d + j]) }
        }
        for j in 0..<d { mean[j] /= n }
        var variance = [Double](repeating: 0, count: d)
        // Σ(x − μ) is not quite 0 in floating point; subtracting its square is the corrected two-pass formula.
        var drift = [Double](repeating: 0, count: d)
        for row in 0..<x.rows {
            for j in 0..<d {
                let difference = Double(span[row * d + j]) - mean[j]
                variance[j] += difference * difference
                drift[j] += difference
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
        return try x.mapping { value, column in Float((Double(value) - mean[column]) / scale[column]) }
    }
}
