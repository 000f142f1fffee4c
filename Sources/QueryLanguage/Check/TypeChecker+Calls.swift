extension TypeChecker {
    /// A verb or a `def` with its values on the left and its arguments.
    mutating func call(
        _ name: Name, inputs: [PlanNode], _ arguments: [Argument], span: SourceSpan
    ) throws(Diagnostic) -> PlanNode {
        if let def = scope.defs[name.text] { return try expand(name, def, inputs: inputs, arguments, span: span) }
        guard let verb = VerbTable.verb(name.text) else {
            guard !lacksNames, !scope.broken.contains(name.text) else {
                throw Diagnostic(Diagnostic.follows, name.span, "`\(name.text)` has an error of its own")
            }
            if inputs.first?.type.has(name.text) == true {
                throw Diagnostic(
                    "unknown-verb", name.span, "`\(name.text)` is a dimension, not a verb",
                    help: "choose along it: `x[\(name.text)=…]`; pool it: `mean(\(name.text))`")
            }
            throw .unknownVerb(name, defs: scope.defs.keys.sorted())
        }
        guard verb.isBuilt else {
            throw Diagnostic(
                "not-available-yet", name.span, "`\(name.text)` is not available yet in this version of Varve",
                help: "export what you have with `export(\"x.npz\")` and go on from there")
        }
        var inputs = inputs
        var rest = arguments
        while inputs.count < verb.inputs, let first = rest.first, first.label == nil {
            rest.removeFirst()
            do throws(Diagnostic) {
                inputs.append(try check(first.value))
            } catch {
                // The other side of a pair can be wrong too.
                if inputs.count + 1 < verb.inputs, let second = rest.first, second.label == nil {
                    note { (checker) throws(Diagnostic) in _ = try checker.check(second.value) }
                }
                throw error
            }
        }
        guard inputs.count == verb.inputs else {
            if inputs.count > verb.inputs {
                throw Diagnostic(
                    "source-in-pipe", name.span, "`\(name.text)` begins a query and takes nothing from its left",
                    help: "name the other value with `let`, and write `\(verb.signature)` on a line of its own")
            }
            throw Diagnostic(
                "missing-value", name.span,
                verb.inputs == 2 ? "`\(name.text)` takes two values" : "`\(name.text)` needs a value on its left",
                help: verb.inputs == 2 ? "`\(name.text)(a, b)`" : "`capture(…) | \(verb.signature)`")
        }
        return try apply(verb, name, to: inputs, rest, span: span, text: source[span])
    }

    /// A verb on one value of each of its arguments.
    mutating func applied(
        _ verb: Verb, _ name: Name, to inputs: [PlanNode], _ arguments: [Argument], span: SourceSpan, text: String
    ) throws(Diagnostic) -> PlanNode {
        for input in inputs { try checkOrder(verb.name, on: input.type, at: name.span) }
        var call = VerbCall(
            verb: verb.name, inputs: inputs, arguments: BoundArguments(),
            vocabulary: savedHere.isEmpty ? vocabulary : ExtendedVocabulary(base: vocabulary, savedHere: savedHere),
            nameSpan: name.span, span: span, text: text, file: source.name(at: span.start))
        if verb.name == "select", let input = inputs.first?.type, !input.element.isTable {
            // Its arguments would be looked for among the columns of a table that is none.
            throw VerbTable.selectOnArray(call)
        }
        var bound = try bind(arguments, to: verb, on: inputs.first?.type, span: span)
        call.arguments = bound
        try checkDepth(inputs, at: name.span)
        let type = try verb.resolve(call)
        var names: Set<String> = []
        if let twice = type.dims.first(where: { !names.insert($0.name).inserted })?.name {
            // A column or a sweep can have the name of a dimension that is there: `[…]` and joins go by names.
            throw Diagnostic(
                "dimension-twice", span, "the answer would have two dimensions `\(twice)`",
                help: "give the one that is there another name first: `rename(other=\(SyntaxPrinter.name(twice)))`")
        }
        if verb.name == "save", let saved = bound.string("name") { savedHere[saved] = type.saved }
        if verb.name == "read", let path = bound.string("file") {
            bound.values["file"] = .constant(.string(vocabulary.path(of: path, from: call.file)))
        }
        let operation: PlanNode.Operation =
            verb.name == "capture" ? .captures(try CaptureGrid(call)) : .verb(verb.name, bound)
        let others = bound.values.sorted { $0.key < $1.key }.compactMap {
            if case .node(let node) = $0.value { node } else { nil }
        }
        return PlanNode(operation, inputs: inputs + others, type: type, span: span, text: text)
    }

    /// Refuses one step more on top of the deepest value.
    func checkDepth(_ inputs: [PlanNode], at span: SourceSpan) throws(Diagnostic) {
        guard inputs.contains(where: { $0.depth >= TypeChecker.maximumDepth }) else { return }
        throw Diagnostic(
            "too-many-steps", span, "a value is made in at most \(TypeChecker.maximumDepth) steps",
            help: "`save` it on the way, and `load` it in another query")
    }

    private static let afterLabels: Set<String> = [
        "contrast", "balance", "split", "standardize", "logreg", "ridge", "lda", "diff_means", "auroc", "accuracy",
        "permutation_test",
        "explain",
        "describe",
    ]
    private static let afterSweptLatents: Set<String> = [
        "overlap", "jaccard", "left", "right", "swap", "where", "head", "sample", "last", "explain", "describe",
    ]

    /// Values that only some verbs may follow: rows with classes, and latents with several k.
    func checkOrder(_ verb: String, on type: QueryType, at span: SourceSpan) throws(Diagnostic) {
        if type.isLabelled, !TypeChecker.afterLabels.contains(verb) {
            let reason = type.isContrasted ? "`contrast`" : "`split`"
            throw Diagnostic(
                "after-labels", span, "`\(verb)` can't come after \(reason): the rows wait for a fit",
                help: "put `\(verb)` before \(reason)")
        }
        if type.isSweptLatents, !TypeChecker.afterSweptLatents.contains(verb) {
            throw Diagnostic(
                "swept-latents", span, "`\(verb)` takes latents of one k; this is \(type)",
                help: "write one k, `topk(8)`, or choose one, `[k=8]`")
        }
    }

    mutating func expand(
        _ name: Name, _ def: (parameters: [Name], body: Expr), inputs: [PlanNode], _ arguments: [Argument],
        span: SourceSpan
    ) throws(Diagnostic) -> PlanNode {
        guard !expanding.contains(name.text), expanding.count < 32 else {
            throw Diagnostic(
                "recursive-def", name.span, "`\(name.text)` calls itself", help: "a `def` can't be recursive")
        }
        let values = try bind(inputs, arguments, to: def.parameters.map(\.text), of: name, span: span)
        let outer = scope
        for (parameter, value) in zip(def.parameters, values) {
            scope.broken.remove(parameter.text)
            if case .constant(let constant) = value.operation {
                scope.params[parameter.text] = constant
                scope.lets[parameter.text] = nil
            } else {
                scope.lets[parameter.text] = value
                scope.params[parameter.text] = nil
            }
        }
        expanding.append(name.text)
        defer {
            expanding.removeLast()
            scope = outer
        }
        do throws(Diagnostic) {
            return try check(def.body)
        } catch {
            // The caret stands in the body; what is wrong may be what the call gives to it.
            guard expanding.count == 1, error.code != Diagnostic.follows, error.code != "recursive-def" else {
                throw error
            }
            var error = error
            error.message += ", in `\(name.text)(…)` called \(place(of: name.span, seenFrom: error.span))"
            throw error
        }
    }

    /// A dimension or column by its bare name, where a `def` takes a value; nil where the word is something else.
    private func wordForValue(_ argument: Argument, of parameter: String, _ name: Name, _ input: QueryType?)
        -> Diagnostic?
    {
        guard case .name(let word) = argument.value.kind, let input, !scope.broken.contains(word),
            VerbTable.verb(word) == nil, scope.defs[word] == nil
        else { return nil }
        let isDimension = input.has(word)
        guard isDimension || input.columns.contains(where: { $0.name == word }) else { return nil }
        return Diagnostic(
            "word-for-value", argument.value.span,
            "`\(word)` is a \(isDimension ? "dimension" : "column"), and `\(name.text)` takes values",
            help:
                "give its name as a text, `\(name.text)(\"\(word)\")`, and write `@\(parameter)` where the `def` names it",
            replacement: SyntaxPrinter.quoted(word))
    }

    /// The values of a `def`'s parameters: those on the left first, then by place, then by name.
    private mutating func bind(
        _ inputs: [PlanNode], _ arguments: [Argument], to parameters: [String], of name: Name, span: SourceSpan
    ) throws(Diagnostic) -> [PlanNode] {
        let usage = "`\(name.text)(\(parameters.joined(separator: ", ")))`"
        func miscounted(_ given: Int) -> Diagnostic {
            let count = parameters.count == 1 ? "one value" : "\(parameters.count) values"
            return Diagnostic(
                "wrong-argument-count", span, "`\(name.text)` takes \(count); \(given) given",
                help: usage + ", where the value on the left of `|` is the first")
        }
        var values: [String: PlanNode] = [:]
        var place = 0
        for input in inputs {
            guard place < parameters.count else { throw miscounted(inputs.count + arguments.count) }
            values[parameters[place]] = input
            place += 1
        }
        for argument in arguments {
            let parameter: String
            if let label = argument.label {
                guard parameters.contains(label.text) else {
                    throw .unknown("parameter", label.text, among: parameters, at: label.span)
                }
                parameter = label.text
            } else {
                guard place < parameters.count else { throw miscounted(inputs.count + arguments.count) }
                parameter = parameters[place]
                place += 1
            }
            guard values[parameter] == nil else {
                throw Diagnostic("argument-twice", argument.span, "`\(parameter)` is given twice", help: usage)
            }
            do throws(Diagnostic) {
                values[parameter] = try check(argument.value)
            } catch {
                throw wordForValue(argument, of: parameter, name, inputs.first?.type) ?? error
            }
        }
        guard values.count == parameters.count else { throw miscounted(values.count) }
        return parameters.compactMap { values[$0] }
    }
}
