import Kernels

/// Linear discriminant analysis with shrinkage, as scikit-learn's `LinearDiscriminantAnalysis(solver="lsqr")`.
///
/// With C = Σ πₖCₖ, Cₖ the covariance of class k (ddof 0) and πₖ its share of the rows: wₖ = C⁻¹μₖ, bₖ = −½ μₖᵀC⁻¹μₖ + log πₖ;
/// two classes share one line, w₁ − w₀. Shrinkage acts on every class's covariance: (1 − s)Cₖ + s·(tr Cₖ/d)·I for a number,
/// Ledoit & Wolf's (2004) s on the class's z-scores for `ledoitWolf`. A singular C (n < d without shrinkage) takes its
/// pseudo-inverse, and the fit says so.
public struct LinearDiscriminant: Sendable, Hashable {
    /// How covariances are drawn towards a multiple of the identity.
    public enum Shrinkage: Sendable, Hashable {
        case none, ledoitWolf
        /// 0 … 1.
        case fixed(Double)

        /// Whether covariances stay as they are.
        var isNone: Bool { self == .none || self == .fixed(0) }
    }

    public var shrinkage: Shrinkage

    public init(shrinkage: Shrinkage = .none) { self.shrinkage = shrinkage }

    /// A fitted model.
    public struct Fit: Sendable, Hashable {
        public let model: LinearModel
        /// The shrinkage of each class.
        public let shrinkage: [Double]
        /// Whether directions without variance were left out.
        public let isSingular: Bool
    }

    /// O(n · d² + d³).
    ///
    /// - Parameter labels: 0 ..< classes, one per row.
    /// - Throws: `.shape`, `.oneClass`, `.parameter`.
    public func fit(_ x: FeatureMatrix, labels: [Int], classes: Int) throws(AnalysisError) -> Fit {
        try checkClasses(rows: x.rows, labels, classes: classes)
        try checkShrinkage()
        let within = try WithinCovariance(x, labels: labels, classes: classes, shrinkage: shrinkage)
        let isDual = within.groups.allSatisfy { $0.shrinkage == 0 } && x.rows < x.columns
        let dual = isDual ? try WithinPseudoInverse(within) : nil
        let system = isDual ? nil : try PositiveSystem(within.matrix, size: x.columns)
        func solved(_ side: [Double]) -> [Double] {
            if let dual { return dual.solve(side) }
            guard let system else { return side }
            if within.isDouble || system.isSingular { return system.solve(side) }
            return system.refined(side) { within.product($0) }
        }
        return Fit(
            model: Self.model(
                means: within.groups.map(\.mean), priors: within.groups.map { Double($0.rows.rows) / Double(x.rows) },
                solved),
            shrinkage: within.groups.map(\.shrinkage), isSingular: isDual || system?.isSingular == true)
    }

    func checkShrinkage() throws(AnalysisError) {
        guard case .fixed(let s) = shrinkage, !(s >= 0 && s <= 1) else { return }
        throw AnalysisError(
            .parameter, "shrinkage = \(s) is no share", mend: "give a number from 0 to 1, `auto` or `none`")
    }

    /// The lines between classes.
    ///
    /// - Parameter solved: C⁻¹ of a vector
    static func model(means: [[Double]], priors: [Double], _ solved: ([Double]) -> [Double]) -> LinearModel {
        var weights: [Double] = []
        var bias: [Double] = []
        if means.count == 2 {
            let (a, b) = (means[0], means[1])
            let w = solved(zip(a, b).map { $1 - $0 })
            var middle = 0.0
            for j in w.indices { middle += w[j] * (a[j] + b[j]) / 2 }
            weights = w
            bias = [logarithm(priors[1] / priors[0]) - middle]
        } else {
            for (mean, prior) in zip(means, priors) {
                let w = solved(mean)
                var half = 0.0
                for j in w.indices { half += w[j] * mean[j] / 2 }
                weights += w
                bias.append(logarithm(prior) - half)
            }
        }
        return LinearModel(
            weights: weights, bias: bias, features: means[0].count, link: means.count == 2 ? .sigmoid : .softmax)
    }
}

/// C = Σ πₖ ((1 − sₖ) Cₖ + diagonal), with products against the rows themselves.
struct WithinCovariance {
    struct Group {
        let rows: FeatureMatrix
        let mean: [Double]
        let shrinkage: Double
    }

    let groups: [Group]
    /// d × d, upper triangle.
    private(set) var matrix: [Double]
    /// What shrinkage adds on the diagonal.
    private var added: [Double]
    private let total: Double
    let isDouble: Bool

    init(
        _ x: FeatureMatrix, labels: [Int], classes: Int, shrinkage: LinearDiscriminant.Shrinkage
    ) throws(AnalysisError) {
        let d = x.columns
        total = Double(x.rows)
        // Fewer rows than columns and nothing added on the diagonal: the n × n products serve instead.
        let needsScatter = x.rows >= d || !shrinkage.isNone
        matrix = [Double](repeating: 0, count: needsScatter ? d * d : 0)
        added = [Double](repeating: 0, count: d)
        var groups: [Group] = []
        var isDouble = true
        var members = [[Int]](repeating: [], count: classes)
        for (row, label) in labels.enumerated() { members[label].append(row) }
        for k in 0..<classes {
            let rows = x.selecting(members[k])
            let n = Double(rows.rows)
            guard needsScatter else {
                groups.append(Group(rows: rows, mean: Moments(rows).mean, shrinkage: 0))
                continue
            }
            let gram = GramState(rows)
            isDouble = isDouble && gram.isDouble
            let variances = gram.sumsOfSquares.map { $0 / n }
            let s: Double
            let target: [Double]
            switch shrinkage {
            case .none: (s, target) = (0, [])
            case .fixed(let share):
                let mean = d == 0 ? 0 : variances.reduce(0, +) / Double(d)
                (s, target) = (share, [Double](repeating: mean, count: d))
            case .ledoitWolf:
                let wolf = try LedoitWolf(rows, gram: gram)
                (s, target) = (wolf.shrinkage, wolf.target)
            }
            let prior = n / total
            for i in 0..<d {
                for j in i..<d { matrix[i * d + j] += (1 - s) / total * gram.scatter[i * d + j] }
                if s > 0 {
                    matrix[i * d + i] += prior * s * target[i]
                    added[i] += prior * s * target[i]
                }
            }
            groups.append(Group(rows: rows, mean: gram.mean, shrinkage: s))
        }
        self.groups = groups
        self.isDouble = isDouble
    }

    /// C·v from the rows in double precision. O(n · d).
    func product(_ v: [Double]) -> [Double] {
        var sum = zip(added, v).map { $0 * $1 }
        for group in groups {
            let centred = CentredRows(group.rows, mean: group.mean)
            let part = centred.transposed(centred.product(v))
            for j in sum.indices { sum[j] += (1 - group.shrinkage) / total * part[j] }
        }
        return sum
    }
}

/// The shrinkage that minimises the expected squared error of a covariance (Ledoit & Wolf, "A well-conditioned estimator for
/// large-dimensional covariance matrices", 2004), on z-scores as scikit-learn's LDA takes it.
struct LedoitWolf {
    /// s, 0 … 1.
    let shrinkage: Double
    /// What s multiplies on the diagonal: the mean variance of the z-scores, back in each column's units.
    let target: [Double]

    /// O(n · d²) for the scatter of z-scores, which is the rows' scatter rescaled.
    init(_ rows: FeatureMatrix, gram: GramState) throws(AnalysisError) {
        let (n, d) = (Double(rows.rows), rows.columns)
        let scaler = try Standardizer(rows)
        // z-scores in double precision: scatter by rescaling, squares row by row.
        var trace = [Double](repeating: 0, count: d)
        for j in 0..<d { trace[j] = gram.scatter[j * d + j] / (scaler.scale[j] * scaler.scale[j]) / n }
        let sum = trace.reduce(0, +)
        let mu = d == 0 ? 0 : sum / Double(d)
        target = scaler.scale.map { mu * $0 * $0 }
        guard d > 1 else {
            shrinkage = 0
            return
        }
        var fourth = 0.0
        for row in 0..<rows.rows {
            var square = 0.0
            for j in 0..<d {
                let z = (Double(rows.values[row * d + j]) - gram.mean[j]) / scaler.scale[j]
                square += z * z
            }
            fourth += square * square
        }
        var delta = 0.0
        for i in 0..<d {
            for j in i..<d {
                let z = gram.scatter[i * d + j] / (scaler.scale[i] * scaler.scale[j]) / n
                delta += (i == j ? 1 : 2) * z * z
            }
        }
        let beta = (fourth / n - delta) / (Double(d) * n)
        let spread = (delta - 2 * mu * sum + Double(d) * mu * mu) / Double(d)
        let least = min(beta, spread)
        shrinkage = least == 0 ? 0 : least / spread
    }
}

/// C⁺ of rows that are fewer than their columns: with W the rows minus their class's mean, C = WᵀW/n and
/// C⁺b = n·Wᵀ((WWᵀ)⁺)²Wb, from n × n products alone.
struct WithinPseudoInverse {
    private let centred: FeatureMatrix
    private let eigen: SymmetricEigen
    private let kept: Int

    /// O(n² · d + n³).
    init(_ within: WithinCovariance) throws(AnalysisError) {
        var values: [Float] = []
        var rows = 0
        let columns = within.groups.first?.mean.count ?? 0
        for group in within.groups {
            for row in 0..<group.rows.rows {
                for j in 0..<columns {
                    values.append(Float(Double(group.rows.values[row * columns + j]) - group.mean[j]))
                }
            }
            rows += group.rows.rows
        }
        centred = try FeatureMatrix(values, rows: rows, columns: columns)
        let products = CentredRows(centred, mean: [Double](repeating: 0, count: columns)).rowProducts
        guard let eigen = SymmetricEigen(products, size: rows) else {
            throw AnalysisError(
                .notFinite, "the products of rows have no eigenvalues", mend: "drop rows that are not finite")
        }
        self.eigen = eigen
        // Centred rows are rounded to f32: directions below that carry rounding alone.
        let floor = (eigen.values.first ?? 0) * Double(rows) * Double(Float.ulpOfOne) * Double(Float.ulpOfOne)
        kept = eigen.values.prefix { $0 > floor }.count
    }

    func solve(_ b: [Double]) -> [Double] {
        let rows = CentredRows(centred, mean: [Double](repeating: 0, count: centred.columns))
        let n = centred.rows
        let along = rows.product(b)
        var inner = [Double](repeating: 0, count: n)
        for k in 0..<kept {
            var c = 0.0
            for i in 0..<n { c += eigen.vectors[k * n + i] * along[i] }
            c *= Double(n) / (eigen.values[k] * eigen.values[k])
            for i in 0..<n { inner[i] += c * eigen.vectors[k * n + i] }
        }
        return rows.transposed(inner)
    }
}
