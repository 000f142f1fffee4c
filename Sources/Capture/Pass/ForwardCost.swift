internal import Models

/// What a forward pass takes, from the model's shape alone.
enum ForwardCost {
    /// Floating-point operations of the matrix products for one token: two for each weight. Attention's own, which grow with the
    /// prompt, are left out.
    static func perToken(_ config: ModelConfig, layers: Int, finish: PassEnd) -> Double {
        let weights = config.linearModules.reduce(0.0) { $0 + Double($1.inputs) * Double($1.outputs) }
        let unembedding = finish == .logits ? Double(config.hiddenSize) * Double(config.vocabularySize) : 0
        return 2 * (weights * Double(layers) + unembedding)
    }

    /// Work after which rows are made durable: twenty seconds to a minute on two cores. This much an interruption can lose.
    static let commitOperations = 6e12
}
