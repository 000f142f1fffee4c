import Kernels

/// The z-scores of rows that lie in a larger matrix, never written out: what scaling does to them is done to weights, sums and
/// products instead, z = (x − μ) / σ.
struct ScoredRows: Sendable {
    private let known: TwoClassRows
    /// Of rows in memory.
    private let places: [Int]
    /// μ per column; 0 where nothing is scaled.
    private let mean: [Double]
    /// 1/σ per column, and 1 for the intercept.
    let sides: [Double]

    /// - Parameter isScaled: whether z-scores are meant, or the rows as they are
    init(_ known: TwoClassRows, isScaled: Bool) {
        self.known = known
        places = known.picked.isRead ? [] : known.picked.places
        mean = isScaled ? known.scaler.mean : [Double](repeating: 0, count: known.picked.columns)
        let scale = isScaled ? known.scaler.scale : [Double](repeating: 1, count: known.picked.columns)
        sides = scale.map { 1 / $0 } + [1]
    }

    /// n.
    var rows: Int { known.picked.rows }
    /// d.
    var columns: Int { known.picked.columns }
    /// Of every row, true is class 1.
    var labels: [Bool] { known.labels }

    /// The loss C Σ log(1 + exp(−yᵢ(w·zᵢ + b))) at v = (w, b) with its gradient and the curvature of every row, each read once. O(n · d).
    func pass(
        _ v: [Double], signs: [Double], c: Double, gradient g: inout [Double], curvature: inout [Double]
    ) -> Double {
        let d = columns
        if v.prefix(d).allSatisfy({ $0 == 0 }) {
            let sum = known.pass(bias: v[d], around: mean, gradient: &g, curvature: &curvature)
            for j in g.indices { g[j] *= c * sides[j] }
            return c * sum
        }
        var raw = [Double](repeating: 0, count: d)
        var bias = v[d]
        for j in 0..<d {
            raw[j] = v[j] * sides[j]
            bias -= raw[j] * mean[j]
        }
        let sum = known.picked.logisticPass(weights: raw, bias: bias, signs: signs, gradient: &g, curvature: &curvature)
        for j in 0..<d { g[j] = c * (g[j] - g[d] * mean[j]) * sides[j] }
        g[d] *= c
        return c * sum
    }

    /// The Gram matrix of (x − μ, 1) with weights: that of z-scores before `sides` scale it. O(n · d²).
    func addCurvature(_ curvature: [Double], to gram: inout WeightedGram, every step: Int) {
        known.picked.withMatrix { x in
            gram.computeOnTiles(
                x, rows: places, center: mean.map { Float($0) }, rowWeights: curvature.span, every: step)
        }
    }

    /// Whether rows are fetched for every look.
    var isRead: Bool { known.picked.isRead }

    /// x − μ of some of the rows, which stand for all of them in a metric.
    func sample(_ rows: [Int]) throws(AnalysisError) -> FeatureMatrix {
        try known.picked.matrix(rows, minus: mean.map { Float($0) })
    }
}
