internal import CBLAS
internal import CKernels
internal import Dispatch
public import Tensor

extension MatrixMultiply {
    /// Most rows for which `fewRows` is the better product.
    public static let fewRowsLimit = Int(VARVE_FEW_ROWS)

    /// C[m, n] = A[m, k] · W[n, k]ᵀ + beta · C for at most `fewRowsLimit` rows, as when a model speaks: such a product takes as
    /// long as reading W does, so W is read once and as it is stored. On as many threads as `CPU.setBlasThreads` allows.
    ///
    /// - Parameter type: how W's numbers are stored: f32, f16 or bf16.
    public static func fewRows(
        _ a: Span<Float>, _ w: RawSpan, as type: ElementType, into c: inout MutableSpan<Float>, m: Int, n: Int, k: Int,
        beta: Float = 0
    ) {
        precondition(m <= fewRowsLimit && type.isFloatingPoint && type != .int8, "no product of this kind")
        precondition(a.count >= m * k && w.byteCount >= n * k * type.byteCount, "matrix smaller than its shape")
        precondition(c.count >= m * n, "matrix smaller than its shape")
        guard m > 0, n > 0, k > 0 else { return }
        unsafe a.withUnsafeBufferPointer { a in
            unsafe w.withUnsafeBytes { w in
                unsafe c.withUnsafeMutableBufferPointer { c in
                    guard let a = a.baseAddress, let w = w.baseAddress, let c = c.baseAddress else { return }
                    // Each thread fills columns of its own.
                    nonisolated(unsafe) let product = unsafe FewRows(
                        a: a, w: w, c: c, type: type, m: m, n: n, k: k, beta: beta)
                    // Below this, waking another thread takes longer than it saves.
                    let threads = n * k < 1 << 18 ? 1 : max(1, Int(openblas_get_num_threads()))
                    guard threads > 1 else { return unsafe product.multiply(0..<n) }
                    DispatchQueue.concurrentPerform(iterations: threads) { index in
                        unsafe product.multiply(n * index / threads..<n * (index + 1) / threads)
                    }
                }
            }
        }
    }
}

/// One product, some of whose columns can be filled at a time.
@unsafe private struct FewRows {
    let a: UnsafePointer<Float>
    let w: UnsafeRawPointer
    let c: UnsafeMutablePointer<Float>
    let type: ElementType
    let m: Int
    let n: Int
    let k: Int
    let beta: Float

    func multiply(_ columns: Range<Int>) {
        let from = columns.lowerBound
        let weights = unsafe w + from * k * type.byteCount
        switch unsafe type {
        case .float16:
            unsafe varve_few_rows_f16(
                a, m, weights.assumingMemoryBound(to: UInt16.self), columns.count, k, beta, c + from, n)
        case .bfloat16:
            unsafe varve_few_rows_bf16(
                a, m, weights.assumingMemoryBound(to: UInt16.self), columns.count, k, beta, c + from, n)
        default:
            unsafe varve_few_rows_f32(
                a, m, weights.assumingMemoryBound(to: Float.self), columns.count, k, beta, c + from, n)
        }
    }
}
