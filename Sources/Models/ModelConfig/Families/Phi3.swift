internal import TensorFiles

extension ModelConfig {
    /// Phi-3 and Phi-4-mini: queries, keys and values in one module, gate and up in another.
    init(phi3 file: ConfigFile) throws(FileError) {
        try self.init(file)
        attention.packing = .blocks
        feedForward.isPacked = true
        norm.epsilon = try file.epsilon("rms_norm_eps", default: 1e-5)
        let window = try file.slidingWindow(default: nil)
        attention.windows = [Int?](repeating: window, count: layerCount)
    }
}
