public import Tensor

/// Sees what a forward pass computes, while it is computed.
public protocol ActivationVisitor {
    /// Called once for each site of each layer that was run, in the order of computation.
    ///
    /// - Parameters:
    ///   - site: a dense point, or `lora` with the adapted module as its part.
    ///   - rows: [tokens, width], row-major; valid only during the call.
    mutating func visit(_ site: Site, rows: Span<Float>, width: Int)

    /// Called once at the end of a pass that finishes with `PassEnd.logits`.
    mutating func visit(logits: LogitStatistics)
}

extension ActivationVisitor {
    /// Statistics of the next token are of no interest.
    public mutating func visit(logits: LogitStatistics) {}
}

extension ModelConfig {
    /// The dense points that `Decoder.run` can offer, in the order of computation; see `width(of:)` for those of this model.
    ///
    /// They mean what TransformerLens' hooks of the same name mean:
    /// - `embed` is the token's own vector, times Gemma's √d; learned positions are added after it.
    /// - `q`, `k`, `v` are what the projections give, before the norms of Qwen3's heads and before rotary positions; `z` is what
    ///   the projection back reads.
    /// - `attn_out` and `mlp_out` are what is added to the residual stream: after Gemma 2's post-norms.
    /// - `mlp_pre` is the gate, or the only first half, before its activation; `mlp_act` is what `down` reads.
    /// - `resid_mid` lies between the two blocks: a model with parallel blocks has none.
    /// - `ln_final` is what the final norm gives, weight and bias included.
    public static let offeredPoints: [SitePoint] = [
        .embed, .residPre, .q, .k, .v, .z, .attnOut, .residMid, .mlpPre, .mlpAct, .mlpOut, .residPost, .lnFinal,
    ]

    /// Numbers per token at a dense point; nil for points that this model does not have.
    public func width(of point: SitePoint) -> Int? {
        switch point {
        case .residMid: isParallel ? nil : hiddenSize
        case .embed, .residPre, .residPost, .attnOut, .mlpOut, .lnFinal: hiddenSize
        case .mlpPre, .mlpAct: feedForward.size
        case .q, .z: attention.queryWidth
        case .k, .v: attention.keyValueWidth
        case .pattern, .lora, .sae, .logits: nil
        }
    }
}
