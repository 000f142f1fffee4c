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
}
