internal import Kernels

/// y = W·x + b on rows of tokens.
struct LinearLayer: Sendable {
    let module: LinearModule
    /// [outputs, inputs].
    let weight: StoredMatrix
    let bias: [Float]?

    /// out[rows, outputs] = x[rows, inputs] · Wᵀ + b, plus the adapter's part where there is one.
    ///
    /// - Parameters:
    ///   - scalars: receives the adapter's raw A·x, [rows, rank].
    ///   - tile: scratch memory.
    func apply(
        _ x: [Float], rows: Int, adapter: LoRAModule?, into out: inout [Float], scalars: inout [Float],
        tile: inout [Float]
    ) {
        var out = out.mutableSpan
        if let bias { DecoderLoops.fill(&out, with: bias.span, rows: rows) }
        weight.multiply(x.span, count: rows, into: &out, beta: bias == nil ? 0 : 1, tile: &tile)
        guard let adapter else { return }
        if scalars.count < rows * adapter.rank {
            scalars = [Float](repeating: 0, count: rows * adapter.rank)
        }
        var low = scalars.mutableSpan
        adapter.scalars(x.span, count: rows, into: &low)
        MatrixMultiply.rowsTimesTransposed(
            scalars.span, adapter.scaledB.span, into: &out, m: rows, n: module.outputs, k: adapter.rank, beta: 1)
    }
}
