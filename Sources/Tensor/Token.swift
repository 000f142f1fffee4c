/// Who speaks at a token: the `role` column of every capture.
public enum TokenRole: UInt8, Sendable, Hashable, CaseIterable {
    /// Text that is not a chat: a plain `text` prompt.
    case text = 0
    case system = 1
    case user = 2
    case assistant = 3
    /// What the chat template adds around messages, such as `<|im_start|>user\n`.
    case template = 4
    case tool = 5

    /// The word used in queries: `where(role == "assistant")`.
    public var name: String {
        switch self {
        case .text: "text"
        case .system: "system"
        case .user: "user"
        case .assistant: "assistant"
        case .template: "template"
        case .tool: "tool"
        }
    }

    /// The role of that name; nil where there is none.
    public init?(name: String) {
        guard let role = TokenRole.allCases.first(where: { $0.name == name }) else { return nil }
        self = role
    }
}

/// One token of a prompt, as a query chooses it.
public enum TokenPosition: Sendable, Hashable {
    /// From 0; a negative number counts back from the last real token.
    case index(Int)
    /// The last token before the assistant's first own token (or the last token where nothing was generated).
    case lastPrompt
    /// The assistant's first own token.
    case firstGenerated

    /// Reads `last_prompt` and `first_generated`.
    public init?(name: String) {
        switch name {
        case "last_prompt": self = .lastPrompt
        case "first_generated": self = .firstGenerated
        default: return nil
        }
    }
}
