import Kernels
import Tensor

/// Logistic regression of several classes with the L2 penalty, as scikit-learn's `LogisticRegression` (lbfgs, multinomial):
/// min ½‖W‖² + C Σ −log softmax(W xᵢ + b)[yᵢ], the intercepts free; they are centred to sum to 0.
///
/// L-BFGS (Liu & Nocedal 1989) in the metric of the Hessian's diagonal blocks, Mₖ = I + C Σ pₖ(1 − pₖ)(x, 1)ᵀ(x, 1), which are
/// renewed where progress is slow. The loss doesn't see a constant that all classes share, so that the best weights, and the steps to
/// them, sum to 0 over the classes; along that constant the blocks would be far too stiff. A fit runs on one thread and gives the
/// same bits each time.
public struct SoftmaxRegression: Sendable, Hashable {
    /// Weight of the loss against the penalty, > 0.
    public var c: Double
    /// Quasi-Newton steps.
    public var maxIterations: Int
    /// Bound on the weights' distance from the best, relative to their length (or to 1): the penalty makes the objective strongly
    /// convex with modulus 1 in W, so that ‖W − W*‖ ≤ ‖gradient‖.
    public var tolerance: Double

    public init(c: Double = 1, maxIterations: Int = 1000, tolerance: Double = 1e-7) {
        self.c = c
        self.maxIterations = maxIterations
        self.tolerance = tolerance
    }

    /// A fitted model and how it was reached.
    public struct Fit: Sendable, Hashable {
        public let model: LinearModel
        /// The objective as written above.
        public let objective: Double
        /// Whether the tolerance was reached, or rounding before it.
        public let converged: Bool
        public let iterations: Int
    }

    /// O(iterations · n · d · classes).
    ///
    /// - Parameter labels: 0 ..< classes, one per row; every class has one at least.
    /// - Throws: `.shape`, `.oneClass`, `.parameter`.
    public func fit(_ x: FeatureMatrix, labels: [Int], classes: Int, start: Fit? = nil) throws(AnalysisError) -> Fit {
        try checkClasses(rows: x.rows, labels, classes: classes)
        guard c > 0, c.isFinite, maxIterations > 0, tolerance >= 0 else {
            throw AnalysisError(
                .parameter, "C = \(c), max_iter = \(maxIterations)",
                mend: "give a C above 0 and a max_iter of at least 1")
        }
        var problem = SoftmaxProblem(x, labels: labels, classes: classes, c: c)
        return solve(&problem, start: start)
    }

    private func solve(_ problem: inout SoftmaxProblem, start: Fit?) -> Fit {
        let side = problem.features + 1
        let k = problem.classes
        var v = [Double](repeating: 0, count: k * side)
        if let start, start.model.features == problem.features, start.model.outputs == k {
            for output in 0..<k {
                for j in 0..<problem.features {
                    v[output * side + j] = start.model.weights[output * problem.features + j]
                }
                v[output * side + problem.features] = start.model.bias[output]
            }
        } else {
            for output in 0..<k {
                v[output * side + problem.features] = logarithm(
                    Double(max(1, problem.counts[output])) / Double(problem.rows))
            }
        }
        problem.center(&v)
        var g = v
        var objective = problem.evaluate(v, gradient: &g)
        var blocks = problem.metric()
        var memory = QuasiNewtonMemory()
        var age = 0
        var before = Double.infinity
        var converged = false
        var iterations = 0
        var stalls = 0
        while true {
            if isClose(v, g) {
                converged = true
                break
            }
            let steepest = problem.inverse(blocks, g)
            let direction = memory.isEmpty ? steepest : memory.direction(g) { problem.inverse(blocks, $0) }
            let slope = QuasiNewtonMemory.dot(g, direction)
            let gap = 0.5 * max(QuasiNewtonMemory.dot(g, steepest), slope)
            // The estimate and the objective's own rounding agree that no digit of it is left to gain.
            if stalls >= Self.patience, gap <= Self.rounding * objective {
                converged = true
                break
            }
            if iterations >= maxIterations || WorkWatch.isCancelled { break }
            if age > 15, gap > 0.3 * before {
                blocks = problem.metric()
                memory = QuasiNewtonMemory()
                age = 0
                before = .infinity
                continue
            }
            if age % 5 == 0 { before = gap }
            iterations += 1
            guard let found = search(&problem, v, objective, g, direction, slope) else {
                // A fresh metric that can't lower the objective: only rounding is left.
                if age == 0, memory.isEmpty {
                    converged = gap <= 1e-9 * objective
                    break
                }
                blocks = problem.metric()
                memory = QuasiNewtonMemory()
                age = 0
                before = .infinity
                continue
            }
            age += 1
            stalls = objective - found.objective <= Self.rounding * objective ? stalls + 1 : 0
            memory.remember(from: v, g, to: found.v, found.gradient) { problem.inverse(blocks, $0) }
            (v, g, objective) = (found.v, found.gradient, found.objective)
        }
        return Fit(model: problem.model(v), objective: objective, converged: converged, iterations: iterations)
    }

    /// What rounding makes of an objective that is a sum over many rows, relative to it.
    private static let rounding = 4e-15
    /// Steps in a row that leave the objective where it is before it counts as the least that can be told.
    private static let patience = 3

    /// Whether the gradient bounds the distance from the best weights as asked for.
    private func isClose(_ v: [Double], _ g: [Double]) -> Bool {
        QuasiNewtonMemory.dot(g, g).squareRoot()
            <= tolerance * max(1, QuasiNewtonMemory.dot(v, v).squareRoot())
    }

    /// Backtracks along −direction until the objective falls enough.
    private func search(
        _ problem: inout SoftmaxProblem, _ v: [Double], _ objective: Double, _ g: [Double], _ direction: [Double],
        _ slope: Double
    ) -> (v: [Double], objective: Double, gradient: [Double])? {
        var t = 1.0
        var trial = v
        var gradient = g
        for _ in 0..<50 {
            for j in v.indices { trial[j] = v[j] - t * direction[j] }
            let value = problem.evaluate(trial, gradient: &gradient)
            if value <= objective - 1e-4 * t * slope + Self.rounding * objective { return (trial, value, gradient) }
            let curve = 2 * (value - objective + t * slope)
            let best = curve > 0 ? t * t * slope / curve : 0.5 * t
            t = value.isFinite ? min(0.5 * t, max(0.1 * t, best)) : 0.1 * t
        }
        _ = problem.evaluate(v, gradient: &gradient)  // the curvature of the point that stands
        return nil
    }
}

/// The loss and penalty of one set of rows. Parameters lie class by class: d weights, then the intercept.
struct SoftmaxProblem {
    let x: FeatureMatrix
    let labels: [Int]
    let classes: Int
    let c: Double
    /// Rows of every class.
    let counts: [Int]
    /// classes × rows, as of the last evaluation.
    private var p: [Double]

    init(_ x: FeatureMatrix, labels: [Int], classes: Int, c: Double) {
        self.x = x
        self.labels = labels
        self.classes = classes
        self.c = c
        var counts = [Int](repeating: 0, count: classes)
        for label in labels { counts[label] += 1 }
        self.counts = counts
        p = [Double](repeating: 0, count: classes * x.rows)
    }

    var rows: Int { x.rows }
    var features: Int { x.columns }

    /// The objective and its gradient. O(n · d · classes).
    mutating func evaluate(_ v: [Double], gradient g: inout [Double]) -> Double {
        let (n, d, side) = (rows, features, features + 1)
        for k in 0..<classes {
            var z = [Double](repeating: 0, count: n)
            var out = z.mutableSpan
            LogisticLoss.decisions(
                x.values.span, weights: v.span.extracting(k * side..<k * side + d), bias: v[k * side + d], into: &out)
            p.replaceSubrange(k * n..<(k + 1) * n, with: z)
        }
        var loss = 0.0
        for row in 0..<n {
            var top = -Double.infinity
            for k in 0..<classes { top = max(top, p[k * n + row]) }
            let own = p[labels[row] * n + row]
            var sum = 0.0
            for k in 0..<classes {
                let e = exponential(p[k * n + row] - top)
                p[k * n + row] = e
                sum += e
            }
            for k in 0..<classes { p[k * n + row] /= sum }
            loss += logarithm(sum) + top - own
        }
        var objective = c * loss
        for k in 0..<classes {
            var slope = Array(p[k * n..<(k + 1) * n])
            for row in 0..<n where labels[row] == k { slope[row] -= 1 }
            var sum = [Double](repeating: 0, count: d)
            var out = sum.mutableSpan
            LogisticLoss.addWeightedRows(x.values.span, rowWeights: slope.span, into: &out)
            for j in 0..<d {
                let w = v[k * side + j]
                g[k * side + j] = c * sum[j] + w
                objective += 0.5 * w * w
            }
            g[k * side + d] = c * slope.reduce(0, +)
        }
        return objective
    }

    /// The Hessian's diagonal blocks at the last evaluation.
    func metric() -> [(problem: LogisticProblem, metric: HessianMetric)] {
        let ridge = [Double](repeating: 1, count: features) + [0]
        return (0..<classes).map { k in
            let curvature = p[k * rows..<(k + 1) * rows].map { max($0 * (1 - $0), 1e-12) }
            let part = LogisticProblem(x, curvature: curvature, c: c)
            return (part, HessianMetric(part, ridge: ridge))
        }
    }

    /// Takes from every parameter its mean over the classes.
    func center(_ v: inout [Double]) {
        let side = features + 1
        for j in 0..<side {
            var sum = 0.0
            for k in 0..<classes { sum += v[k * side + j] }
            let middle = sum / Double(classes)
            for k in 0..<classes { v[k * side + j] -= middle }
        }
    }

    /// Every block's M⁻¹ on its part of a vector, between two projections onto what sums to 0 over the classes.
    func inverse(_ blocks: [(problem: LogisticProblem, metric: HessianMetric)], _ g: [Double]) -> [Double] {
        let side = features + 1
        var centered = g
        center(&centered)
        var out: [Double] = []
        out.reserveCapacity(g.count)
        for (k, block) in blocks.enumerated() {
            out += block.metric.solve(Array(centered[k * side..<(k + 1) * side]), block.problem)
        }
        center(&out)
        return out
    }

    /// Intercepts are free up to a common constant: centred, they are one answer.
    func model(_ v: [Double]) -> LinearModel {
        let side = features + 1
        let bias = (0..<classes).map { v[$0 * side + features] }
        let middle = bias.reduce(0, +) / Double(classes)
        return LinearModel(
            weights: (0..<classes).flatMap { v[$0 * side..<$0 * side + features] }, bias: bias.map { $0 - middle },
            features: features, link: .softmax)
    }
}
