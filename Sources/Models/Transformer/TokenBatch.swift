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
