import Kernels

/// A v = b for a symmetric positive (semi)definite A, as ridge, LDA and whitening need it.
///
/// Cholesky where A is well conditioned; where it isn't (fewer rows than columns, constant or duplicate columns) the
/// pseudo-inverse from eigenvalues, those below size · ε of the largest left out: the solution of least length, as
/// `numpy.linalg.pinv(hermitian=True)` and `scipy.linalg.lstsq` give it.
struct PositiveSystem {
    private let size: Int
    private let factor: Cholesky?
    private let eigen: SymmetricEigen?
    /// Eigenvalues that count.
    private let kept: Int

    /// Whether directions without variance were left out.
    var isSingular: Bool { factor == nil && kept < size }

    /// - Parameter matrix: size × size, row-major; its upper triangle is read. O(size³ / 3), or a full eigendecomposition.
    init(_ matrix: [Double], size: Int) throws(AnalysisError) {
        self.size = size
        if let factor = Cholesky(matrix.span, size: size, stride: size), factor.isWellConditioned {
            self.factor = factor
            eigen = nil
            kept = size
            return
        }
        guard let eigen = SymmetricEigen(matrix, size: size) else {
            throw AnalysisError(
                .notFinite, "the matrix of products has no eigenvalues",
                mend: "drop rows or features that are not finite")
        }
        factor = nil
        let floor = (eigen.values.first ?? 0) * Double(size) * Double.ulpOfOne
        kept = eigen.values.prefix { $0 > floor }.count
        self.eigen = eigen
    }

    /// A⁻¹b, or A⁺b. O(size²).
    func solve(_ b: [Double]) -> [Double] {
        if let factor {
            var v = b
            var span = v.mutableSpan
            factor.solve(&span)
            return v
        }
        var v = [Double](repeating: 0, count: size)
        guard let eigen else { return v }
        for k in 0..<kept {
            let row = k * size
            var along = 0.0
            for j in 0..<size { along += eigen.vectors[row + j] * b[j] }
            along /= eigen.values[k]
            for j in 0..<size { v[j] += along * eigen.vectors[row + j] }
        }
        return v
    }

    /// The solution for the exact A, of which this is the system rounded to f32 products: conjugate gradients with this as
    /// preconditioner (Hestenes & Stiefel 1952), at most `limit` products A·v, to 1e-12 of ‖b‖ or as far as it still helps.
    ///
    /// - Parameter start: where to begin, instead of this system's own solution.
    func refined(_ b: [Double], limit: Int = 40, start: [Double]? = nil, product: ([Double]) -> [Double]) -> [Double] {
        var v = start ?? solve(b)
        var residual = product(v)
        for j in 0..<size { residual[j] = b[j] - residual[j] }
        let goal = 1e-12 * length(b)
        var z = solve(residual)
        var p = z
        var rz = dot(residual, z)
        var best = (v: v, length: length(residual))
        for _ in 0..<limit where best.length > goal && rz > 0 {
            let q = product(p)
            let curve = dot(p, q)
            guard curve > 0 else { break }
            let step = rz / curve
            for j in 0..<size {
                v[j] += step * p[j]
                residual[j] -= step * q[j]
            }
            let now = length(residual)
            if now < best.length { best = (v, now) } else if now > 100 * best.length { break }
            z = solve(residual)
            let next = dot(residual, z)
            for j in 0..<size { p[j] = z[j] + next / rz * p[j] }
            rz = next
        }
        return best.v
    }

    private func dot(_ a: [Double], _ b: [Double]) -> Double {
        var sum = 0.0
        for j in a.indices { sum += a[j] * b[j] }
        return sum
    }

    private func length(_ a: [Double]) -> Double { dot(a, a).squareRoot() }
}
