/// What the parts of a model are called in its files: a table that each family fills.
public struct TensorNames: Sendable, Hashable {
    /// Before every name but the unembedding's, such as `model.`; files saved from the inner model lack it.
    public var prefix = "model."
    /// [vocabulary, hidden].
    public var embedding = "embed_tokens"
    /// [positions, hidden], where there are learned ones.
    public var positions = "wpe"
    /// Followed by the layer's number.
    public var layers = "layers"
    public var finalNorm = "norm"
    /// [vocabulary, hidden]; never below the prefix.
    public var unembedding = "lm_head"
    public var attentionNorm = "input_layernorm"
    public var feedForwardNorm = "post_attention_layernorm"
    /// On what the blocks give, where the model has such norms.
    public var attentionPostNorm = "post_attention_layernorm"
    public var feedForwardPostNorm = "post_feedforward_layernorm"
    public var queryNorm = "self_attn.q_norm"
    public var keyNorm = "self_attn.k_norm"

    public var queries = "self_attn.q_proj"
    public var keys = "self_attn.k_proj"
    public var values = "self_attn.v_proj"
    /// Queries, keys and values in one.
    public var packedAttention = "self_attn.qkv_proj"
    public var attentionOutput = "self_attn.o_proj"
    public var gate = "mlp.gate_proj"
    public var up = "mlp.up_proj"
    /// Gate and up in one.
    public var packedGate = "mlp.gate_up_proj"
    public var down = "mlp.down_proj"

    /// Weights of linear modules are [inputs, outputs] in the file (GPT-2's Conv1D).
    public var isTransposed = false

    /// As the llama-like families have them.
    public init() {}
}
