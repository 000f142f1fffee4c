/// Several prompts run at once, one after another without padding.
public struct TokenBatch: Sendable {
    /// Token ids of all prompts.
    public let ids: [UInt32]
    /// Tokens of each prompt; their sum is `ids.count`.
    public let lengths: [Int]

    /// The prompts in this order; empty ones have no rows.
    public init(prompts: [[UInt32]]) {
        ids = Array(prompts.joined())
        lengths = prompts.map(\.count)
    }
}

/// Where a forward pass ends.
public enum PassEnd: Sendable, Hashable, Comparable {
    /// After the last layer asked for.
    case none
    /// After the final norm.
    case norm
    /// After the statistics of the next token.
    case logits
}
