/// Why a capture cannot be made as asked: one sentence that names the place, and what to do.
public struct CaptureError: Error, Sendable, Hashable, CustomStringConvertible {
    /// For programs.
    public enum Kind: Sendable, Hashable {
        /// Options that contradict the model, the adapter or each other.
        case request
        /// A prompt that cannot be run.
        case prompt
        /// A number that the chosen element type cannot hold.
        case range
    }

    /// What it is about.
    public let kind: Kind
    /// For people.
    public let description: String

    /// - Parameter mend: what the user can do, in the imperative.
    public init(_ kind: Kind, _ problem: String, mend: String? = nil) {
        self.kind = kind
        description = problem + (mend.map { "; \($0)" } ?? "")
    }
}
