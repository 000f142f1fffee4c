extension TypeChecker {
    /// A bare word: a dimension of the value, or a column of the table.
    func word(
        _ expr: Expr, _ parameter: Parameter, verb: Verb, on input: QueryType?
    ) throws(Diagnostic) -> String {
        if case .column = parameter.kind { return try column(expr, of: input, verb: verb.name).name }
        let name = try namedWord(expr, "dimension", verb: verb.name)
        guard let input else { return name }
        guard input.has(name) else { throw noDimension(name, in: input, at: expr.span) }
        return name
    }

    /// The word itself: bare, in quotes, or what `@name` holds.
    private func namedWord(_ expr: Expr, _ kind: String, verb: String) throws(Diagnostic) -> String {
        switch expr.kind {
        case .name(let bare): return bare
        case .string(let text): return text
        case .reference: return try referenced(expr)
        default:
            throw Diagnostic(
                "wrong-argument", expr.span, "`\(verb)` takes the name of a \(kind) here",
                help: VerbTable.verb(verb).map { "`\($0.signature)`" })
        }
    }

    /// `@name` where a dimension or column is named: the text that the `let` or `param` holds.
    func referenced(_ expr: Expr) throws(Diagnostic) -> String {
        guard case .string(let text) = try constant(expr) else {
            throw Diagnostic(
                "wrong-argument", expr.span, "`\(source[expr.span])` is not a text that names something",
                help: "a bare word names a dimension or column itself")
        }
        return text
    }

    /// Where something stands that an earlier line used up: the line, and the file or entry if it is another.
    func place(of span: SourceSpan, seenFrom other: SourceSpan) -> String {
        let line = source.position(of: span.start).line
        let isHere = source.start(ofPartAt: span.start) == source.start(ofPartAt: other.start)
        if isHere { return "on line \(line)" }
        let name = source.name(at: span.start)
        return name == source.name(at: other.start) ? "in an earlier entry" : "on line \(line) of \(name)"
    }

    /// Why a value has no such dimension: used up, misspelt, or never there.
    func noDimension(_ name: String, in type: QueryType, at span: SourceSpan) -> Diagnostic {
        if let spent = type.spent[name] {
            return Diagnostic(
                "dimension-used-up", span,
                "`\(name)` was used up by `\(spent.text)` \(place(of: spent.span, seenFrom: span))",
                help: type.dims.isEmpty
                    ? "no dimension is left" : "it still has \(type.dims.map(\.name).joined(separator: ", "))")
        }
        if let column = type.columns.first(where: { $0.name == name }) {
            return Diagnostic(
                "column-for-dimension", span, "`\(name)` is a column, not a dimension",
                help: "rows are chosen with `where(\(SyntaxPrinter.name(name)) == …)`"
                    + (column.level == .prompt ? ", grouped with `mean(by=\(SyntaxPrinter.name(name)))`" : ""))
        }
        if case .string(let text)? = held(name), type.has(text) {
            return Diagnostic(
                "unknown-dimension", span, "there is no dimension `\(name)`",
                help: "`@\(name)` is the one that `\(name)` names, `\(text)`", replacement: "@" + name)
        }
        return .unknown("dimension", name, among: type.dims.map(\.name), at: span)
    }

    /// The plain value behind a name.
    private func held(_ name: String) -> Constant? {
        if let value = scope.params[name] { return value }
        if case .constant(let value)? = scope.lets[name]?.operation { return value }
        return nil
    }

    /// A column of the rows behind a value, or of a table.
    func column(_ expr: Expr, of input: QueryType?, verb: String) throws(Diagnostic) -> TableColumn {
        let name = try namedWord(expr, "column", verb: verb)
        guard let input else { return TableColumn(name, .string) }
        if case .table(let columns) = input.element {
            // A table from `sql` has columns that only the answer knows.
            if columns.isEmpty { return TableColumn(name, .string) }
            guard let column = columns.first(where: { $0.name == name }) else {
                throw .unknown("column", name, among: columns.map(\.name), at: expr.span)
            }
            return column
        }
        guard let column = input.columns.first(where: { $0.name == name }) else {
            if let spent = input.spent["token"] ?? input.spent["prompt"],
                input.columns.isEmpty || ["role", "position", "token_id"].contains(name)
            {
                throw Diagnostic(
                    "column-used-up", expr.span,
                    "there is no column `\(name)` any more: its rows were used up by `\(spent.text)` \(place(of: spent.span, seenFrom: expr.span))",
                    help: verb != "where" && input.spent["prompt"] != nil
                        ? "write `\(verb)` before that" : "write `where(\(SyntaxPrinter.name(name)) == …)` before that")
            }
            if input.has(name) {
                throw Diagnostic(
                    "dimension-for-column", expr.span, "`\(name)` is a dimension, not a column",
                    help: "choose along it with square brackets: `x[\(SyntaxPrinter.name(name))=…]`")
            }
            throw .unknown("column", name, among: input.columns.map(\.name), at: expr.span)
        }
        return column
    }
}
