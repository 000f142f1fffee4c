internal import TensorFiles

extension ModelConfig {
    /// Gemma 1: heads of their own size, norms times 1 + weight, an embedding times √d, and the tanh form of GELU whatever
    /// `hidden_act` says.
    init(gemma file: ConfigFile) throws(FileError) {
        try self.init(
            file, headSize: 256, inputBias: try file.flag("attention_bias", default: false),
            outputBias: try file.flag("attention_bias", default: false),
            activationKey: file.json["hidden_activation"] == nil ? "hidden_act" : "hidden_activation",
            activation: .geluTanh, tied: true)
        try file.require("use_bidirectional_attention", is: false)
        norm.kind = .rmsPlusOne
        embeddingScale = Float(Double(hiddenSize).squareRoot())
        // The first releases say "gelu" and mean the tanh form; transformers corrects it in the same way.
        if feedForward.activation == .gelu { feedForward.activation = .geluTanh }
    }

    /// Gemma 2: also soft caps, norms after both blocks, a scale of its own for scores, and windows in every other layer.
    init(gemma2 file: ConfigFile) throws(FileError) {
        let bias = try file.flag("attention_bias", default: false)
        try self.init(
            file, headSize: 256, inputBias: bias, outputBias: bias, activationKey: "hidden_activation",
            activation: .geluTanh, tied: true)
        try file.require("use_bidirectional_attention", is: false)
        norm.kind = .rmsPlusOne
        hasPostNorms = true
        embeddingScale = Float(Double(hiddenSize).squareRoot())
        attention.scoreScale = 1 / (try file.positive("query_pre_attn_scalar", default: 256)).squareRoot()
        attention.scoreCap = try file.cap("attn_logit_softcapping", default: 50)
        logitCap = try file.cap("final_logit_softcapping", default: 30)
        attention.windows = try file.windows(
            layerCount: layerCount, window: try file.slidingWindow(default: 4096)
        ) { $0 % 2 == 0 }
        tensors.feedForwardNorm = "pre_feedforward_layernorm"
    }
}
