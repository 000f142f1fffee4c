internal import TensorFiles

extension ModelConfig {
    /// GPT-2 (and DistilGPT-2): learned positions, LayerNorm, a plain network, weights kept as [inputs, outputs].
    init(gpt2 file: ConfigFile) throws(FileError) {
        try file.require("scale_attn_by_inverse_layer_idx", is: false)
        try file.require("add_cross_attention", is: false)
        architecture = ""
        layerCount = try file.layerCount(file.json["n_layer"] == nil ? "num_hidden_layers" : "n_layer")
        hiddenSize = try file.size("n_embd", or: "hidden_size")
        vocabularySize = try file.size("vocab_size")
        maximumPositions = try file.size(
            "n_positions", or: file.json["max_position_embeddings"] == nil ? "n_ctx" : "max_position_embeddings")
        hasLearnedPositions = true
        let heads = try file.size("n_head", or: "num_attention_heads")
        guard heads <= 65536, hiddenSize % heads == 0 else {
            throw file.json.error("the hidden size \(hiddenSize) is not a multiple of the \(heads) attention heads")
        }
        let headSize = hiddenSize / heads
        attention = Attention(
            headCount: heads, keyValueHeadCount: heads, headSize: headSize, rotary: nil,
            windows: [Int?](repeating: nil, count: layerCount),
            scoreScale: try file.flag("scale_attn_weights", default: true) ? 1 / Double(headSize).squareRoot() : 1,
            packing: .blocks, hasInputBias: true, hasOutputBias: true)
        feedForward = FeedForward(
            size: try file.size("n_inner", default: 4 * hiddenSize),
            activation: try file.activation("activation_function", default: .geluTanh), isGated: false, hasBias: true)
        norm = Norm(kind: .layer, epsilon: try file.epsilon("layer_norm_epsilon", default: 1e-5))
        tiedEmbeddings = try file.flag("tie_word_embeddings", default: true)
        tensors = .gpt2
    }
}

extension TensorNames {
    fileprivate static var gpt2: TensorNames {
        var names = TensorNames()
        names.prefix = "transformer."
        names.embedding = "wte"
        names.positions = "wpe"
        names.layers = "h"
        names.finalNorm = "ln_f"
        names.attentionNorm = "ln_1"
        names.feedForwardNorm = "ln_2"
        names.packedAttention = "attn.c_attn"
        names.attentionOutput = "attn.c_proj"
        names.gate = "mlp.c_fc"
        names.down = "mlp.c_proj"
        names.isTransposed = true
        return names
    }
}
