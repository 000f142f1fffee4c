extension TypeChecker {
    /// What an expression is for a parameter: a constant of its kind, a name, a condition or another value.
    mutating func value(
        _ expr: Expr, _ parameter: Parameter, verb: Verb, on input: QueryType?
    ) throws(Diagnostic) -> BoundArguments.Value {
        func wrong(_ wanted: String, _ found: Constant) -> Diagnostic {
            Diagnostic(
                "wrong-argument", expr.span, "`\(parameter.name)` takes \(wanted); this is \(found.kindName)",
                help: "`\(verb.signature)`")
        }
        switch parameter.kind {
        case .integer:
            let found = try constant(expr)
            switch found {
            case .int, .none: return .constant(found)
            default: throw wrong("a whole number", found)
            }
        case .number:
            let found = try constant(expr)
            guard found.number != nil else { throw wrong("a number", found) }
            return .constant(found)
        case .string:
            let found = try constant(expr)
            guard case .string = found else { throw wrong("a string", found) }
            return .constant(found)
        case .boolean:
            let found = try constant(expr)
            guard case .bool = found else { throw wrong("true or false", found) }
            return .constant(found)
        case .integers, .numbers, .strings:
            let found = try constant(expr)
            let items: [Constant] = if case .list(let list) = found { list } else { [found] }
            guard !items.isEmpty else { throw wrong("at least one value", found) }
            for item in items {
                switch (parameter.kind, item) {
                case (.integers, .int), (.numbers, .int), (.numbers, .double), (.strings, .string): continue
                case (.integers, _): throw wrong("a whole number, or a list of them", item)
                case (.numbers, _): throw wrong("a number, or a list of them", item)
                default: throw wrong("a string, or a list of them", item)
                }
            }
            guard items.count <= 10_000 else { throw wrong("at most 10,000 values", found) }
            guard Set(items).count == items.count else {
                throw Diagnostic(
                    "wrong-argument", expr.span, "`\(parameter.name)` has the same value twice",
                    help: "each value of a sweep is one entry of the dimension: name it once")
            }
            return .constant(found)
        case .choice(let choices):
            let found: Constant
            if case .name(let bare) = expr.kind, choices.contains(bare) {
                found = .string(bare)
            } else {
                found = try constant(expr)
            }
            let text: String
            switch found {
            case .string(let string): text = string
            case .none: text = "none"
            default: throw wrong("one of \(choices.joined(separator: ", "))", found)
            }
            guard choices.contains(text) else {
                throw .unknown("\(parameter.name)", text, among: choices, at: expr.span)
            }
            return .constant(.string(text))
        case .choiceOrNumber(let choices):
            if let word = choiceWord(expr, choices) { return .constant(.string(word)) }
            let found = try constant(expr)
            guard found.number != nil else {
                throw wrong("a number or one of \(choices.joined(separator: ", "))", found)
            }
            return .constant(found)
        case .choiceOrColumn(let choices):
            if let word = choiceWord(expr, choices) { return .constant(.string(word)) }
            return .column(try column(expr, of: input, verb: verb.name))
        case .dimension: return .dims([try word(expr, parameter, verb: verb, on: input)])
        case .column: return .column(try column(expr, of: input, verb: verb.name))
        case .predicate: return .predicate(try predicate(expr, of: input))
        case .contrasts:
            let items: [Expr] = if case .list(let list) = expr.kind { list } else { [expr] }
            var contrasts: [Contrast] = []
            for item in items {
                guard case .versus(let left, let right) = item.kind else {
                    throw Diagnostic(
                        "wrong-argument", item.span, "`\(verb.name)` takes `\"a\" vs \"b\"`, or a list of those",
                        help: "`\(verb.name)(group, \"a\" vs \"b\")`")
                }
                contrasts.append(Contrast(negative: try className(left), positive: try className(right)))
            }
            guard !contrasts.isEmpty else {
                throw Diagnostic(
                    "wrong-argument", expr.span, "`\(verb.name)` needs at least one comparison",
                    help: "`\(verb.name)(group, \"a\" vs \"b\")`")
            }
            return .contrasts(contrasts)
        case .value:
            if let known = knownValues[expr.span] { return .node(try settled(known)) }
            return .node(try settled(try check(expr)))
        case .renaming: preconditionFailure("renamings are bound by their labels")
        }
    }

    /// The choice that an expression names as a bare word, a string or `none`.
    private func choiceWord(_ expr: Expr, _ choices: [String]) -> String? {
        let word: String
        switch expr.kind {
        case .name(let bare): word = bare
        case .string(let text): word = text
        case .noneLiteral: word = "none"
        default: return nil
        }
        return choices.contains(word) ? word : nil
    }

    private func className(_ expr: Expr) throws(Diagnostic) -> String {
        switch try constant(expr) {
        case .string(let text): return text
        case .bool(let value): return value ? "true" : "false"
        case .int(let value): return String(value)
        case .double(let value): return Constant.text(of: value)
        default:
            throw Diagnostic(
                "wrong-argument", expr.span, "a class is named by a value of the column",
                help: "`\"aligned\" vs \"misaligned\"`")
        }
    }
}
