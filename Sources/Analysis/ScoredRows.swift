import Kernels

/// The z-scores of rows that lie in a larger matrix, never written out: what scaling does to them is done to weights, sums and
/// products instead, z = (x − μ) / σ.
struct ScoredRows: Sendable {
    private let picked: PickedRows
    private let places: [Int]
    /// μ per column; 0 where nothing is scaled.
    private let mean: [Double]
    /// 1/σ per column, and 1 for the intercept.
    let sides: [Double]

    /// - Parameter scaler: fitted on those rows; nil for the rows as they are
    init(_ picked: PickedRows, _ scaler: Standardizer?) {
        self.picked = picked
        places = picked.places
        mean = scaler?.mean ?? [Double](repeating: 0, count: picked.columns)
        sides = (scaler?.scale ?? [Double](repeating: 1, count: picked.columns)).map { 1 / $0 } + [1]
    }

    /// n.
    var rows: Int { picked.rows }
    /// d.
    var columns: Int { picked.columns }

    /// The loss C Σ log(1 + exp(−yᵢ(w·zᵢ + b))) at v = (w, b) with its gradient and the curvature of every row, each read once. O(n · d).
    func pass(
        _ v: [Double], signs: [Double], c: Double, gradient g: inout [Double], curvature: inout MutableSpan<Double>
    ) -> Double {
        let d = columns
        var raw = [Double](repeating: 0, count: d)
        var bias = v[d]
        for j in 0..<d {
            raw[j] = v[j] * sides[j]
            bias -= raw[j] * mean[j]
        }
        let sum = picked.logisticPass(weights: raw, bias: bias, signs: signs, gradient: &g, curvature: &curvature)
        for j in 0..<d { g[j] = c * (g[j] - g[d] * mean[j]) * sides[j] }
        g[d] *= c
        return c * sum
    }

    /// The Gram matrix of (x − μ, 1) with weights: that of z-scores before `sides` scale it. O(n · d²).
    func addCurvature(_ curvature: [Double], to gram: inout WeightedGram, every step: Int) {
        picked.withValues { x, first in
            gram.computeOnTiles(
                x.extracting(first..<x.count), rows: places, center: mean.map { Float($0) }, rowWeights: curvature.span,
                every: step)
        }
    }
}
