internal import CBLAS

extension MatrixMultiply {
    /// C[n, n] = AᵀA for A[m, n], row-major; only C's upper triangle is written.
    public static func gram(_ a: Span<Float>, into c: inout MutableSpan<Float>, m: Int, n: Int) {
        precondition(a.count >= m * n && c.count >= n * n, "matrix smaller than its shape")
        guard m > 0, n > 0 else { return }
        unsafe a.withUnsafeBufferPointer { a in
            unsafe c.withUnsafeMutableBufferPointer { c in
                unsafe cblas_ssyrk(
                    CblasRowMajor, CblasUpper, CblasTrans, Int32(n), Int32(m), 1, a.baseAddress, Int32(n), 0,
                    c.baseAddress, Int32(n))
            }
        }
    }

    /// C[n, n] = AᵀA for A[m, n] in double precision, row-major; only C's upper triangle is written.
    public static func gram(_ a: Span<Double>, into c: inout MutableSpan<Double>, m: Int, n: Int) {
        precondition(a.count >= m * n && c.count >= n * n, "matrix smaller than its shape")
        guard m > 0, n > 0 else { return }
        unsafe a.withUnsafeBufferPointer { a in
            unsafe c.withUnsafeMutableBufferPointer { c in
                unsafe cblas_dsyrk(
                    CblasRowMajor, CblasUpper, CblasTrans, Int32(n), Int32(m), 1, a.baseAddress, Int32(n), 0,
                    c.baseAddress, Int32(n))
            }
        }
    }

    /// C[m, m] = AAᵀ for A[m, n] in double precision, row-major; only C's upper triangle is written.
    public static func rowProducts(_ a: Span<Double>, into c: inout MutableSpan<Double>, m: Int, n: Int) {
        precondition(a.count >= m * n && c.count >= m * m, "matrix smaller than its shape")
        guard m > 0, n > 0 else { return }
        unsafe a.withUnsafeBufferPointer { a in
            unsafe c.withUnsafeMutableBufferPointer { c in
                unsafe cblas_dsyrk(
                    CblasRowMajor, CblasUpper, CblasNoTrans, Int32(m), Int32(n), 1, a.baseAddress, Int32(n), 0,
                    c.baseAddress, Int32(m))
            }
        }
    }
}
