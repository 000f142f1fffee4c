public import Store
public import Tensor

/// A prompt as the model reads it.
public struct TokenizedPrompt: Sendable {
    /// Its `id` in the prompt file.
    public var key: String
    /// Its text, or the JSON of its messages.
    public var source: String
    /// Typed columns beside the text, in the file's order.
    public var metadata: [(String, MetadataValue)]
    /// One per token.
    public var ids: [UInt32]
    /// One per token.
    public var roles: [TokenRole]
    /// Columns beside the tokens that came with the prompt: one number per token.
    public var tokenNumbers: [(name: String, values: [Double])]
    /// Where it stands, `prompts.jsonl:12`; nil for prompts that come from no file.
    public var place: String?

    /// - Precondition: as many roles as ids.
    public init(
        key: String, source: String, metadata: [(String, MetadataValue)] = [], ids: [UInt32], roles: [TokenRole],
        tokenNumbers: [(name: String, values: [Double])] = [], place: String? = nil
    ) {
        precondition(ids.count == roles.count, "every token has one role")
        self.key = key
        self.source = source
        self.metadata = metadata
        self.ids = ids
        self.roles = roles
        self.tokenNumbers = tokenNumbers
        self.place = place
    }

    /// For messages: `prompts.jsonl:12: prompt "a7"`.
    var title: String { (place.map { $0 + ": " } ?? "") + "prompt \"\(key)\"" }

    /// As a store records it, with so many rows.
    func record(rows: Int) -> PromptRecord {
        PromptRecord(key: key, source: source, metadata: metadata, tokenCount: rows)
    }
}
