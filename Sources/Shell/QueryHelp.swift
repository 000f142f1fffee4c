internal import QueryLanguage
internal import QueryEngine
internal import Terminal

/// What a query file says about itself: its description and its parameters, for `varve run --help FILE`.
public enum QueryHelp {
    /// The text; nil with a complaint where the file does not parse.
    ///
    /// - Parameter command: how the file is named on the command line
    public static func text(bytes: [UInt8], name: String, command: String) -> (text: String?, complaint: String) {
        var source = SourceText(name: name, text: "")
        do throws(Diagnostic) {
            source = try SourceText(name: name, bytes: bytes)
        } catch {
            return (nil, ErrorText.text([error], in: source))
        }
        let parsed = Parser.parse(source, files: QueryFiles())
        guard parsed.diagnostics.isEmpty else { return (nil, ErrorText.text(parsed.diagnostics, in: parsed.source)) }
        var out = ""
        for line in parsed.file.description { out += Escape.visible(line) + "\n" }
        if !out.isEmpty { out += "\n" }
        let parameters = TypeChecker.parameters(of: parsed.file)
        let required = parameters.filter { $0.standard == nil && !hasDefault($0.name, parsed.file) }
        var usage = "usage: varve run " + Escape.visible(command)
        usage += parsed.usedStore == nil ? " --store DIR" : " [--store DIR]"
        for parameter in required { usage += " --param \(parameter.name)=…" }
        if required.count < parameters.count { usage += " [--param NAME=VALUE]…" }
        out += usage + "\n"
        if let store = parsed.usedStore { out += "opens  " + Escape.visible(store) + " unless --store names another\n" }
        guard !parameters.isEmpty else { return (out + "It takes no parameters.\n", "") }
        out += "\nparameters\n"
        let rows = parsed.file.statements.compactMap { row($0, in: parsed.source) }
        let widths = (0..<3).map { place in rows.map { TextWidth.columns($0[place]) }.max() ?? 0 }
        for row in rows {
            var line = "  "
            for place in 0..<3 { line += TextWidth.padded(row[place], to: widths[place]) + "  " }
            line += row[3]
            while line.last == " " { line.removeLast() }
            out += line + "\n"
        }
        return (out, "")
    }

    private static func hasDefault(_ name: String, _ file: QueryFile) -> Bool {
        file.statements.contains {
            if case .param(let found, _, let initial?) = $0.kind {
                found.text == name && initial.depth > 0
            } else {
                false
            }
        }
    }

    /// Name, type, default and the comment at the end of its line.
    private static func row(_ statement: Statement, in source: SourceText) -> [String]? {
        guard case .param(let name, let type, let initial) = statement.kind else { return nil }
        let standard = initial.map { Escape.visible(SyntaxPrinter.text($0)) + " if not given" } ?? "must be given"
        let kind = type?.text ?? initial.flatMap { Constant(literal: $0) }.map(typeName) ?? ""
        return [Escape.visible(name.text), kind, standard, comment(behind: statement.span, in: source)]
    }

    private static func typeName(_ value: Constant) -> String {
        switch value {
        case .none: ""
        case .bool: "bool"
        case .int: "int"
        case .double: "float"
        case .string: "str"
        case .list(let items): Set(items.map(typeName)).count == 1 ? "list of " + typeName(items[0]) : "list"
        }
    }

    private static func comment(behind span: SourceSpan, in source: SourceText) -> String {
        let line = source.bytes(ofLineAt: span.end)
        guard span.end < line.upperBound else { return "" }
        let rest = String(decoding: source.utf8[span.end..<line.upperBound], as: UTF8.self)
        guard let mark = rest.firstIndex(of: "#") else { return "" }
        let text = rest[rest.index(after: mark)...].drop { $0 == " " || $0 == "#" }
        return "# " + Escape.visible(String(text))
    }
}
