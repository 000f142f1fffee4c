/// Verbs and argument names that exist nowhere: what can be said of a text without a store, and of a `def` before it is used.
public struct NameCheck {
    /// Names of `def`s that may be called.
    var known: Set<String>

    /// Checks every statement of a file, with the `def`s of all of them.
    public static func errors(in parsed: Parser.Output) -> [Diagnostic] {
        guard !parsed.lacksNames else { return [] }
        var check = NameCheck(known: parsed.broken)
        for case .define(let name, _, _) in parsed.file.statements.map(\.kind) { check.known.insert(name.text) }
        return parsed.file.statements.flatMap { statement -> [Diagnostic] in
            switch statement.kind {
            case .let(_, let value), .define(_, _, let value), .assert(let value, _), .show(let value):
                check.errors(in: value)
            case .use, .include, .param: []
            }
        }.inOrder
    }

    /// What is wrong with the names of one expression, in the order of the text.
    func errors(in expr: Expr) -> [Diagnostic] {
        switch expr.kind {
        case .integer, .float, .string, .boolean, .noneLiteral, .name, .reference, .lastResult: []
        case .list(let items): items.flatMap(errors)
        case .call(let name, let arguments): errors(of: name, arguments)
        case .member(let base, _): errors(in: base)
        case .method(let base, _, _): errors(in: base)
        case .index(let base, _): errors(in: base)
        case .unary(_, let operand): errors(in: operand)
        case .binary(_, let left, let right), .versus(let left, let right): errors(in: left) + errors(in: right)
        case .pipeline(let head, let stages): errors(in: head) + errors(in: stages[...])
        }
    }

    /// What is wrong with the names of some stages.
    func errors(in stages: ArraySlice<Stage>) -> [Diagnostic] {
        stages.flatMap { errors(of: $0.name, $0.arguments) }
    }

    private func errors(of name: Name, _ arguments: [Argument]) -> [Diagnostic] {
        let inner = arguments.flatMap { errors(in: $0.value) }
        guard !known.contains(name.text) else { return inner }
        guard let verb = VerbTable.verb(name.text) else {
            return [.unknownVerb(name, defs: known.sorted())] + inner
        }
        guard !verb.takesFreeLabels else { return inner }
        let labels = arguments.compactMap(\.label).filter { label in
            !verb.parameters.contains { $0.name == label.text }
        }
        return labels.map { .unknown("argument", $0.text, among: verb.parameters.map(\.name), at: $0.span) } + inner
    }
}

extension Verb {
    /// Whether any word may stand before `=`: new names, or a condition that meant `==`.
    var takesFreeLabels: Bool {
        parameters.contains { parameter in
            switch parameter.kind {
            case .predicate, .renaming: true
            default: false
            }
        }
    }
}
