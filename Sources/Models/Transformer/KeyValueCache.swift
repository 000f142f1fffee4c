/// Keys and values of one sequence's tokens so far: what generating its next token takes of its past.
public struct KeyValueCache: Sendable {
    /// Tokens held.
    public private(set) var count = 0
    private(set) var layers: [Layer]

    struct Layer: Sendable {
        /// [tokens, key heads · head size], rotated.
        var keys: [Float] = []
        var values: [Float] = []
    }

    /// Empty.
    public init(_ config: ModelConfig) { layers = [Layer](repeating: Layer(), count: config.layerCount) }

    /// Takes the keys and values of a layer's new tokens.
    mutating func append(keys: Span<Float>, values: Span<Float>, layer: Int) {
        layers[layer].keys.reserveCapacity(layers[layer].keys.count + keys.count)
        layers[layer].values.reserveCapacity(layers[layer].values.count + values.count)
        for index in keys.indices { layers[layer].keys.append(keys[index]) }
        for index in values.indices { layers[layer].values.append(values[index]) }
    }

    /// Says that every layer has taken so many tokens more.
    mutating func advance(by tokens: Int) { count += tokens }
}
