import Kernels

/// Principal components of rows, from their scatter: the eigenvectors of S/(n − 1) with the largest eigenvalues.
///
/// As scikit-learn's `PCA`: variances with ddof 1, every component's largest entry by size positive (`svd_flip`), fewer rows
/// than asked for give n components at most.
public struct PCA: Sendable, Hashable {
    /// count × d: component k is row k, of length 1.
    public let components: [Double]
    /// Variance along each component, falling.
    public let variances: [Double]
    /// Each component's share of the total variance; NaN where nothing varies.
    public let shares: [Double]
    /// μ per column: what is subtracted before projecting.
    public let mean: [Double]
    /// d.
    public let columns: Int

    /// From a merged state. O(d³).
    ///
    /// - Throws: `.tooFew` for fewer than two rows, `.parameter` for a count below 1, `.notFinite`.
    public init(_ state: GramState, count: Int) throws(AnalysisError) {
        try Self.check(rows: state.count, count: count)
        guard let eigen = SymmetricEigen(state.scatter, size: state.columns, largest: min(count, state.count)) else {
            throw Self.noEigenvalues
        }
        self.init(
            vectors: eigen.vectors, values: eigen.values, total: state.sumsOfSquares.reduce(0, +), rows: state.count,
            mean: state.mean)
    }

    /// The rows of a matrix, with fewer rows than columns by the n × n products of rows. O(n · d · min(n, d)).
    ///
    /// - Throws: as above.
    public init(_ x: FeatureMatrix, count: Int) throws(AnalysisError) {
        guard x.rows < x.columns else {
            try self.init(GramState(x), count: count)
            return
        }
        try Self.check(rows: x.rows, count: count)
        let centred = CentredRows(x)
        let n = x.rows
        let products = centred.rowProducts
        guard let eigen = SymmetricEigen(products, size: n, largest: min(count, n)) else { throw Self.noEigenvalues }
        var vectors: [Double] = []
        for k in eigen.values.indices {
            // Component = Xcᵀu / √λ; the last of n centred rows has nothing left.
            var v = centred.transposed(Array(eigen.vectors[k * n..<(k + 1) * n]))
            let length = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
            if length > 0 { for j in v.indices { v[j] /= length } }
            vectors += v
        }
        self.init(
            vectors: vectors, values: eigen.values, total: (0..<n).reduce(0.0) { $0 + products[$1 * n + $1] }, rows: n,
            mean: centred.mean)
    }

    private init(vectors: [Double], values: [Double], total: Double, rows: Int, mean: [Double]) {
        let freedom = Double(rows - 1)
        columns = mean.count
        self.mean = mean
        variances = values.map { max(0, $0) / freedom }
        shares = values.map { max(0, $0) / total }
        components = Self.signed(vectors, columns: mean.count)
    }

    private static func check(rows: Int, count: Int) throws(AnalysisError) {
        guard rows > 1 else {
            throw AnalysisError(
                .tooFew, "\(rows) row\(rows == 1 ? " has" : "s have") no variance", mend: "give at least 2 rows")
        }
        guard count > 0 else {
            throw AnalysisError(.parameter, "\(count) components are none", mend: "ask for at least 1")
        }
    }

    private static var noEigenvalues: AnalysisError {
        AnalysisError(.notFinite, "the scatter has no eigenvalues", mend: "drop rows or features that are not finite")
    }

    /// Coordinates along the components, rows × count. O(n · d · count).
    ///
    /// - Throws: `.shape`.
    public func projected(_ x: FeatureMatrix) throws(AnalysisError) -> [Double] {
        var columnsOfAnswer: [[Double]] = []
        for k in variances.indices {
            let w = Array(components[k * columns..<(k + 1) * columns])
            var shift = 0.0
            for j in 0..<columns { shift -= w[j] * mean[j] }
            columnsOfAnswer.append(try linearDecisions(x, weights: w, bias: shift))
        }
        return (0..<x.rows).flatMap { row in columnsOfAnswer.map { $0[row] } }
    }

    /// Turns every vector so that its entry of largest size (the first of equals) is positive.
    private static func signed(_ vectors: [Double], columns: Int) -> [Double] {
        var turned = vectors
        for start in stride(from: 0, to: vectors.count, by: max(1, columns)) {
            var top = start
            for j in start..<start + columns where abs(turned[j]) > abs(turned[top]) { top = j }
            if turned[top] < 0 { for j in start..<start + columns { turned[j] = -turned[j] } }
        }
        return turned
    }
}
