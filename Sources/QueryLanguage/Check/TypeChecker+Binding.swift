extension TypeChecker {
    /// Gives every argument to its parameter and checks what it is.
    mutating func bind(
        _ arguments: [Argument], to verb: Verb, on input: QueryType?, span: SourceSpan
    ) throws(Diagnostic) -> BoundArguments {
        var bound = BoundArguments()
        var many: [String: [String]] = [:]
        var place = 0
        var first: Diagnostic?
        for argument in arguments {
            do throws(Diagnostic) {
                try bind(argument, to: verb, on: input, &bound, &many, &place)
            } catch {
                // Arguments don't depend on one another: what is wrong with the others is said too.
                if first == nil { first = error } else { others.append(error) }
            }
        }
        if let first { throw first }
        for (name, words) in many { bound.values[name] = .dims(words) }
        for parameter in verb.parameters where bound.values[parameter.name] == nil {
            guard !parameter.isRequired else {
                throw Diagnostic(
                    "missing-argument", span, "`\(verb.name)` needs `\(parameter.name)`", help: "`\(verb.signature)`")
            }
            if parameter.standard != .none { bound.values[parameter.name] = .constant(parameter.standard) }
        }
        return bound
    }

    private mutating func bind(
        _ argument: Argument, to verb: Verb, on input: QueryType?, _ bound: inout BoundArguments,
        _ many: inout [String: [String]], _ place: inout Int
    ) throws(Diagnostic) {
        let parameter: Parameter
        if let renaming = verb.parameters.first(where: \.isRenaming) {
            guard let label = argument.label, label.text != "_" else {
                throw Diagnostic(
                    "wrong-argument", argument.span, "`\(verb.name)` takes the new name and the old one",
                    help: "`\(verb.signature)`")
            }
            let old = try renamed(argument.value, verb: verb, on: input)
            var pairs = bound.renamings(renaming.name)
            guard !pairs.contains(where: { $0.new == label.text || $0.old == old }) else {
                throw Diagnostic(
                    "argument-twice", argument.span, "`\(label.text)=\(old)`: one of these is renamed already",
                    help: "name each once")
            }
            pairs.append(BoundArguments.Renaming(new: label.text, old: old))
            bound.values[renaming.name] = .renamings(pairs)
            bound.spans[renaming.name] = bound.spans[renaming.name]?.union(argument.span) ?? argument.span
            return
        }
        if let label = argument.label {
            guard let found = verb.parameters.first(where: { $0.name == label.text }) else {
                if verb.takesFreeLabels {
                    throw Diagnostic(
                        "single-equals", argument.span, "`=` names an argument of `\(verb.name)`",
                        help: "to compare write `\(label.text) == …`")
                }
                guard !verb.parameters.isEmpty else {
                    throw Diagnostic(
                        "unknown-argument", label.span, "`\(verb.name)` takes no arguments", help: "`\(verb.signature)`"
                    )
                }
                throw .unknown("argument", label.text, among: verb.parameters.map(\.name), at: label.span)
            }
            parameter = found
        } else {
            while place < verb.parameters.count, !verb.parameters[place].isVariadic,
                bound.spans[verb.parameters[place].name] != nil
            { place += 1 }
            guard place < verb.parameters.count else {
                throw Diagnostic(
                    "too-many-arguments", argument.span,
                    verb.parameters.isEmpty
                        ? "`\(verb.name)` takes no arguments" : "`\(verb.name)` takes no more arguments",
                    help: "`\(verb.signature)`")
            }
            parameter = verb.parameters[place]
            if !parameter.isVariadic { place += 1 }
        }
        if !parameter.isVariadic, bound.spans[parameter.name] != nil {
            throw Diagnostic(
                "argument-twice", argument.span, "`\(parameter.name)` is given twice", help: "`\(verb.signature)`")
        }
        bound.spans[parameter.name] = argument.value.span
        if parameter.isVariadic {
            let word = try word(argument.value, parameter, verb: verb, on: input)
            if many[parameter.name]?.contains(word) == true {
                throw Diagnostic(
                    "argument-twice", argument.value.span, "`\(word)` is named twice", help: "name it once")
            }
            many[parameter.name, default: []].append(word)
        } else {
            bound.values[parameter.name] = try value(argument.value, parameter, verb: verb, on: input)
        }
    }

    /// What `rename` gives another name: a dimension, or a column of a table.
    private func renamed(_ expr: Expr, verb: Verb, on input: QueryType?) throws(Diagnostic) -> String {
        if case .table? = input?.element { return try column(expr, of: input, verb: verb.name).name }
        return try word(expr, Parameter("old", .dimension), verb: verb, on: input)
    }

    private mutating func value(
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
        case .value: return .node(try check(expr))
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

    /// A bare word: a dimension of the value, or a column of the table.
    private func word(
        _ expr: Expr, _ parameter: Parameter, verb: Verb, on input: QueryType?
    ) throws(Diagnostic) -> String {
        if case .column = parameter.kind { return try column(expr, of: input, verb: verb.name).name }
        let name: String
        switch expr.kind {
        case .name(let bare): name = bare
        case .string(let text): name = text
        case .reference: name = try referenced(expr)
        default:
            throw Diagnostic(
                "wrong-argument", expr.span, "`\(verb.name)` takes the name of a dimension here",
                help: "`\(verb.signature)`")
        }
        guard let input else { return name }
        guard input.has(name) else { throw noDimension(name, in: input, at: expr.span) }
        return name
    }

    /// `@name` where a dimension or column is named: the text that the `let` or `param` holds.
    private func referenced(_ expr: Expr) throws(Diagnostic) -> String {
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
                help: "rows are chosen with `where(\(name) == …)`"
                    + (column.level == .prompt ? ", grouped with `mean(by=\(name))`" : ""))
        }
        return .unknown("dimension", name, among: type.dims.map(\.name), at: span)
    }

    /// A column of the rows behind a value, or of a table.
    func column(_ expr: Expr, of input: QueryType?, verb: String) throws(Diagnostic) -> TableColumn {
        let name: String
        switch expr.kind {
        case .name(let bare): name = bare
        case .string(let text): name = text
        case .reference: name = try referenced(expr)
        default:
            throw Diagnostic(
                "wrong-argument", expr.span, "`\(verb)` takes the name of a column here",
                help: VerbTable.verb(verb).map { "`\($0.signature)`" })
        }
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
                        ? "write `\(verb)` before that" : "write `where(\(name) == …)` before that")
            }
            if input.has(name) {
                throw Diagnostic(
                    "dimension-for-column", expr.span, "`\(name)` is a dimension, not a column",
                    help: "choose along it with square brackets: `x[\(name)=…]`")
            }
            throw .unknown("column", name, among: input.columns.map(\.name), at: expr.span)
        }
        return column
    }
}
