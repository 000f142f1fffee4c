internal import QueryLanguage
internal import Terminal

/// Help made from the function table, so that it never says more than what runs.
public enum HelpText {
    /// Every verb on one line each; those to come at the end.
    public static var overview: String {
        let width = 18
        var out = ""
        for verb in VerbTable.all where verb.isBuilt {
            out += TextWidth.padded(verb.name, to: width) + verb.summary + "\n"
        }
        let later = VerbTable.all.filter { !$0.isBuilt }.map(\.name)
        if !later.isEmpty { out += "not available yet: " + later.joined(separator: " ") + "\n" }
        return out
    }

    /// Signature and help of one verb; nil where there is none of that name.
    public static func verb(_ name: String) -> String? {
        guard let verb = VerbTable.verb(name) else { return nil }
        guard verb.isBuilt else { return "\(verb.name): \(verb.summary) Not available yet.\n" }
        var out = "\(verb.inputs > 0 ? "x | " : "")\(verb.signature)\n  \(verb.summary)\n"
        for parameter in verb.parameters {
            out += "  " + TextWidth.padded(parameter.name, to: 16) + describe(parameter) + "\n"
        }
        return out + "  runs as \(verb.kind.rawValue)\n"
    }

    /// Every verb with its parameters, for `varve docs --all`.
    public static var everything: String {
        VerbTable.all.compactMap { verb in verb.isBuilt ? HelpText.verb(verb.name) : nil }.joined(separator: "\n")
            + "\n" + (overview.split(separator: "\n").last { $0.hasPrefix("not available") }.map { $0 + "\n" } ?? "")
    }

    private static func describe(_ parameter: Parameter) -> String {
        let kind: String =
            switch parameter.kind {
            case .integer: "a whole number"
            case .number: "a number"
            case .string: "a text"
            case .boolean: "true or false"
            case .integers: "a whole number, or a list to sweep over"
            case .numbers: "a number, or a list to sweep over"
            case .strings: "a text or a list of texts"
            case .choice(let words): words.joined(separator: " or ")
            case .dimension: "a dimension"
            case .column: "a column"
            case .predicate: "a condition on columns"
            case .contrasts: "A vs B, or a list of those"
            case .value: "a value"
            }
        if parameter.isRequired { return kind + ", required" }
        return parameter.standard == .none ? kind : kind + ", \(parameter.standard) if not given"
    }
}
