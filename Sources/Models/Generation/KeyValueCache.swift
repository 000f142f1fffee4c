/// Keys and values of one sequence's tokens so far: what generating its next token takes of its past.
struct KeyValueCache: Sendable {
    /// Tokens held.
    private(set) var count = 0
    private(set) var layers: [Layer]
    private let width: Int

    struct Layer: Sendable {
        /// [capacity, key heads · head size], rotated; the first `count` rows are in use.
        var keys: [Float]
        var values: [Float]
    }

    /// Empty.
    ///
    /// - Parameter capacity: tokens it will ever hold.
    init(_ config: ModelConfig, capacity: Int) {
        width = config.attention.keyValueWidth
        let empty = [Float](repeating: 0, count: capacity * width)
        layers = [Layer](repeating: Layer(keys: empty, values: empty), count: config.layerCount)
    }

    /// Takes the keys and values of a layer's new tokens.
    mutating func append(keys: Span<Float>, values: Span<Float>, layer: Int) {
        KeyValueCache.copy(keys, into: &layers[layer].keys, at: count * width)
        KeyValueCache.copy(values, into: &layers[layer].values, at: count * width)
    }

    private static func copy(_ source: Span<Float>, into target: inout [Float], at start: Int) {
        for index in source.indices { target[start + index] = source[index] }
    }

    /// Says that every layer has taken so many tokens more.
    mutating func advance(by tokens: Int) { count += tokens }

    /// Forgets all tokens.
    mutating func reset() { count = 0 }
}
