internal import LanguageGuide
internal import QueryLanguage
internal import Terminal

/// Help made from the function table, so that it never says more than what runs.
public enum HelpText {
    /// Every verb on one line each; those to come at the end.
    public static var overview: String { overview(width: nil) }

    /// The same with lines of at most so many columns: what is cut stands under `?VERB`.
    static func overview(width: Int?) -> String {
        var out = ""
        for verb in VerbTable.all where verb.isBuilt {
            let line = TextWidth.padded(verb.name, to: 18) + verb.summary
            out += (width.map { TextWidth.truncated(line, to: $0) } ?? line) + "\n"
        }
        let later = VerbTable.all.filter { !$0.isBuilt }.map(\.name)
        if !later.isEmpty { out += "not available yet: " + later.joined(separator: " ") + "\n" }
        return out
    }

    /// Signature and help of one verb; nil where there is none of that name.
    ///
    /// - Parameters:
    ///   - example: in the place of the one written for the demo's store
    ///   - exampleTitle: what stands above it
    ///   - width: columns of the screen, for what is told
    public static func verb(
        _ name: String, example: String? = nil, exampleTitle: String = "for example", width: Int? = nil
    ) -> String? {
        guard let verb = VerbTable.verb(name) else { return nil }
        guard verb.isBuilt else { return "\(verb.name): \(verb.summary) Not available yet.\n" }
        var out = "\(verb.usage)\n  \(verb.summary)\n"
        if !verb.details.isEmpty { out += wrapped(verb.details, indent: 2, width: min(118, width ?? 118)) }
        for parameter in verb.parameters {
            out += "  " + TextWidth.padded(parameter.name, to: 16) + describe(parameter) + "\n"
        }
        out += "  runs as \(verb.kind.rawValue)\n"
        let example = example ?? verb.example
        if !example.isEmpty {
            out += "  \(exampleTitle)\n" + indented(example, by: 4)
        }
        return out
    }

    /// The guide to the language and every verb, family by family, for `varve docs --all`: nothing else is needed to write a query.
    public static var everything: String {
        var out = LanguageGuide.text + "\n"
        for family in VerbTable.families {
            let built = family.verbs.filter(\.isBuilt)
            guard !built.isEmpty else { continue }
            out += "## Verbs: \(family.title)\n\n"
            out += built.compactMap { HelpText.verb($0.name) }.joined(separator: "\n") + "\n"
        }
        let later = VerbTable.all.filter { !$0.isBuilt }.map(\.name)
        return later.isEmpty ? out : out + "not available yet: " + later.joined(separator: " ") + "\n"
    }

    private static func indented(_ text: String, by columns: Int) -> String {
        text.split(separator: "\n").map { String(repeating: " ", count: columns) + $0 + "\n" }.joined()
    }

    /// Lines of at most so many columns, broken at blanks.
    private static func wrapped(_ text: String, indent: Int, width: Int) -> String {
        var out = ""
        for paragraph in text.split(separator: "\n") {
            var line = ""
            for word in paragraph.split(separator: " ") {
                if !line.isEmpty, TextWidth.columns(line) + 1 + TextWidth.columns(String(word)) > width - indent {
                    out += indented(line, by: indent)
                    line = ""
                }
                line += (line.isEmpty ? "" : " ") + word
            }
            out += indented(line, by: indent)
        }
        return out
    }

    private static func describe(_ parameter: Parameter) -> String {
        var kind: String =
            switch parameter.kind {
            case .integer: "a whole number"
            case .number: "a number"
            case .string: "a text"
            case .boolean: "true or false"
            case .integers: "a whole number"
            case .numbers: "a number"
            case .strings: "a text or a list of texts"
            case .choice(let words): words.joined(separator: " or ")
            case .choiceOrNumber(let words): words.joined(separator: ", ") + " or a number"
            case .choiceOrColumn(let words): words.joined(separator: ", ") + " or a column"
            case .dimension: "a dimension"
            case .column: "a column"
            case .predicate: "a condition on columns"
            case .contrasts: "A vs B, or a list of those"
            case .value: "a value"
            case .renaming: "any number of `new=old`, by bare names"
            }
        if parameter.sweeps { kind += ", or a list to sweep over" }
        if parameter.isRequired { return kind + ", required" }
        return parameter.standard == .none ? kind : kind + ", \(parameter.standard) if not given"
    }
}
