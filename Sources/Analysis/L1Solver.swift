import Kernels
import Tensor

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Proximal Newton for the L1 objective: a quadratic model from the weighted Gram matrix, minimised with its penalty by
/// `L1Subproblem`, then a line search (Yuan, Ho & Lin, "An improved GLMNET for L1-regularized logistic regression", JMLR
/// 2012). The Gram matrix stays while it still cuts the violation tenfold. With many features only a working set enters
/// the model; the rest are checked against the optimality conditions and join where they break them.
struct L1Solver {
    let model: LogisticRegression
    /// Above this many features working sets begin.
    private let denseLimit = 128

    init(_ model: LogisticRegression) { self.model = model }

    private var interceptPenalty: Double { model.intercept == .liblinear ? 1 : 0 }

    /// Where a fit stands: weights and, last, the intercept.
    private struct State {
        var v: [Double]
        var objective = 0.0
        var converged = false
        var iterations = 0
    }

    func solve(_ problem: inout LogisticProblem, _ x: FeatureMatrix, start: LogisticRegression.Fit?)
        -> LogisticRegression.Fit
    {
        let d = problem.features
        var state = State(v: start.map { $0.weights + [$0.bias] } ?? [Double](repeating: 0, count: d + 1))
        if start == nil, model.intercept == .free {
            let positive = problem.signs.count { $0 > 0 }
            state.v[d] = log(Double(positive) / Double(problem.rows - positive))
        }
        if d <= denseLimit {
            descend(&problem, &state, tolerance: model.tolerance)
        } else {
            growWorkingSet(&problem, x, &state)
        }
        return LogisticRegression.Fit(
            weights: Array(state.v[0..<d]), bias: state.v[d], objective: state.objective, converged: state.converged,
            iterations: state.iterations, lambda: 1 / (model.c * Double(problem.rows)), trainRows: problem.rows)
    }

    private func norm(_ v: [Double], _ penalty: [Double]) -> Double {
        var sum = 0.0
        for j in v.indices { sum += penalty[j] * abs(v[j]) }
        return sum
    }

    private func penalties(_ d: Int) -> [Double] { [Double](repeating: 1, count: d) + [interceptPenalty] }

    /// The model only has to be near: gradients and objectives are in double precision whatever it is made of.
    private func precision(_ problem: LogisticProblem) -> WeightedGram.Precision {
        TileGram.isAvailable && problem.features >= 32 && problem.rows >= 512 ? .tiles(.half) : .double
    }

    /// Proximal Newton on all features of `problem` until the violation is within `tolerance`.
    private func descend(_ problem: inout LogisticProblem, _ state: inout State, tolerance: Double) {
        let penalty = penalties(problem.features)
        var z = problem.product(state.v)
        let loss = problem.evaluate(z)
        var gram: WeightedGram?
        var before = Double.infinity
        state.converged = false
        state.objective = loss + norm(state.v, penalty)
        while true {
            let g = problem.gradient()
            let violation = kktViolation(state.v, g, penalty)
            if violation <= tolerance {
                state.converged = true
                return
            }
            if state.iterations >= model.maxIterations || WorkWatch.isCancelled { return }
            state.iterations += 1
            let fresh = gram == nil || violation > 0.1 * before
            var square = gram ?? WeightedGram(features: problem.features, precision: precision(problem))
            gram = nil  // one owner, so that it is filled in place
            if fresh { square.compute(problem.x.values.span, rowWeights: problem.curvature.span) }
            gram = square
            before = violation
            let sub = L1Subproblem(gram: square, c: problem.c, penalty: penalty)
            let target = sub.solve(
                gradient: g, from: state.v, tolerance: max(0.3 * tolerance, 1e-3 * min(1, violation) * violation))

            // Line search on the true objective along target − v.
            var step = target
            var expected = norm(target, penalty) - norm(state.v, penalty)
            for j in step.indices {
                step[j] -= state.v[j]
                expected += g[j] * step[j]
            }
            let noise = 4e-15 * abs(state.objective)
            if expected >= -1e-3 * noise {
                // The model promises nothing that arithmetic could show: as good as it gets, unless H is old.
                if fresh {
                    state.converged = violation <= 1e-5
                    return
                }
                before = 0
                continue
            }
            let q = problem.product(step)
            var t = 1.0
            var accepted = false
            for _ in 0..<60 {
                var trial = target
                if t < 1 { for j in trial.indices { trial[j] = state.v[j] + t * step[j] } }
                var moved = z
                for i in moved.indices { moved[i] += t * q[i] }
                let objective = problem.evaluate(moved) + norm(trial, penalty)
                if objective <= state.objective + 0.01 * t * expected + noise {
                    state.v = trial
                    state.objective = objective
                    z = moved
                    accepted = true
                    break
                }
                t *= 0.5
            }
            if !accepted {
                if fresh { return }
                before = 0
                _ = problem.evaluate(z)  // back to where the fit stands
            }
        }
    }

    private func kktViolation(_ v: [Double], _ g: [Double], _ penalty: [Double]) -> Double {
        var worst = 0.0
        for j in v.indices {
            let p = penalty[j]
            worst = max(worst, v[j] > 0 ? abs(g[j] + p) : v[j] < 0 ? abs(g[j] - p) : max(0, abs(g[j]) - p))
        }
        return worst
    }

    /// Solves over growing sets of features until none outside wants to enter.
    private func growWorkingSet(_ problem: inout LogisticProblem, _ x: FeatureMatrix, _ state: inout State) {
        let d = problem.features
        let penalty = penalties(d)
        var size = denseLimit / 2
        var loss = problem.evaluate(problem.product(state.v))
        var last = Double.infinity
        for _ in 0..<64 {
            let g = problem.gradient()
            let violation = kktViolation(state.v, g, penalty)
            state.objective = loss + norm(state.v, penalty)
            state.converged = violation <= model.tolerance
            if state.converged || state.iterations >= model.maxIterations || WorkWatch.isCancelled { return }
            let support = (0..<d).filter { state.v[$0] != 0 }
            let entering = (0..<d).filter { state.v[$0] == 0 && abs(g[$0]) > 1 }
                .sorted { (-abs(g[$0]), $0) < (-abs(g[$1]), $1) }
            // Nobody new and no better than last time: rounding is what is left.
            if entering.isEmpty, violation >= last {
                state.converged = violation <= 1e-5
                return
            }
            last = violation
            size = min(d, max(size, 2 * support.count))
            let set = (support + entering.prefix(max(size - support.count, size / 2))).sorted()
            size *= 2
            var part = LogisticProblem(x.selecting(columns: set), signs: problem.signs, c: problem.c)
            var inner = State(v: set.map { state.v[$0] } + [state.v[d]], iterations: state.iterations)
            let settled = entering.count <= set.count - support.count
            descend(
                &part, &inner,
                tolerance: settled ? 0.5 * model.tolerance : max(0.5 * model.tolerance, 0.01 * violation))
            for (place, j) in set.enumerated() { state.v[j] = inner.v[place] }
            state.v[d] = inner.v[set.count]
            state.iterations = inner.iterations
            loss = problem.evaluate(part.product(inner.v))
        }
    }
}
