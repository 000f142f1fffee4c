/// Binary logistic regression, p(y = 1 | x) = 1 / (1 + exp(−(w·x + b))), with the objectives of scikit-learn:
///
/// - L1: min ‖w‖₁ + C Σ log(1 + exp(−yᵢ(w·xᵢ + b))), yᵢ = ±1. With `intercept: .liblinear` the penalty is ‖(w, b)‖₁, so
///   it agrees with `LogisticRegression(penalty="l1", solver="liblinear")` (Fan et al., "LIBLINEAR", JMLR 2008).
/// - L2: min ½‖w‖² + C Σ log(1 + exp(−yᵢ(w·xᵢ + b))); `.free` is scikit-learn's lbfgs, `.liblinear` adds ½b².
///
/// λ = 1/(C·n) is the same penalty on the mean loss: the same C is another λ for another number of rows. A fit runs on
/// one thread and gives the same bits each time; run fits in parallel.
public struct LogisticRegression: Sendable, Hashable {
    /// ‖w‖₁ or ½‖w‖².
    public enum Penalty: String, Sendable, Hashable, CaseIterable { case l1, l2 }

    /// Whether b is part of the penalty.
    public enum Intercept: String, Sendable, Hashable, CaseIterable {
        /// Not penalised.
        case free
        /// Penalised like a weight, as liblinear's appended column of ones.
        case liblinear
    }

    /// Which norm of the weights is held down.
    public var penalty: Penalty
    /// Weight of the loss against the penalty, > 0.
    public var c: Double
    /// Whether b is penalised too.
    public var intercept: Intercept
    /// Outer iterations: Newton steps (L1), quasi-Newton steps (L2).
    public var maxIterations: Int
    /// L1: largest violation of the optimality conditions, in units of the penalty's slope (1). L2: estimated distance
    /// from the least objective, relative to it.
    public var tolerance: Double

    /// Tolerances default to 1e-9 (L1) and 1e-13 (L2), far below what a table shows.
    public init(
        penalty: Penalty, c: Double = 1, intercept: Intercept, maxIterations: Int = 1000, tolerance: Double? = nil
    ) {
        self.penalty = penalty
        self.c = c
        self.intercept = intercept
        self.maxIterations = maxIterations
        self.tolerance = tolerance ?? (penalty == .l1 ? 1e-9 : 1e-13)
    }

    /// A fitted model and how it was reached.
    public struct Fit: Sendable, Hashable {
        /// w, one per feature, in the units of the rows that were given.
        public let weights: [Double]
        /// b, the intercept.
        public let bias: Double
        /// The objective as written above, with C on the loss.
        public let objective: Double
        /// Whether the tolerance was reached, or rounding before it.
        public let converged: Bool
        /// Outer iterations taken; 0 where the start was the answer.
        public let iterations: Int
        /// 1/(C·n): the penalty's weight against the mean loss.
        public let lambda: Double
        /// n.
        public let trainRows: Int
        /// No feature has any weight: nothing was learned from them.
        public var allWeightsZero: Bool { weights.allSatisfy { $0 == 0 } }
        /// Features with a weight other than 0.
        public var nonzeroWeights: Int { weights.count { $0 != 0 } }

        /// w·x + b of every row; the prediction is 1 where it is > 0. O(n · d).
        public func decisions(_ x: FeatureMatrix) throws(AnalysisError) -> [Double] {
            try linearDecisions(x, weights: weights, bias: bias)
        }
    }

    /// - Parameters:
    ///   - labels: true is class 1; one per row.
    ///   - start: a fit to begin from, such as that of the next smaller C; it changes the way, not the place.
    /// - Throws: `.shape`, `.oneClass`, `.parameter`.
    public func fit(
        _ x: FeatureMatrix, labels: [Bool], start: Fit? = nil
    ) throws(AnalysisError) -> Fit {
        try check(rows: x.rows, columns: x.columns, labels, start)
        var problem = LogisticProblem(x, labels: labels, c: c)
        switch penalty {
        case .l1: return L1Solver(self).solve(&problem, x, start: start)
        case .l2: return L2Solver(self).solve(&problem, start: start)
        }
    }

    /// One fit per C, each started from its neighbour, returned in the order asked for.
    public func path(
        _ x: FeatureMatrix, labels: [Bool], c values: [Double]
    ) throws(AnalysisError) -> [Fit] {
        try path(values) { model, start throws(AnalysisError) in try model.fit(x, labels: labels, start: start) }
    }

    /// Fits by rising C, each from the one before, in the order asked for.
    func path(
        _ values: [Double], _ fit: (LogisticRegression, _ start: Fit?) throws(AnalysisError) -> Fit
    ) throws(AnalysisError) -> [Fit] {
        var fits = [Fit?](repeating: nil, count: values.count)
        var last: Fit?
        for place in values.indices.sorted(by: { (values[$0], $0) < (values[$1], $1) }) {
            var model = self
            model.c = values[place]
            last = try fit(model, last)
            fits[place] = last
        }
        return fits.compactMap { $0 }
    }

    func check(rows: Int, columns: Int, _ labels: [Bool], _ start: Fit?) throws(AnalysisError) {
        guard labels.count == rows else {
            throw AnalysisError(
                .shape, "\(labels.count) labels for \(rows) rows", mend: "give one label per row")
        }
        guard c > 0, c.isFinite else {
            throw AnalysisError(.parameter, "C = \(c) is no weight", mend: "give a C above 0, such as 1.0")
        }
        guard maxIterations > 0, tolerance >= 0 else {
            throw AnalysisError(
                .parameter, "max_iter = \(maxIterations), tol = \(tolerance)",
                mend: "give a max_iter of at least 1 and a tol of at least 0")
        }
        if let start, start.weights.count != columns {
            throw AnalysisError(
                .shape, "the starting fit has \(start.weights.count) features, the rows have \(columns)",
                mend: "start from a fit of the same features")
        }
        guard labels.contains(true), labels.contains(false) else {
            throw AnalysisError(
                .oneClass, "all \(rows) training rows are of class \(labels.first == true ? 1 : 0)",
                mend: "a classifier needs rows of both classes: check `where`, `contrast` and `split`")
        }
    }
}
