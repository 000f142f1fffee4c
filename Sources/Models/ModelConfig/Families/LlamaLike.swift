internal import TensorFiles

extension ModelConfig {
    /// What Qwen, Llama, Mistral, Gemma and Phi-3 share: RMS norms before both blocks, rotary positions, a gated network.
    init(
        _ file: ConfigFile, headSize: Int? = nil, inputBias: Bool = false, outputBias: Bool = false,
        feedForwardBias: Bool = false, activationKey: String = "hidden_act", activation: Activation = .silu,
        tied: Bool = false
    ) throws(FileError) {
        architecture = ""
        layerCount = try file.layerCount()
        hiddenSize = try file.size("hidden_size")
        vocabularySize = try file.size("vocab_size")
        maximumPositions = try file.maximumPositions()
        attention = try file.attention(
            hiddenSize: hiddenSize, layerCount: layerCount, headSize: headSize, inputBias: inputBias,
            outputBias: outputBias)
        feedForward = FeedForward(
            size: try file.size("intermediate_size"),
            activation: try file.activation(activationKey, default: activation), isGated: true,
            hasBias: feedForwardBias)
        norm = Norm(kind: .rms, epsilon: try file.epsilon("rms_norm_eps", default: 1e-6))
        tiedEmbeddings = try file.flag("tie_word_embeddings", default: tied)
        tensors = TensorNames()
    }

    /// Llama 1 to 3.2, and what follows their form (Vicuna, TinyLlama, SmolLM, DeepSeek distillations).
    init(llama file: ConfigFile) throws(FileError) {
        // SmolLM's configurations name it; transformers knows only halves that are paired.
        try file.require("rope_interleaved", is: false)
        let bias = try file.flag("attention_bias", default: false)
        try self.init(
            file, inputBias: bias, outputBias: bias, feedForwardBias: try file.flag("mlp_bias", default: false))
    }

    /// Mistral 7B and its kin: every layer sees a window, unless `sliding_window` is null.
    init(mistral file: ConfigFile) throws(FileError) {
        try self.init(file)
        let window = try file.slidingWindow(default: 4096)
        attention.windows = [Int?](repeating: window, count: layerCount)
        // transformers doesn't read layer_types here: one that says otherwise would be a misunderstanding.
        if let types = file.json["layer_types"],
            try file.windows(layerCount: layerCount, window: window, { _ in true }) != attention.windows
        {
            throw types.error("contradicts sliding_window, which holds for every layer of this architecture")
        }
    }
}
