public import Tensor

/// One adapted linear module: y = W·x + scale · B·(A·x).
public struct LoRAModule: Sendable {
    /// `lora`, the layer, and the module's path within it.
    public let site: Site
    /// Scalars per token.
    public let rank: Int
    /// α/r, under rsLoRA α/√r.
    public let scale: Double
    /// ‖B‖₂ of every column: how far a scalar of 1 moves the output, before `scale`.
    public let bNorms: [Double]
    /// [rank, inputs], row-major.
    let a: [Float]
    /// scale · B, [outputs, rank], row-major.
    let scaledB: [Float]
}
