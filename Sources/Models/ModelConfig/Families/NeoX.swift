internal import TensorFiles

extension ModelConfig {
    /// GPT-NeoX and Pythia: both blocks side by side on one residual stream unless told otherwise, a quarter of each head turned,
    /// queries, keys and values of a head together in one module.
    init(neoX file: ConfigFile) throws(FileError) {
        architecture = ""
        layerCount = try file.layerCount()
        hiddenSize = try file.size("hidden_size")
        vocabularySize = try file.size("vocab_size")
        maximumPositions = try file.maximumPositions()
        let heads = try file.json.member("num_attention_heads").int(in: 1...65536)
        guard hiddenSize % heads == 0 else {
            throw file.json.error("the hidden size \(hiddenSize) is not a multiple of the \(heads) attention heads")
        }
        let headSize = hiddenSize / heads
        let bias = try file.flag("attention_bias", default: true)
        attention = Attention(
            headCount: heads, keyValueHeadCount: heads, headSize: headSize,
            rotary: try file.rotary(
                headSize: headSize, baseKey: "rotary_emb_base", part: 0.25, partKey: "rotary_pct"),
            windows: [Int?](repeating: nil, count: layerCount), scoreScale: 1 / Double(headSize).squareRoot(),
            packing: .byHead, hasInputBias: bias, hasOutputBias: bias)
        feedForward = FeedForward(
            size: try file.size("intermediate_size"), activation: try file.activation("hidden_act", default: .gelu),
            isGated: false, hasBias: true)
        norm = Norm(kind: .layer, epsilon: try file.epsilon("layer_norm_eps", default: 1e-5))
        isParallel = try file.flag("use_parallel_residual", default: true)
        tiedEmbeddings = try file.flag("tie_word_embeddings", default: false)
        tensors = .neoX
    }
}

extension TensorNames {
    fileprivate static var neoX: TensorNames {
        var names = TensorNames()
        names.prefix = "gpt_neox."
        names.embedding = "embed_in"
        names.finalNorm = "final_layer_norm"
        names.unembedding = "embed_out"
        names.packedAttention = "attention.query_key_value"
        names.attentionOutput = "attention.dense"
        names.gate = "mlp.dense_h_to_4h"
        names.down = "mlp.dense_4h_to_h"
        return names
    }
}
