internal import CBLAS

/// Dense products on OpenBLAS. All matrices are row-major f32.
public enum MatrixMultiply {
    /// C[m, n] = A[m, k] · W[n, k]ᵀ + beta · C: a linear layer on m tokens, weights as PyTorch keeps them.
    public static func rowsTimesTransposed(
        _ a: Span<Float>, _ w: Span<Float>, into c: inout MutableSpan<Float>, m: Int, n: Int, k: Int, beta: Float = 0
    ) {
        precondition(a.count >= m * k && w.count >= n * k && c.count >= m * n, "matrix smaller than its shape")
        guard m > 0, n > 0, k > 0 else { return }
        unsafe a.withUnsafeBufferPointer { a in
            unsafe w.withUnsafeBufferPointer { w in
                unsafe c.withUnsafeMutableBufferPointer { c in
                    unsafe cblas_sgemm(
                        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(m), Int32(n), Int32(k), 1, a.baseAddress,
                        Int32(k), w.baseAddress, Int32(k), beta, c.baseAddress, Int32(n))
                }
            }
        }
    }

    /// C[m, n] = A[m, k] · B[k, n] + beta · C.
    public static func rowsTimesColumns(
        _ a: Span<Float>, _ b: Span<Float>, into c: inout MutableSpan<Float>, m: Int, n: Int, k: Int, beta: Float = 0
    ) {
        precondition(a.count >= m * k && b.count >= k * n && c.count >= m * n, "matrix smaller than its shape")
        guard m > 0, n > 0, k > 0 else { return }
        unsafe a.withUnsafeBufferPointer { a in
            unsafe b.withUnsafeBufferPointer { b in
                unsafe c.withUnsafeMutableBufferPointer { c in
                    unsafe cblas_sgemm(
                        CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(m), Int32(n), Int32(k), 1, a.baseAddress,
                        Int32(k), b.baseAddress, Int32(n), beta, c.baseAddress, Int32(n))
                }
            }
        }
    }
}
