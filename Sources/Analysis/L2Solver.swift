import Kernels
import Tensor

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// L-BFGS in the metric of a weighted Gram matrix (Liu & Nocedal 1989, with H₀ = M⁻¹, M = R + C XᵀDX): a Newton method
/// that keeps its Hessian while it serves and learns the rest from the steps. The metric is renewed as soon as progress
/// is slow where that is cheap, rarely where it costs many passes over the rows.
struct L2Solver {
    let model: LogisticRegression

    init(_ model: LogisticRegression) { self.model = model }

    func solve(_ problem: inout LogisticProblem, start: LogisticRegression.Fit?) -> LogisticRegression.Fit {
        let d = problem.features
        let ridge = [Double](repeating: 1, count: d) + [model.intercept == .liblinear ? 1 : 0]
        var v = start.map { $0.weights + [$0.bias] } ?? [Double](repeating: 0, count: d + 1)
        if start == nil, model.intercept == .free {
            let positive = problem.signs.count { $0 > 0 }
            v[d] = log(Double(positive) / Double(problem.rows - positive))
        }
        var g = [Double](repeating: 0, count: d + 1)
        var objective = evaluate(&problem, v, ridge, &g)
        var metric = HessianMetric(problem, ridge: ridge)
        var memory = QuasiNewtonMemory()
        var converged = false
        var iterations = 0
        var age = 0  // steps since the metric was renewed
        var before = Double.infinity
        while true {
            let steepest = metric.solve(g, problem)
            let direction = memory.isEmpty ? steepest : memory.direction(g) { metric.solve($0, problem) }
            let slope = QuasiNewtonMemory.dot(g, direction)
            let gap = 0.5 * max(QuasiNewtonMemory.dot(g, steepest), slope)
            let close = gap <= model.tolerance * objective
            if close, age == 0 || !metric.isCheap {
                converged = true
                break
            }
            if iterations >= model.maxIterations || WorkWatch.isCancelled {
                converged = close
                break
            }
            if age > 0, isSlow(gap, before: before, close: close, objective, metric, age: age) {
                metric.renew(problem, isWhole: gap < Self.nearEnd * objective)
                memory = QuasiNewtonMemory()
                age = 0
                before = .infinity
                continue
            }
            before = gap
            iterations += 1
            guard let found = search(&problem, ridge, v, objective, g, direction, slope) else {
                if age == 0, memory.isEmpty {
                    // A fresh Newton step that can't lower the objective: only rounding is left.
                    converged = gap <= 1e-9 * objective
                    break
                }
                metric.renew(problem)
                memory = QuasiNewtonMemory()
                age = 0
                before = .infinity
                continue
            }
            age += 1
            memory.remember(from: v, g, to: found.v, found.gradient) { metric.solve($0, problem) }
            v = found.v
            g = found.gradient
            objective = found.objective
        }
        return LogisticRegression.Fit(
            weights: Array(v[0..<d]), bias: v[d], objective: objective, converged: converged, iterations: iterations,
            lambda: 1 / (model.c * Double(problem.rows)), trainRows: problem.rows)
    }

    /// Distance from the least objective, relative to it, from which on a metric of all rows is worth what it costs: before, the
    /// curvature changes with every step.
    private static let nearEnd = 1e-3

    /// Whether a renewed metric saves more than it costs.
    private func isSlow(
        _ gap: Double, before: Double, close: Bool, _ objective: Double, _ metric: HessianMetric, age: Int
    ) -> Bool {
        if metric.isStaged {
            return !close && (gap > 0.7 * before || (!metric.isWhole && gap < Self.nearEnd * objective))
        }
        return (close || gap > before * (metric.isCheap ? 0.01 : 0.5)) && (metric.isCheap || age > metric.patience)
    }

    private func evaluate(
        _ problem: inout LogisticProblem, _ v: [Double], _ ridge: [Double], _ g: inout [Double]
    ) -> Double {
        var value = problem.fused(v, gradient: &g)
        for j in v.indices {
            value += 0.5 * ridge[j] * v[j] * v[j]
            g[j] += ridge[j] * v[j]
        }
        return value
    }

    /// Backtracks along −direction until the objective falls enough; the problem keeps the curvature of the last trial.
    private func search(
        _ problem: inout LogisticProblem, _ ridge: [Double], _ v: [Double], _ objective: Double, _ g: [Double],
        _ direction: [Double], _ slope: Double
    ) -> (v: [Double], objective: Double, gradient: [Double])? {
        var t = 1.0
        var trial = v
        var gradient = g
        for _ in 0..<50 {
            for j in v.indices { trial[j] = v[j] - t * direction[j] }
            let value = evaluate(&problem, trial, ridge, &gradient)
            if value <= objective - 1e-4 * t * slope + 4e-15 * objective { return (trial, value, gradient) }
            // Minimum of the parabola through both values and the slope, held within [0.1, 0.5] of the last step.
            let curve = 2 * (value - objective + t * slope)
            let best = curve > 0 ? t * t * slope / curve : 0.5 * t
            t = value.isFinite ? min(0.5 * t, max(0.1 * t, best)) : 0.1 * t
        }
        // Leave the curvature of the point that stands, not of a failed trial.
        _ = evaluate(&problem, v, ridge, &gradient)
        return nil
    }
}
