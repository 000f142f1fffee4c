public import TensorFiles

/// A decoder-only transformer in f32, ready to run. A value that many tasks can share.
public struct Decoder: Sendable {
    /// As the folder describes it, whatever part of the layers is loaded.
    public let config: ModelConfig
    /// Fingerprint of the configuration that matters and of every weight in use.
    public let digest: String
    /// [vocabulary, hidden].
    let embedding: [Float]
    let layers: [Layer]

    struct Layer: Sendable {
        let attentionNorm: [Float]
        let queries, keys, values, attentionOutput: LinearLayer
        let feedForwardNorm: [Float]
        let gate, up, down: LinearLayer
    }

    /// Loads `config.json` and the weights, one file or shards, of a Hugging Face folder.
    ///
    /// - Parameter layers: how many layers to load, from the first; nil for all.
    public init(folder: String, layers wanted: Int? = nil) throws(FileError) {
        try self.init(config: ModelConfig(folder: folder), folder: folder, layers: wanted)
    }

    /// Loads the weights of a folder whose configuration is already read.
    public init(config: ModelConfig, folder: String, layers wanted: Int? = nil) throws(FileError) {
        self.config = config
        var reader = WeightReader(try Safetensors(folder: folder))
        embedding = try reader.floats(
            "model.embed_tokens.weight", shape: [config.vocabularySize, config.hiddenSize])
        var layers: [Layer] = []
        for number in 0..<min(wanted ?? config.layerCount, config.layerCount) {
            layers.append(try Layer(number, config, from: &reader))
        }
        self.layers = layers
        var digest = ContentDigest()
        digest.update("\(config)")
        digest.update(reader.digest.text)
        self.digest = digest.text
    }
}

extension Decoder.Layer {
    fileprivate init(_ number: Int, _ config: ModelConfig, from reader: inout WeightReader) throws(FileError) {
        let prefix = "model.layers.\(number)."
        func linear(
            _ module: DecoderModule, bias: Bool, from reader: inout WeightReader
        ) throws(FileError) -> LinearLayer {
            let shape = config.shape(of: module)
            let name = prefix + module.rawValue
            return LinearLayer(
                weight: try reader.floats(name + ".weight", shape: [shape.outputs, shape.inputs]),
                bias: bias ? try reader.floats(name + ".bias", shape: [shape.outputs]) : nil, outputs: shape.outputs,
                inputs: shape.inputs)
        }
        let width = [config.hiddenSize]
        let attention = config.attention
        attentionNorm = try reader.floats(prefix + "input_layernorm.weight", shape: width)
        queries = try linear(.queries, bias: attention.hasInputBias, from: &reader)
        keys = try linear(.keys, bias: attention.hasInputBias, from: &reader)
        values = try linear(.values, bias: attention.hasInputBias, from: &reader)
        attentionOutput = try linear(.attentionOutput, bias: attention.hasOutputBias, from: &reader)
        feedForwardNorm = try reader.floats(prefix + "post_attention_layernorm.weight", shape: width)
        gate = try linear(.gate, bias: config.feedForward.hasBias, from: &reader)
        up = try linear(.up, bias: config.feedForward.hasBias, from: &reader)
        down = try linear(.down, bias: config.feedForward.hasBias, from: &reader)
    }
}
