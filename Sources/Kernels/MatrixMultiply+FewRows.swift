internal import CBLAS
internal import CKernels
internal import Dispatch
public import Tensor

extension MatrixMultiply {
    /// Most rows for which `fewRows` is the better product: half precision would have to be widened before another.
    public static func fewRowsLimit(_ type: ElementType) -> Int { type == .float32 ? 16 : 32 }

    /// C[m, n] = A[m, k] · W[n, k]ᵀ + beta · C for few rows, as when a model speaks: such a product takes about as long as reading
    /// W does, so W is read once and as it is stored. On as many threads as `CPU.setBlasThreads` allows.
    ///
    /// - Parameter type: how W's numbers are stored: f32, f16 or bf16.
    public static func fewRows(
        _ a: Span<Float>, _ w: RawSpan, as type: ElementType, into c: inout MutableSpan<Float>, m: Int, n: Int, k: Int,
        beta: Float = 0
    ) {
        precondition(type.isFloatingPoint && type != .int8, "no product of this kind")
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
        let rows = unsafe m
        // Rows of W that stay near the processor while one group of A's rows after the other passes them.
        let block = 16
        for start in stride(from: columns.lowerBound, to: columns.upperBound, by: block) {
            let count = min(block, columns.upperBound - start)
            for row in stride(from: 0, to: rows, by: Int(VARVE_FEW_ROWS)) {
                unsafe multiply(start, count, row, min(Int(VARVE_FEW_ROWS), rows - row))
            }
        }
    }

    private func multiply(_ column: Int, _ columns: Int, _ row: Int, _ rows: Int) {
        let weights = unsafe w + column * k * type.byteCount
        let from = unsafe a + row * k
        let target = unsafe c + row * n + column
        switch unsafe type {
        case .float16:
            unsafe varve_few_rows_f16(
                from, rows, weights.assumingMemoryBound(to: UInt16.self), columns, k, beta, target, n)
        case .bfloat16:
            unsafe varve_few_rows_bf16(
                from, rows, weights.assumingMemoryBound(to: UInt16.self), columns, k, beta, target, n)
        default:
            unsafe varve_few_rows_f32(
                from, rows, weights.assumingMemoryBound(to: Float.self), columns, k, beta, target, n)
        }
    }
}
