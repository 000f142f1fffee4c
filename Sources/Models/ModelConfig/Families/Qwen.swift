internal import TensorFiles

extension ModelConfig {
    /// Qwen1.5, Qwen2, Qwen2.5: a bias on queries, keys and values; windows only where they are switched on.
    init(qwen2 file: ConfigFile) throws(FileError) {
        try self.init(file, inputBias: true)
        attention.windows = try file.qwenWindows(layerCount: layerCount)
    }

    /// Qwen3: no bias, a norm on each head of queries and keys.
    init(qwen3 file: ConfigFile) throws(FileError) {
        let bias = try file.flag("attention_bias", default: false)
        try self.init(file, headSize: 128, inputBias: bias, outputBias: bias)
        attention.windows = try file.qwenWindows(layerCount: layerCount)
        attention.hasQueryKeyNorm = true
    }
}
