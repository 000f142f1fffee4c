public import Tensor

/// One turn of a conversation.
public struct ChatMessage: Sendable, Hashable {
    /// As the template sees it: `system`, `user`, `assistant`, `tool` or another word.
    public var role: String
    /// The text of the turn.
    public var content: String

    /// A turn of `role` that says `content`.
    public init(role: String, content: String) {
        self.role = role
        self.content = content
    }

    /// The role of the tokens of its content; nil where the word is not known.
    public var tokenRole: TokenRole? {
        switch role {
        case "system", "developer": .system
        case "user", "human": .user
        case "assistant", "model", "gpt": .assistant
        case "tool", "function", "ipython": .tool
        default: nil
        }
    }
}
