internal import Kernels

/// y = W·x + b on rows of tokens.
struct LinearLayer: Sendable {
    /// [outputs, inputs], row-major.
    let weight: [Float]
    let bias: [Float]?
    let outputs: Int
    let inputs: Int

    /// out[rows, outputs] = x[rows, inputs] · Wᵀ + b, plus the adapter's part where there is one.
    ///
    /// - Parameter scalars: receives the adapter's raw A·x, [rows, rank].
    func apply(
        _ x: [Float], rows: Int, adapter: LoRAModule?, into out: inout [Float], scalars: inout [Float]
    ) {
        var out = out.mutableSpan
        if let bias {
            let bias = bias.span
            for row in 0..<rows {
                let start = row * outputs
                for i in 0..<outputs { out[start + i] = bias[i] }
            }
        }
        MatrixMultiply.rowsTimesTransposed(
            x.span, weight.span, into: &out, m: rows, n: outputs, k: inputs, beta: bias == nil ? 0 : 1)
        guard let adapter else { return }
        if scalars.count < rows * adapter.rank {
            scalars = [Float](repeating: 0, count: rows * adapter.rank)
        }
        var low = scalars.mutableSpan
        MatrixMultiply.rowsTimesTransposed(x.span, adapter.a.span, into: &low, m: rows, n: adapter.rank, k: inputs)
        MatrixMultiply.rowsTimesTransposed(
            scalars.span, adapter.scaledB.span, into: &out, m: rows, n: outputs, k: adapter.rank, beta: 1)
    }
}
