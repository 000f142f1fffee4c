/// The model and data set that a capture is filed under.
public struct CaptureName: Sendable, Hashable, CustomStringConvertible {
    /// May hold slashes: `poser/faker-0`.
    public let model: String
    /// Holds none.
    public let dataset: String

    /// Splits `MODEL/DATASET` at its last slash.
    public init(_ text: String) throws(CaptureError) {
        let pieces = text.split(separator: "/", omittingEmptySubsequences: false)
        guard pieces.count >= 2, pieces.allSatisfy({ !$0.isEmpty && !$0.utf8.contains { $0 < 0x20 } }) else {
            throw CaptureError(
                .request, "\"\(text)\" is not of the form MODEL/DATASET", mend: "give a name such as base/general")
        }
        model = pieces.dropLast().joined(separator: "/")
        dataset = String(pieces[pieces.count - 1])
    }

    /// `MODEL/DATASET`.
    public var description: String { "\(model)/\(dataset)" }
}
