extension String {
    /// The text of UTF-8 bytes; nil where they are something else.
    ///
    /// A catalogue may hold millions of texts: `init(validating:as:)` looks up generic types for each and takes several times as long.
    init?(checkedUTF8 bytes: Span<UInt8>) {
        guard let text = try? UTF8Span(validating: bytes) else { return nil }
        self.init(copying: text)
    }
}
