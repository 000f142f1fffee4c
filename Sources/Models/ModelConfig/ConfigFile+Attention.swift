internal import TensorFiles

extension ConfigFile {
    /// Heads, their sizes and rotary positions of the llama-like families; without windows and with the usual scale.
    ///
    /// - Parameter headSize: where `head_dim` is missing; nil for the hidden size over the heads.
    func attention(
        hiddenSize: Int, layerCount: Int, headSize fallback: Int? = nil, inputBias: Bool, outputBias: Bool
    ) throws(FileError) -> ModelConfig.Attention {
        let heads = try json.member("num_attention_heads").int(in: 1...65536)
        let keyValueHeads = try json["num_key_value_heads"]?.int(in: 1...65536) ?? heads
        guard heads % keyValueHeads == 0 else {
            throw json.error("\(heads) attention heads cannot share \(keyValueHeads) key and value heads evenly")
        }
        let size = try headSize(hiddenSize: hiddenSize, heads: heads, fallback: fallback)
        return ModelConfig.Attention(
            headCount: heads, keyValueHeadCount: keyValueHeads, headSize: size,
            rotary: try rotary(headSize: size), windows: [Int?](repeating: nil, count: layerCount),
            scoreScale: 1 / Double(size).squareRoot(), hasInputBias: inputBias, hasOutputBias: outputBias)
    }

    private func headSize(hiddenSize: Int, heads: Int, fallback: Int?) throws(FileError) -> Int {
        if let value = json["head_dim"] { return try value.int(in: 1...65536) }
        if let fallback { return fallback }
        guard hiddenSize % heads == 0 else {
            throw json.error("the hidden size \(hiddenSize) is not a multiple of the \(heads) attention heads")
        }
        return hiddenSize / heads
    }

    /// How many tokens a token of each layer sees: `layer_types` where it is there, else what the family says.
    ///
    /// - Parameter window: tokens seen in a layer of sliding attention; nil where no layer may have it.
    func windows(
        layerCount: Int, window: Int?, _ isSliding: (Int) -> Bool
    ) throws(FileError) -> [Int?] {
        guard let types = json["layer_types"] else {
            return (0..<layerCount).map { isSliding($0) ? window : nil }
        }
        var windows: [Int?] = []
        for type in try types.elements() {
            switch try type.string() {
            case "full_attention": windows.append(nil)
            case "sliding_attention":
                guard let window else {
                    throw type.error("\(type.shown) needs a sliding_window, which is not there or switched off")
                }
                windows.append(window)
            default: throw type.error("attention of type \(type.shown) is not available")
            }
        }
        guard windows.count == layerCount else {
            throw types.error("lists \(windows.count) layers, the model has \(layerCount)")
        }
        return windows
    }

    /// `sliding_window`, which is at least 1; `value` where the key is missing, nil where it is null.
    func slidingWindow(default value: Int?) throws(FileError) -> Int? {
        if isNull("sliding_window") { return nil }
        return try json["sliding_window"]?.int(in: 1...(1 << 30)) ?? value
    }

    /// Qwen's: from `max_window_layers` on, once `use_sliding_window` says so.
    func qwenWindows(layerCount: Int) throws(FileError) -> [Int?] {
        var window: Int?
        if let uses = json["use_sliding_window"], try uses.bool() {
            window = try slidingWindow(default: 4096)
            guard window != nil else { throw uses.error("is true, but sliding_window is null") }
        }
        let first = try json["max_window_layers"]?.int(in: 0...(1 << 30)) ?? 28
        return try windows(layerCount: layerCount, window: window) { $0 >= first }
    }
}
