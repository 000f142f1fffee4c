/// Which tokens of each prompt a capture keeps rows of.
public enum KeptTokens: Sendable, Hashable {
    case all
    /// The last n; all of a prompt that has fewer.
    case last(Int)
    /// Those that the assistant wrote.
    case assistant

    /// Reads `all`, `last`, `last:8` or `assistant`; nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "all": self = .all
        case "last": self = .last(1)
        case "assistant": self = .assistant
        default:
            guard text.hasPrefix("last:"), let count = Site.layerNumber(text.dropFirst(5)), count > 0 else {
                return nil
            }
            self = .last(count)
        }
    }

    /// The inverse of `init`: `last:1` where `last` was read.
    public var name: String {
        switch self {
        case .all: "all"
        case .last(let count): "last:\(count)"
        case .assistant: "assistant"
        }
    }

    /// Positions of the kept tokens of a prompt, ascending; nil where every token is kept.
    public func positions(roles: [TokenRole]) -> [UInt32]? {
        switch self {
        case .all: nil
        case .last(let count): (max(0, roles.count - count)..<roles.count).map { UInt32($0) }
        case .assistant: roles.indices.filter { roles[$0] == .assistant }.map { UInt32($0) }
        }
    }

    /// For people: `the last 8 tokens of each prompt`.
    public var words: String {
        switch self {
        case .all: "every token"
        case .last(1): "the last token of each prompt"
        case .last(let count): "the last \(count) tokens of each prompt"
        case .assistant: "the assistant's tokens"
        }
    }
}
