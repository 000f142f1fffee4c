/// Bytes that are not what was written: where they lie, what was expected there and what was found.
public struct Corruption: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file that holds the bytes.
    public var path: String
    /// Byte offset in the file of the first byte of the damaged piece; for the catalogue, 0.
    public var offset: Int
    /// The damaged piece: `block 3 of resid_post.12`, `footer`, `row 4 of captures` …
    public var what: String
    /// What should be there.
    public var expected: String
    /// What is there.
    public var found: String

    /// A piece of a file that is not what was written.
    public init(path: String, offset: Int, what: String, expected: String, found: String) {
        self.path = path
        self.offset = offset
        self.what = what
        self.expected = expected
        self.found = found
    }

    /// One sentence that names file, offset, expected and found.
    public var description: String {
        "\(path): damaged at byte \(offset): \(what): expected \(expected), found \(found)"
    }
}
