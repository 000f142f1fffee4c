import Kernels

/// Linear centred kernel alignment of two sets of features of the same rows (Kornblith et al. 2019, "Similarity of neural
/// network representations revisited"): ‖YcᵀXc‖²_F / (‖XcᵀXc‖_F ‖YcᵀYc‖_F).
///
/// 0 … 1, unchanged by rotation and scale of either side. With fewer rows than features it is biased upwards: n ≫ d is
/// needed for values that mean something.
public enum CKA {
    /// From the scatter of rows (x, y) side by side: the first `left` columns are X. NaN where a side doesn't vary. O(d²).
    ///
    /// - Precondition: 0 ≤ left ≤ columns.
    public static func linear(_ joint: GramState, left: Int) -> Double {
        precondition(left >= 0 && left <= joint.columns, "\(left) of \(joint.columns) columns")
        let d = joint.columns
        var x = 0.0
        var y = 0.0
        var cross = 0.0
        for i in 0..<d {
            for j in i..<d {
                let square = joint.scatter[i * d + j] * joint.scatter[i * d + j]
                let twice = i == j ? square : 2 * square
                if j < left { x += twice } else if i >= left { y += twice } else { cross += square }
            }
        }
        return cross / (x.squareRoot() * y.squareRoot())
    }

    /// From the rows themselves, by n × n products where rows are fewer than features. O(n · d · min(n, d)).
    ///
    /// - Throws: `.shape` for another number of rows on both sides, `.tooFew` for fewer than two.
    public static func linear(_ x: FeatureMatrix, _ y: FeatureMatrix) throws(AnalysisError) -> Double {
        guard x.rows == y.rows else {
            throw AnalysisError(
                .shape, "\(x.rows) rows on one side, \(y.rows) on the other", mend: "pair the rows first")
        }
        guard x.rows > 1 else {
            throw AnalysisError(.tooFew, "\(x.rows) rows can't be aligned", mend: "give at least 2 rows")
        }
        if x.rows >= x.columns + y.columns {
            var joint: [Float] = []
            joint.reserveCapacity(x.values.count + y.values.count)
            for row in 0..<x.rows {
                joint += x.values[row * x.columns..<(row + 1) * x.columns]
                joint += y.values[row * y.columns..<(row + 1) * y.columns]
            }
            var state = GramState(columns: x.columns + y.columns)
            state.add(joint.span, rows: x.rows)
            return linear(state, left: x.columns)
        }
        let n = x.rows
        let k = CentredRows(x, mean: Moments(x).mean).rowProducts
        let l = CentredRows(y, mean: Moments(y).mean).rowProducts
        var (kk, ll, kl) = (0.0, 0.0, 0.0)
        for i in 0..<n {
            for j in i..<n {
                let twice: Double = i == j ? 1 : 2
                kk += twice * k[i * n + j] * k[i * n + j]
                ll += twice * l[i * n + j] * l[i * n + j]
                kl += twice * k[i * n + j] * l[i * n + j]
            }
        }
        return kl / (kk.squareRoot() * ll.squareRoot())
    }
}
