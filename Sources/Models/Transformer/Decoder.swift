public import TensorFiles

/// A decoder-only transformer, ready to run: weights as they are stored, everything computed in f32. A value that many tasks
/// can share.
public struct Decoder: Sendable {
    /// As the folder describes it, whatever part of the layers is loaded.
    public let config: ModelConfig
    /// Fingerprint of the configuration that matters and of every weight in use.
    public let digest: String
    /// [vocabulary, hidden].
    let embedding: StoredMatrix
    /// [positions, hidden].
    let positions: StoredMatrix?
    let layers: [DecoderLayer]
    /// nil where only some layers are loaded, as is the unembedding.
    let finalNorm: Normalisation?
    /// [vocabulary, hidden]; the embedding where the two are one.
    let unembedding: StoredMatrix?

    /// Loads `config.json` and the weights, one file or shards, of a Hugging Face folder.
    ///
    /// - Parameter layers: how many layers to load, from the first; nil for all.
    public init(folder: String, layers wanted: Int? = nil) throws(FileError) {
        try self.init(config: ModelConfig(folder: folder), folder: folder, layers: wanted)
    }

    /// Loads the weights of a folder whose configuration is already read.
    public init(config: ModelConfig, folder: String, layers wanted: Int? = nil) throws(FileError) {
        try self.init(config: config, file: Safetensors(folder: folder), layers: wanted)
    }

    /// Loads the weights of an open file or set of shards. Every tensor is checked before memory for it is taken.
    public init(config: ModelConfig, file: Safetensors, layers wanted: Int? = nil) throws(FileError) {
        self.config = config
        let names = config.tensors
        // Files saved from the inner model have no prefix.
        let prefix =
            file[names.prefix + names.embedding + ".weight"] == nil && file[names.embedding + ".weight"] != nil
            ? "" : names.prefix
        var reader = WeightReader(file)
        let width = config.hiddenSize
        let embedding = try reader.matrix(
            prefix + names.embedding + ".weight", rows: config.vocabularySize, columns: width)
        self.embedding = embedding
        positions =
            config.hasLearnedPositions
            ? try reader.matrix(
                prefix + names.positions + ".weight", rows: config.maximumPositions ?? 0, columns: width) : nil
        let count = min(wanted ?? config.layerCount, config.layerCount)
        var layers: [DecoderLayer] = []
        for number in 0..<count {
            layers.append(
                try DecoderLayer(config, from: &reader, prefix: "\(prefix)\(names.layers).\(number)."))
        }
        self.layers = layers
        if count == config.layerCount {
            finalNorm = try Normalisation(config, from: &reader, prefix + names.finalNorm, width: width)
            unembedding =
                config.tiedEmbeddings
                ? embedding
                : try reader.matrix(names.unembedding + ".weight", rows: config.vocabularySize, columns: width)
        } else {
            finalNorm = nil
            unembedding = nil
        }
        var digest = ContentDigest()
        digest.update("\(config)")
        digest.update(reader.digest.text)
        self.digest = digest.text
    }
}

/// The weights of one layer.
struct DecoderLayer: Sendable {
    let attentionNorm: Normalisation
    /// Three, or one for all.
    let attentionInput: [LinearLayer]
    let queryNorm: Normalisation?
    let keyNorm: Normalisation?
    let attentionOutput: LinearLayer
    let attentionPostNorm: Normalisation?
    let feedForwardNorm: Normalisation
    let gate: LinearLayer
    let up: LinearLayer?
    let down: LinearLayer
    let feedForwardPostNorm: Normalisation?

    init(_ config: ModelConfig, from reader: inout WeightReader, prefix: String) throws(FileError) {
        let names = config.tensors
        let width = config.hiddenSize
        var linear: [LinearModule.Role: LinearLayer] = [:]
        attentionNorm = try Normalisation(config, from: &reader, prefix + names.attentionNorm, width: width)
        for module in config.linearModules {
            linear[module.role] = try LinearLayer(
                module, isTransposed: names.isTransposed, from: &reader, prefix + module.path)
        }
        func need(_ role: LinearModule.Role) -> LinearLayer {
            guard let layer = linear[role] else { preconditionFailure("a configuration without \(role)") }
            return layer
        }
        attentionInput =
            config.attention.packing == .apart
            ? [need(.queries), need(.keys), need(.values)] : [need(.packedAttention)]
        attentionOutput = need(.attentionOutput)
        gate = config.feedForward.isPacked ? need(.packedGate) : need(.gate)
        up = linear[.up]
        down = need(.down)
        func optional(
            _ isThere: Bool, _ name: String, _ width: Int, _ reader: inout WeightReader
        ) throws(FileError) -> Normalisation? {
            isThere ? try Normalisation(config, from: &reader, prefix + name, width: width) : nil
        }
        let attention = config.attention
        queryNorm = try optional(attention.hasQueryKeyNorm, names.queryNorm, attention.headSize, &reader)
        keyNorm = try optional(attention.hasQueryKeyNorm, names.keyNorm, attention.headSize, &reader)
        attentionPostNorm = try optional(config.hasPostNorms, names.attentionPostNorm, width, &reader)
        feedForwardNorm = try Normalisation(config, from: &reader, prefix + names.feedForwardNorm, width: width)
        feedForwardPostNorm = try optional(config.hasPostNorms, names.feedForwardPostNorm, width, &reader)
    }
}

extension LinearLayer {
    fileprivate init(
        _ module: LinearModule, isTransposed: Bool, from reader: inout WeightReader, _ name: String
    ) throws(FileError) {
        self.module = module
        weight = try reader.matrix(
            name + ".weight", rows: module.outputs, columns: module.inputs, isTransposed: isTransposed)
        bias = module.hasBias ? try reader.floats(name + ".bias", shape: [module.outputs]) : nil
    }
}

extension Normalisation {
    fileprivate init(
        _ config: ModelConfig, from reader: inout WeightReader, _ name: String, width: Int
    ) throws(FileError) {
        let weight = try reader.floats(name + ".weight", shape: [width])
        let bias = config.norm.kind == .layer ? try reader.floats(name + ".bias", shape: [width]) : []
        self.init(config.norm, weight: weight, bias: bias)
    }
}
