public import Tensor

/// Sees what a forward pass computes, while it is computed.
public protocol ActivationVisitor {
    /// Called once for each site of each layer that was run, in the order of computation.
    ///
    /// - Parameters:
    ///   - site: a dense point, or `lora` with the adapted module as its part.
    ///   - rows: [tokens, width], row-major; valid only during the call.
    mutating func visit(_ site: Site, rows: Span<Float>, width: Int)
}

extension ModelConfig {
    /// The dense points that `Decoder.run` offers, in the order of computation.
    public static let offeredPoints: [SitePoint] = [
        .embed, .residPre, .q, .k, .v, .z, .attnOut, .residMid, .mlpPre, .mlpAct, .mlpOut, .residPost,
    ]

    /// Numbers per token at a dense point; nil for points that are not offered.
    public func width(of point: SitePoint) -> Int? {
        switch point {
        case .embed, .residPre, .residMid, .residPost, .attnOut, .mlpOut: hiddenSize
        case .mlpPre, .mlpAct: feedForward.size
        case .q, .z: attention.headCount * attention.headSize
        case .k, .v: attention.keyValueHeadCount * attention.headSize
        case .pattern, .lora, .sae, .lnFinal, .logits: nil
        }
    }
}
