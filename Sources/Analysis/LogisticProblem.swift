import Kernels

/// w·x + b of every row.
func linearDecisions(_ x: FeatureMatrix, weights: [Double], bias: Double) throws(AnalysisError) -> [Double] {
    guard x.columns == weights.count else {
        throw AnalysisError(
            .shape, "fitted on \(weights.count) features, applied to \(x.columns)", mend: "use the same features")
    }
    var z = [Double](repeating: 0, count: x.rows)
    var out = z.mutableSpan
    LogisticLoss.decisions(x.values.span, weights: weights.span, bias: bias, into: &out)
    return z
}

/// The loss C Σ log(1 + exp(−yᵢzᵢ)) on one set of rows, with room for its derivatives.
struct LogisticProblem: Sendable {
    /// Empty where rows are looked at in place.
    let x: FeatureMatrix
    /// Rows that are looked at in place, for L2 alone.
    let scored: ScoredRows?
    /// ±1 per row.
    let signs: [Double]
    let c: Double
    /// dloss/dz and d²loss/dz² per row (without C), as of the last evaluation.
    private(set) var slope: [Double]
    private(set) var curvature: [Double]

    init(_ x: FeatureMatrix, labels: [Bool], c: Double) {
        self.init(x, signs: labels.map { $0 ? 1 : -1 }, c: c)
    }

    init(_ x: FeatureMatrix, signs: [Double], c: Double) {
        self.x = x
        scored = nil
        self.signs = signs
        self.c = c
        slope = [Double](repeating: 0, count: x.rows)
        curvature = [Double](repeating: 0, count: x.rows)
    }

    init(_ rows: ScoredRows, c: Double) {
        x = FeatureMatrix.empty
        scored = rows
        signs = rows.labels.map { $0 ? 1 : -1 }
        self.c = c
        slope = []
        curvature = [Double](repeating: 0, count: rows.rows)
    }

    /// Rows with a curvature of their own, for a metric; there is no loss to evaluate.
    init(_ x: FeatureMatrix, curvature: [Double], c: Double) {
        self.x = x
        scored = nil
        signs = []
        self.c = c
        slope = []
        self.curvature = curvature
    }

    var rows: Int { scored?.rows ?? x.rows }
    var features: Int { scored?.columns ?? x.columns }

    /// C Σ log(1 + exp(−yz)), leaving slope and curvature behind. O(n).
    mutating func evaluate(_ z: [Double]) -> Double {
        let signs = signs
        // Two spans of one value's arrays can't live together: the slopes step outside meanwhile.
        var slopes: [Double] = []
        swap(&slopes, &slope)
        var r = slopes.mutableSpan
        var h = curvature.mutableSpan
        let sum = LogisticLoss.terms(z.span, signs: signs.span, slope: &r, curvature: &h)
        swap(&slopes, &slope)
        return c * sum
    }

    /// Gradient of the loss at the last evaluation: d features, then the intercept. O(n · d).
    func gradient() -> [Double] {
        var g = [Double](repeating: 0, count: features)
        var out = g.mutableSpan
        LogisticLoss.addWeightedRows(x.values.span, rowWeights: slope.span, into: &out)
        for j in 0..<features { g[j] *= c }
        g.append(c * slope.reduce(0, +))
        return g
    }

    /// X·v + bias for the first d of v and its last entry. O(n · d).
    func product(_ v: [Double]) -> [Double] {
        var z = [Double](repeating: 0, count: rows)
        var out = z.mutableSpan
        LogisticLoss.decisions(
            x.values.span, weights: v.span.extracting(0..<features), bias: v[features], into: &out)
        return z
    }

    /// Loss and gradient at v = (w, b) in one pass over the rows, block by block so that each is read once. O(n · d).
    mutating func fused(_ v: [Double], gradient g: inout [Double]) -> Double {
        let d = features
        let (x, scored, signs, c) = (x, scored, signs, c)
        if let scored { return scored.pass(v, signs: signs, c: c, gradient: &g, curvature: &curvature) }
        var out = g.mutableSpan
        var h = curvature.mutableSpan
        let sum = LogisticLoss.pass(
            x.values.span, weights: v.span.extracting(0..<d), bias: v[d], signs: signs.span, gradient: &out,
            curvature: &h)
        for j in g.indices { g[j] *= c }
        return c * sum
    }

    /// The Gram matrix of the rows with their curvature; of rows in place that of the rows before they are scaled.
    func addCurvature(to gram: inout WeightedGram, every step: Int) {
        if let scored {
            scored.addCurvature(curvature, to: &gram, every: step)
        } else {
            gram.computeOnTiles(
                x.values.span, rows: Array(0..<rows), center: [Float](repeating: 0, count: features),
                rowWeights: curvature.span, every: step)
        }
    }
}
