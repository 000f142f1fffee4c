public import QueryLanguage

/// `--param name=value`, as text from the command line.
public enum ParameterText {
    /// Numbers, `true`, `false`, `none` and lists as in a query; anything else is the text itself.
    public static func value(_ text: String) -> Constant {
        if let expression = try? Parser.expression(SourceText(name: "--param", text: text)),
            let constant = Constant(literal: expression)
        {
            return constant
        }
        return .string(text)
    }

    /// Reads all of them; a complaint for one without `=`, without a name, or given twice.
    public static func values(_ texts: [String]) throws(Complaint) -> [String: Constant] {
        var values: [String: Constant] = [:]
        for text in texts {
            guard let place = text.firstIndex(of: "="), place > text.startIndex else {
                throw Complaint("--param \(text): write it as name=value")
            }
            let name = String(text[..<place])
            guard values[name] == nil else { throw Complaint("--param \(name) is given twice") }
            values[name] = value(String(text[text.index(after: place)...]))
        }
        return values
    }

    /// Why the command line makes no sense.
    public struct Complaint: Error, Sendable, CustomStringConvertible {
        /// One sentence.
        public let description: String

        init(_ text: String) { description = text }
    }
}
