internal import CBLAS

/// Products on parts of larger matrices: a row begins `stride` numbers after the one before it.
extension MatrixMultiply {
    /// C[m, n] = A[m, k] · W[n, k]ᵀ + beta · C, each matrix with its own row stride.
    public static func rowsTimesTransposed(
        _ a: Span<Float>, stride lda: Int, _ w: Span<Float>, stride ldw: Int, into c: inout MutableSpan<Float>,
        stride ldc: Int, m: Int, n: Int, k: Int, beta: Float = 0
    ) {
        guard m > 0, n > 0, k > 0 else { return }
        precondition(lda >= k && ldw >= k && ldc >= n, "stride shorter than a row")
        precondition(a.count >= (m - 1) * lda + k && w.count >= (n - 1) * ldw + k, "matrix smaller than its shape")
        precondition(c.count >= (m - 1) * ldc + n, "matrix smaller than its shape")
        unsafe a.withUnsafeBufferPointer { a in
            unsafe w.withUnsafeBufferPointer { w in
                unsafe c.withUnsafeMutableBufferPointer { c in
                    unsafe cblas_sgemm(
                        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(m), Int32(n), Int32(k), 1, a.baseAddress,
                        Int32(lda), w.baseAddress, Int32(ldw), beta, c.baseAddress, Int32(ldc))
                }
            }
        }
    }

    /// C[m, n] = A[m, k] · B[k, n], each matrix with its own row stride.
    public static func rowsTimesColumns(
        _ a: Span<Float>, stride lda: Int, _ b: Span<Float>, stride ldb: Int, into c: inout MutableSpan<Float>,
        stride ldc: Int, m: Int, n: Int, k: Int
    ) {
        guard m > 0, n > 0, k > 0 else { return }
        precondition(lda >= k && ldb >= n && ldc >= n, "stride shorter than a row")
        precondition(a.count >= (m - 1) * lda + k && b.count >= (k - 1) * ldb + n, "matrix smaller than its shape")
        precondition(c.count >= (m - 1) * ldc + n, "matrix smaller than its shape")
        unsafe a.withUnsafeBufferPointer { a in
            unsafe b.withUnsafeBufferPointer { b in
                unsafe c.withUnsafeMutableBufferPointer { c in
                    unsafe cblas_sgemm(
                        CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(m), Int32(n), Int32(k), 1, a.baseAddress,
                        Int32(lda), b.baseAddress, Int32(ldb), 0, c.baseAddress, Int32(ldc))
                }
            }
        }
    }
}
