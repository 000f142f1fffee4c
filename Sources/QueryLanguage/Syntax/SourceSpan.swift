/// A half-open range of UTF-8 bytes in one `SourceText`.
public struct SourceSpan: Sendable, Hashable {
    /// First byte.
    public var start: Int
    /// One past the last byte; equal to `start` for a place between two characters.
    public var end: Int

    /// Bytes `start..<end`; an `end` before `start` is taken as `start`.
    public init(_ start: Int, _ end: Int) {
        self.start = start
        self.end = max(start, end)
    }

    /// The span of a node that no text stands for.
    public static let none = SourceSpan(0, 0)

    /// The same span in a text that this one's text was put behind, `bytes` after its beginning.
    func shifted(by bytes: Int) -> SourceSpan { SourceSpan(start + bytes, end + bytes) }

    /// From the first byte of this span to the last of `other`.
    public func union(_ other: SourceSpan) -> SourceSpan {
        SourceSpan(min(start, other.start), max(end, other.end))
    }
}
