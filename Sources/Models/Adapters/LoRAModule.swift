internal import Kernels
public import Tensor

/// One adapted linear module: y = W·x + scale · B·(A·x).
public struct LoRAModule: Sendable {
    /// `lora`, the layer, and the module's path within it.
    public let site: Site
    /// Scalars per token.
    public let rank: Int
    /// Width of what the module reads.
    public let inputSize: Int
    /// α/r, under rsLoRA α/√r.
    public let scale: Double
    /// ‖B‖₂ of every column: how far a scalar of 1 moves the output, before `scale`.
    public let bNorms: [Double]
    /// [rank, inputs], row-major.
    let a: [Float]
    /// scale · B, [outputs, rank], row-major.
    let scaledB: [Float]

    /// The raw scalars A·x, [count, rank], row-major: the same bits for a row whatever rows come with it.
    ///
    /// - Parameter rows: what the module reads, [count, inputSize].
    public func scalars(_ rows: Span<Float>, count: Int, into scalars: inout MutableSpan<Float>) {
        RowDots.products(rows, a.span, into: &scalars, rows: count, others: rank, width: inputSize)
    }
}

extension LoRAModule {
    /// The stored site that the module reads, where it is one: `z` for attention's output, `mlp_act` for the way down. What the
    /// other modules read, the normalised residual stream, is stored nowhere.
    public var source: Site? {
        guard let layer = site.layer, let part = site.part else { return nil }
        return SiteNames.site("layers.\(layer).\(part).input")
    }
}
