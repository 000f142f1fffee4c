/// A linear module of a llama-like decoder layer. The raw value is its path within the layer.
public enum DecoderModule: String, Sendable, Hashable, CaseIterable {
    case queries = "self_attn.q_proj"
    case keys = "self_attn.k_proj"
    case values = "self_attn.v_proj"
    case attentionOutput = "self_attn.o_proj"
    case gate = "mlp.gate_proj"
    case up = "mlp.up_proj"
    case down = "mlp.down_proj"
}

extension ModelConfig {
    /// Inputs and outputs of one linear module of a layer.
    public func shape(of module: DecoderModule) -> (outputs: Int, inputs: Int) {
        linearModules.first { $0.path == module.rawValue }.map { ($0.outputs, $0.inputs) } ?? (0, 0)
    }
}
