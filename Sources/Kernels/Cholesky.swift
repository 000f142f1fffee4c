internal import CBLAS

/// The factor of a symmetric positive definite matrix, in double precision (LAPACK).
public struct Cholesky: Sendable {
    /// Rows and columns.
    public let size: Int
    private var factor: [Double]

    /// Factors scale · `matrix` + diag(`ridge`) (size × stride, row-major, symmetric; its upper triangle is read); nil where it
    /// isn't positive definite. O(size³ / 3).
    ///
    /// - Parameter ridge: nothing where nil
    public init?(_ matrix: Span<Double>, size: Int, stride: Int, scale: Double = 1, ridge: [Double]? = nil) {
        precondition(stride >= size && matrix.count >= (size - 1) * stride + size)
        self.size = size
        factor = [Double](repeating: 0, count: size * size)
        do {
            var to = factor.mutableSpan
            for i in 0..<size {
                for j in i..<size { to[i * size + j] = scale * matrix[i * stride + j] }
                if let ridge { to[i * size + i] += ridge[i] }
            }
        }
        // Row-major upper is what Fortran calls lower.
        var n = Int32(size)
        var info: Int32 = 0
        if size > 0 {
            unsafe factor.withUnsafeMutableBufferPointer { a in
                unsafe dpotrf_("L", &n, a.baseAddress, &n, &info)
            }
        }
        if info != 0 { return nil }
    }

    /// Whether no pivot lost more than 13 digits: the estimate (max lᵢᵢ / min lᵢᵢ)² ≤ cond(A) stays below 1e13.
    public var isWellConditioned: Bool {
        var low = Double.infinity
        var high = 0.0
        for i in 0..<size {
            low = min(low, factor[i * size + i])
            high = max(high, factor[i * size + i])
        }
        return size == 0 || (low > 0 && high.isFinite && high / low < 3.2e6)
    }

    /// Replaces b by A⁻¹b. O(size²).
    public func solve(_ b: inout MutableSpan<Double>) {
        precondition(b.count == size)
        guard size > 0 else { return }
        var n = Int32(size)
        var one: Int32 = 1
        var info: Int32 = 0
        unsafe factor.withUnsafeBufferPointer { a in
            unsafe b.withUnsafeMutableBufferPointer { b in
                unsafe dpotrs_("L", &n, &one, a.baseAddress, &n, b.baseAddress, &n, &info)
            }
        }
    }
}
