/// One thing wrong (or worth saying) about a query: where, what, and how to mend it.
public struct Diagnostic: Error, Sendable, Hashable {
    /// An error stops the query; a note does not.
    public enum Severity: String, Sendable, Hashable {
        case error, note
    }

    /// A stable name in kebab case, such as `unknown-verb`.
    public var code: String
    /// Whether it stops the query.
    public var severity: Severity
    /// The text it is about.
    public var span: SourceSpan
    /// What is wrong, in the words the user wrote; no full stop.
    public var message: String
    /// How to mend it.
    public var help: String?
    /// The text that would stand under the span once mended, where that is certain.
    public var replacement: String?
    /// The unknown name that it is about.
    var subject: String?

    /// Severity is error unless it is given.
    public init(
        _ code: String, _ span: SourceSpan, _ message: String, help: String? = nil, replacement: String? = nil,
        severity: Severity = .error
    ) {
        self.code = code
        self.severity = severity
        subject = nil
        self.span = span
        self.message = message
        self.help = help
        self.replacement = replacement
    }

    /// The same about a text that was put behind another.
    func shifted(by bytes: Int) -> Diagnostic {
        var copy = self
        copy.span = span.shifted(by: bytes)
        return copy
    }

    static func tooLong(_ bytes: Int) -> Diagnostic {
        Diagnostic(
            "query-too-long", .none, "the query has \(bytes) bytes; at most \(SourceText.maximumBytes) are read",
            help: "put long lists into a file and `read(…)` it")
    }

    /// The diagnostic as one JSON object: code, severity, span (bytes, line, column), message, help, replacement.
    public func json(in source: SourceText) -> String {
        let start = source.position(of: span.start)
        let end = source.position(of: span.end)
        let first = source.offsetInPart(span.start)
        let place =
            "{\"file\":\(JSONText.quoted(source.name(at: span.start))),\"start\":\(first),\"end\":\(first + span.end - span.start),"
            + "\"line\":\(start.line),\"column\":\(start.column),\"end_line\":\(end.line),\"end_column\":\(end.column)}"
        return "{\"code\":\(JSONText.quoted(code)),\"severity\":\"\(severity.rawValue)\",\"span\":\(place),"
            + "\"message\":\(JSONText.quoted(message)),\"help\":\(JSONText.quoted(help)),"
            + "\"replacement\":\(JSONText.quoted(replacement))}"
    }
}

extension [Diagnostic] {
    /// By place; those of one place in the order in which they were found.
    public var inOrder: [Diagnostic] {
        enumerated().sorted { ($0.element.span.start, $0.offset) < ($1.element.span.start, $1.offset) }.map(\.element)
    }
}

/// Text as a JSON string: ASCII control characters, quotes and every character that could steer a terminal are escaped.
public enum JSONText {
    /// The quoted string, or `null`.
    public static func quoted(_ text: String?) -> String {
        guard let text else { return "null" }
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            default:
                if VisibleText.isHidden(scalar), scalar.value <= 0xFFFF {
                    let hex = String(scalar.value, radix: 16)
                    out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
                } else {
                    out.unicodeScalars.append(scalar)
                }
            }
        }
        return out + "\""
    }
}

/// Which characters of a source line must not be printed as they are.
enum VisibleText {
    /// C0, C1, DEL, line separators and the bidirectional controls.
    static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }

    /// The character as it may be printed: hidden ones as `<U+001B>`.
    static func escaped(_ character: Character) -> String {
        guard character.unicodeScalars.contains(where: isHidden) else { return String(character) }
        var out = ""
        for scalar in character.unicodeScalars {
            if isHidden(scalar) { out += name(scalar) } else { out.unicodeScalars.append(scalar) }
        }
        return out
    }

    static func escaped(_ text: String) -> String { text.map { escaped($0) }.joined() }

    static func name(_ scalar: Unicode.Scalar) -> String {
        let hex = String(scalar.value, radix: 16, uppercase: true)
        return "<U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex + ">"
    }
}
