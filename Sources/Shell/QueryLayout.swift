internal import QueryLanguage
internal import Terminal

/// Query files put in order, for `varve fmt`.
public enum QueryLayout {
    /// The text in order, or nil with what does not parse.
    public static func format(bytes: [UInt8], name: String) -> (text: String?, complaint: String) {
        var source = SourceText(name: name, text: "")
        do throws(Diagnostic) {
            source = try SourceText(name: name, bytes: bytes)
            return (try QueryFormatter.format(source), "")
        } catch {
            return (nil, ErrorText.text([error], in: source))
        }
    }

    /// A name for people.
    public static func visible(_ name: String) -> String { Escape.visible(name) }
}
