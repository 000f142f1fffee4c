import Kernels

/// Ridge regression with a free intercept: min Σ (y − w·x − b)² + α‖w‖² (Hoerl & Kennard 1970), as scikit-learn's `Ridge`;
/// with targets ±1 per class its `RidgeClassifier`.
///
/// With at least as many rows as features (S + αI)w = Σ (x − μ)(y − ȳ), S the scatter; with fewer the same from the n × n
/// products of rows, w = Xcᵀ(XcXcᵀ + αI)⁻¹yc. One scatter and one factor per α serve all targets. Wide data, whose products are
/// formed in f32, is refined against the rows in double precision.
public struct Ridge: Sendable, Hashable {
    /// The penalty's weight, ≥ 0.
    public var alpha: Double

    public init(alpha: Double = 1) { self.alpha = alpha }

    /// A classifier: targets are +1 for the class and −1 for the others; two classes share one line.
    ///
    /// - Parameter labels: 0 ..< classes, one per row.
    /// - Throws: `.shape`, `.oneClass` where fewer than two classes have rows, `.parameter`.
    public func classify(
        _ x: FeatureMatrix, labels: [Int], classes: Int, alphas: [Double]? = nil
    ) throws(AnalysisError) -> [LinearModel] {
        try checkClasses(rows: x.rows, labels, classes: classes)
        return try solve(
            x, targets: Self.targets(labels, classes: classes), alphas: alphas ?? [alpha], link: .none)
    }

    /// ±1 per class; two classes share one line.
    static func targets(_ labels: [Int], classes: Int) -> [[Double]] {
        classes == 2
            ? [labels.map { $0 == 1 ? 1 : -1 }]
            : (0..<classes).map { k in labels.map { $0 == k ? 1 : -1 } }
    }

    static func check(targets target: [Double], rows: Int) throws(AnalysisError) {
        guard target.count == rows else {
            throw AnalysisError(.shape, "\(target.count) targets for \(rows) rows", mend: "give one target per row")
        }
        if let bad = target.firstIndex(where: { !$0.isFinite }) {
            throw AnalysisError(.notFinite, "the target of row \(bad) is \(target[bad])", mend: "drop such rows first")
        }
    }

    static func check(alphas: [Double], rows: Int) throws(AnalysisError) {
        guard rows > 0 else {
            throw AnalysisError(.tooFew, "no row to learn from", mend: "check `where` and `split`")
        }
        for alpha in alphas {
            guard alpha >= 0, alpha.isFinite else {
                throw AnalysisError(.parameter, "alpha = \(alpha) is no penalty", mend: "give an alpha of 0 or more")
            }
        }
    }

    /// A regression on one number per row.
    ///
    /// - Throws: `.shape`, `.notFinite` for a target, `.tooFew` without rows, `.parameter`.
    public func regress(_ x: FeatureMatrix, target: [Double], alphas: [Double]? = nil) throws(AnalysisError)
        -> [LinearModel]
    {
        try Self.check(targets: target, rows: x.rows)
        return try solve(x, targets: [target], alphas: alphas ?? [alpha], link: .identity)
    }

    private func solve(
        _ x: FeatureMatrix, targets: [[Double]], alphas: [Double], link: LinearModel.Link
    ) throws(AnalysisError) -> [LinearModel] {
        try Self.check(alphas: alphas, rows: x.rows)
        let problem = CentredRows(x)
        let middles = targets.map { $0.reduce(0, +) / Double(x.rows) }
        let centred = zip(targets, middles).map { target, middle in target.map { $0 - middle } }
        let isDual = problem.gram == nil
        let square = problem.gram?.scatter ?? problem.rowProducts
        let size = isDual ? x.rows : x.columns
        let sides = isDual ? centred : centred.map { problem.transposed($0) }
        var models: [LinearModel] = []
        for alpha in alphas {
            var matrix = square
            for j in 0..<size { matrix[j * size + j] += alpha }
            let system = try PositiveSystem(matrix, size: size)
            var weights: [Double] = []
            var bias: [Double] = []
            for (side, middle) in zip(sides, middles) {
                var w: [Double]
                if isDual {
                    w = problem.transposed(system.solve(side))
                } else if problem.gram?.isDouble == true {
                    w = system.solve(side)
                } else {
                    w = system.refined(side) { v in
                        var product = problem.transposed(problem.product(v))
                        for j in product.indices { product[j] += alpha * v[j] }
                        return product
                    }
                }
                var b = middle
                for j in w.indices { b -= w[j] * problem.mean[j] }
                weights += w
                bias.append(b)
            }
            models.append(LinearModel(weights: weights, bias: bias, features: x.columns, link: link))
        }
        return models
    }
}

/// What every classifier needs of its labels.
func checkClasses(rows: Int, _ labels: [Int], classes: Int) throws(AnalysisError) {
    guard labels.count == rows, labels.allSatisfy({ $0 >= 0 && $0 < classes }) else {
        throw AnalysisError(.shape, "\(labels.count) labels for \(rows) rows", mend: "give one class per row")
    }
    var seen = [Bool](repeating: false, count: classes)
    for label in labels { seen[label] = true }
    guard classes > 1, let missing = seen.firstIndex(of: false) else {
        if classes > 1 { return }
        throw AnalysisError(
            .oneClass, "all \(rows) training rows are of one class",
            mend: "a classifier needs rows of two classes: check `where`, `contrast` and `split`")
    }
    throw AnalysisError(
        .oneClass, "no training row is of class \(missing)",
        mend: "a classifier needs rows of every class: check `where`, `contrast` and `split`")
}
