/// Why an analysis has no answer, in the user's words, with what to do about it.
public struct AnalysisError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What sort of input has no answer.
    public enum Kind: Sendable, Hashable {
        /// Sizes that don't belong together.
        case shape
        /// A value that is NaN or infinite.
        case notFinite
        /// All rows carry the same class.
        case oneClass
        /// Fewer rows, prompts or members of a class than the method needs.
        case tooFew
        /// A parameter outside its range.
        case parameter
        /// Two prompts or rows under one key.
        case duplicateKey
    }

    /// For code that reacts; people read `message`.
    public let kind: Kind
    /// What is wrong, naming the value that is wrong.
    public let message: String
    /// What to do instead.
    public let mend: String

    /// Both texts are clauses without a full stop.
    public init(_ kind: Kind, _ message: String, mend: String) {
        self.kind = kind
        self.message = message
        self.mend = mend
    }

    /// `message; mend`.
    public var description: String { "\(message); \(mend)" }
}
