import Kernels

/// M = R + C X̃ᵀDX̃ with X̃ = (X, 1), D the curvature of the rows at some point, R the ridge: what L2 steps are measured by.
///
/// With at least as many rows as columns M is factored itself. With fewer, M⁻¹ comes from an n × n matrix (Woodbury):
/// M⁻¹ = R⁻¹ − R⁻¹X̃ᵀ((C·D)⁻¹ + X̃R⁻¹X̃ᵀ)⁻¹X̃R⁻¹.
struct HessianMetric: Sendable {
    private let ridge: [Double]
    private let c: Double
    private let isDual: Bool
    private var gram: WeightedGram?
    private var factor: Cholesky?
    /// XXᵀ, n × n, where the rows are fewer.
    private var kernel: [Double] = []
    /// Where rows are many, one of each `stride` stands for all of them: the metric only has to be near, and the steps learn the rest.
    private var sample: FeatureMatrix?
    /// Which rows those are.
    private var places: [Int] = []
    private var stride = 1
    /// R with a place for the free intercept, which has no ridge of its own.
    private var diagonal: [Double]
    /// Of so many rows that are read one is kept: sixteen for each column are, and 4,096 however few columns there are.
    static func sampleStride(rows: Int, columns: Int) -> Int { max(1, rows / max(4096, 16 * columns)) }

    /// Of rows that are read some are kept, and stand for the others from first to last.
    private let isSampled: Bool
    /// Renewing costs less than a few passes over the rows.
    let isCheap: Bool
    /// Products run on the processor's matrix unit: of some of the rows first, of all of them near the end.
    let isStaged: Bool
    /// Whether the metric is of all rows.
    private(set) var isWhole = false
    /// Steps before an expensive metric may be renewed.
    let patience: Int

    init(_ problem: LogisticProblem, ridge: [Double]) {
        let d = problem.features
        let n = problem.rows
        self.ridge = ridge
        c = problem.c
        isDual = n < d
        isSampled = problem.scored?.isRead == true
        isStaged = !isDual && !isSampled && d > 160 && TileGram.isAvailable
        isCheap = isDual ? n <= 512 : d <= 160 && !isSampled
        patience = isDual ? 4 + n / 256 : 12 + d / 32
        diagonal = ridge
        if diagonal[d] == 0 { diagonal[d] = 1 }  // a primal fallback only
        if isDual {
            kernel = Self.innerProducts(problem.x)
        } else {
            gram = WeightedGram(features: d, precision: isStaged ? .tiles(.coarse) : d > 160 ? .float : .double)
            // With 16 rows a column the sample's eigenvalues are within 1.6 of the whole's, either way.
            if isSampled {
                stride = Self.sampleStride(rows: n, columns: d)
                places = (0..<(n + stride - 1) / stride).map { WeightedGram.sampled($0, every: stride, of: n) }
                // A number that is none was refused when the rows were first looked at.
                sample = (try? problem.scored?.sample(places)) ?? FeatureMatrix.empty
            } else if d > 160, n >= 32 * d {
                stride = n / (16 * d)
                if !isStaged {
                    places = (0..<(n + stride - 1) / stride).map { WeightedGram.sampled($0, every: stride, of: n) }
                    sample = problem.x.selecting(places)
                }
            }
        }
        renew(problem, isWhole: false)
    }

    /// Takes the curvature of the problem's last evaluation. O(n · d²), or O(n³) with fewer rows.
    ///
    /// - Parameter isWhole: of all rows, where there is a choice
    mutating func renew(_ problem: LogisticProblem, isWhole: Bool = true) {
        let n = problem.rows
        if isDual {
            let d = problem.features
            if ridge[d] == 0 {
                // A hundredth of the free intercept's own curvature: small beside it, and the inverse exists.
                diagonal[d] = max(0.01 * c * problem.curvature.reduce(0, +), 1e-300)
            }
            var square = kernel
            for i in square.indices { square[i] += 1 / diagonal[d] }
            let own = (0..<n).map { 1 / (c * max(problem.curvature[$0], 1e-10)) }
            factor = Self.factored(square.span, size: n, stride: n, scale: 1, ridge: own)
        } else if var gram {
            self.gram = nil
            if isStaged {
                self.isWhole = isWhole || stride == 1
                problem.addCurvature(to: &gram, every: self.isWhole ? 1 : stride)
            } else if let sample {
                let share = Double(n) / Double(max(1, sample.rows))
                let weights = places.prefix(sample.rows).map { share * problem.curvature[$0] }
                gram.compute(sample.values.span, rowWeights: weights.span)
            } else {
                gram.compute(problem.x.values.span, rowWeights: problem.curvature.span)
            }
            factor = Self.factored(
                gram.values.span, size: gram.columns, stride: gram.stride, scale: c, sides: problem.scored?.sides,
                ridge: ridge)
            self.gram = gram
        }
    }

    /// M⁻¹g. O(d²), or O(n · d) with fewer rows.
    func solve(_ g: [Double], _ problem: LogisticProblem) -> [Double] {
        var y = g
        guard let factor else {
            for j in y.indices { y[j] /= diagonal[j] }
            return y
        }
        if !isDual {
            var span = y.mutableSpan
            factor.solve(&span)
            return y
        }
        for j in y.indices { y[j] /= diagonal[j] }
        var inner = problem.product(y)
        var innerSpan = inner.mutableSpan
        factor.solve(&innerSpan)
        let d = problem.features
        var back = [Double](repeating: 0, count: d)
        var backSpan = back.mutableSpan
        LogisticLoss.addWeightedRows(problem.x.values.span, rowWeights: inner.span, into: &backSpan)
        for j in 0..<d { y[j] -= back[j] / diagonal[j] }
        y[d] -= inner.reduce(0, +) / diagonal[d]
        return y
    }

    /// The factor of scale · square + diag(ridge), with more on the diagonal where rounding made the matrix indefinite.
    private static func factored(
        _ square: Span<Double>, size: Int, stride: Int, scale: Double, sides: [Double]? = nil, ridge: [Double]
    ) -> Cholesky? {
        var diagonal = ridge
        var extra = 1e-12
        for _ in 0..<12 {
            let factor = Cholesky(square, size: size, stride: stride, scale: scale, sides: sides, ridge: diagonal)
            if let factor { return factor }
            for j in 0..<size {
                let side = sides?[j] ?? 1
                let own = scale * side * side * square[j * stride + j]
                diagonal[j] = ridge[j] + extra * (own + ridge[j]) + 1e-300
            }
            extra *= 100
        }
        return nil
    }

    /// X Xᵀ in double precision, n × n. O(n² · d).
    private static func innerProducts(_ x: FeatureMatrix) -> [Double] {
        let n = x.rows
        let d = x.columns
        var turned = [Float](repeating: 0, count: n * d)
        for i in 0..<n {
            for j in 0..<d { turned[j * n + i] = x.values[i * d + j] }
        }
        var gram = WeightedGram(features: n, precision: n > 512 ? .float : .double)
        gram.compute(turned.span, rowWeights: [Double](repeating: 1, count: d).span)
        var square = [Double](repeating: 0, count: n * n)
        for i in 0..<n {
            for j in 0..<n { square[i * n + j] = gram.values[i * gram.stride + j] }
        }
        return square
    }
}
