/// Bytes that are not what was written: where they lie, what was expected there and what was found.
public struct Corruption: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file that holds the bytes.
    public var path: String
    /// Byte offset in the file of the first byte of the damaged piece; for the catalogue, 0.
    public var offset: Int
    /// The damaged piece: `block 3 of resid_post.12`, `footer`, `row 4 of captures` …
    public var what: String
    public var expected: String
    public var found: String

    public init(path: String, offset: Int, what: String, expected: String, found: String) {
        self.path = path
        self.offset = offset
        self.what = what
        self.expected = expected
        self.found = found
    }

    public var description: String {
        "\(path): damaged at byte \(offset): \(what): expected \(expected), found \(found)"
    }
}
