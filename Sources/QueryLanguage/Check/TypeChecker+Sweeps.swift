/// Lists where one value is expected. What follows a list is checked once for each of its values, so that shapes may differ on the way
/// (`head([1, 5]) | mean`); the values meet where the pipeline ends, or where a step needs to see all of them (`max(seed)`).
extension TypeChecker {
    /// Verbs that look at all values of a sweep together, beside those that show or write what they get.
    private static let takesSweepsWhole: Set<String> = ["hist", "top", "bottom", "sort", "scatter", "stack", "select"]
    /// Verbs that tell of a plan, whatever becomes of its values.
    private static let readsPlans: Set<String> = ["explain", "describe"]

    /// A verb on its values: once, or once for each value of a list.
    mutating func apply(
        _ verb: Verb, _ name: Name, to inputs: [PlanNode], _ arguments: [Argument], span: SourceSpan, text: String
    ) throws(Diagnostic) -> PlanNode {
        let parameters = verb.parameters(of: arguments)
        let lists = try lists(arguments, parameters, verb)
        var inputs = inputs
        for place in inputs.indices { inputs[place] = try eachPrefix(inputs[place], for: verb) }
        guard !lists.isEmpty || inputs.contains(where: { $0.sweep != nil }) else {
            return try applied(verb, name, to: inputs, arguments, span: span, text: text)
        }
        let outer = knownValues
        defer { knownValues = outer }
        for (argument, parameter) in zip(arguments, parameters) {
            guard case .value? = parameter?.kind, knownValues[argument.value.span] == nil else { continue }
            knownValues[argument.value.span] = try check(argument.value)
        }
        for input in inputs {
            guard let sweep = input.sweep else { continue }
            try checkWords(arguments, parameters, on: input.type)
            guard !needsWhole(verb, sweep.name, arguments, parameters) else { continue }
            return try spread(sweep, inputs, at: span) { (checker, inputs) throws(Diagnostic) in
                try checker.apply(verb, name, to: inputs, arguments, span: span, text: text)
            }
        }
        if !TypeChecker.readsPlans.contains(verb.name) {
            for place in inputs.indices { inputs[place] = try settled(inputs[place]) }
        }
        guard let list = lists.first else {
            return try applied(verb, name, to: inputs, arguments, span: span, text: text)
        }
        let parameter = list.parameter
        let sweep = Sweep(
            name: parameter.name, labels: list.labels, earlier: Set(inputs.first?.type.dims.map(\.name) ?? []),
            choosesRows: parameter.choosesRows && choosesRows(verb, arguments, parameters), verb: verb.name,
            span: arguments[list.place].value.span)
        var branches: [PlanNode] = []
        for (item, label) in zip(list.items, sweep.labels) {
            var one = arguments
            one[list.place].value = item
            let text = substituting(label, for: sweep.span, in: text, at: span)
            branches.append(
                try inSweep(sweep, label, isFirst: branches.isEmpty) { (checker) throws(Diagnostic) in
                    try checker.apply(verb, name, to: inputs, one, span: span, text: text)
                })
        }
        return try swept(sweep, branches, at: span)
    }

    /// Verbs that take latents of one k: of several they are asked for each.
    private static let takesOnePrefix: Set<String> = ["active", "freq", "examples"]

    /// Latents with several k as a sweep, for verbs that can't read all k from one list.
    private func eachPrefix(_ node: PlanNode, for verb: Verb) throws(Diagnostic) -> PlanNode {
        guard node.type.isSweptLatents, TypeChecker.takesOnePrefix.contains(verb.name),
            let labels = node.type.dim("k")?.labels, let of = node.type.element.latents?.of
        else { return node }
        var type = node.type
        type.dims.removeAll { $0.name == "k" }
        let sweep = Sweep(
            name: "k", labels: labels, earlier: Set(type.dims.map(\.name)), choosesRows: false, verb: "topk",
            span: node.span)
        let branches = labels.map { label in
            var one = type
            if case .int(let k) = label { one.element = type.element.mapLatents { .topLatents(k: k, of: of) } }
            return PlanNode(
                .choose([DimensionChoice(dim: "k", kept: .one(label))]), inputs: [node], type: one, span: node.span,
                text: "[k=\(label)]")
        }
        return try swept(sweep, branches, at: node.span)
    }

    /// A step of one value, or of each value of a sweep.
    mutating func each(
        of node: PlanNode, at span: SourceSpan,
        _ step: (inout TypeChecker, PlanNode) throws(Diagnostic) -> PlanNode
    ) throws(Diagnostic) -> PlanNode {
        guard let sweep = node.sweep else { return try step(&self, node) }
        return try spread(sweep, [node], at: span) { (checker, inputs) throws(Diagnostic) in
            try checker.each(of: inputs[0], at: span, step)
        }
    }

    /// An infix operator: of a sweep and something that does not have its dimension, or the same sweep, entry by entry.
    mutating func sides(_ op: BinaryOperator, _ left: PlanNode, _ right: PlanNode, _ expr: Expr) throws(Diagnostic)
        -> PlanNode
    {
        for (side, other) in [(left, right), (right, left)] {
            guard let sweep = side.sweep, !other.type.has(sweep.name) || other.sweep?.labels == sweep.labels else {
                continue
            }
            return try spread(sweep, [left, right], at: expr.span) {
                (checker, sides) throws(Diagnostic) in try checker.sides(op, sides[0], sides[1], expr)
            }
        }
        return try arithmetic(op, try settled(left), try settled(right), expr)
    }

    /// The entries of a sweep that `[name=…]` chooses: nothing is computed for the others.
    func chosen(_ kept: DimensionChoice.Kept, of sweep: Sweep, _ node: PlanNode, _ selector: Selector)
        throws(Diagnostic) -> PlanNode
    {
        switch kept {
        case .one(let label):
            guard let place = sweep.labels.firstIndex(of: label) else { return node }
            let one = node.inputs[place]
            var type = one.type
            type.spent[sweep.name] = QueryType.Spent(text: "[\(source[selector.span])]", span: selector.span)
            return PlanNode(one.operation, inputs: one.inputs, type: type, span: one.span, text: one.text)
        case .several(let labels):
            var fewer = sweep
            fewer.labels = labels
            let places = labels.compactMap { sweep.labels.firstIndex(of: $0) }
            return try swept(fewer, places.map { node.inputs[$0] }, at: node.span)
        case .token, .tokens, .promptKey: return node
        }
    }

    /// The value itself, once nothing keeps the entries of a sweep from standing side by side.
    ///
    /// - Throws: `uneven-sweep`
    func settled(_ node: PlanNode) throws(Diagnostic) -> PlanNode {
        guard case .sweep(let sweep) = node.operation else { return node }
        for branch in node.inputs { _ = try settled(branch) }
        if let problem = SweptType(sweep: sweep, types: node.inputs.map(\.type)).problem { throw problem }
        return node
    }

    // MARK: - Entries

    /// A step for each entry of the sweep; inputs that are the same sweep go along entry by entry.
    private mutating func spread(
        _ sweep: Sweep, _ inputs: [PlanNode], at span: SourceSpan,
        _ step: (inout TypeChecker, [PlanNode]) throws(Diagnostic) -> PlanNode
    ) throws(Diagnostic) -> PlanNode {
        var branches: [PlanNode] = []
        for (place, label) in sweep.labels.enumerated() {
            let own = inputs.map { input in
                guard let other = input.sweep, other.name == sweep.name, other.labels == sweep.labels else {
                    return input
                }
                return input.inputs[place]
            }
            branches.append(
                try inSweep(sweep, label, isFirst: place == 0) { (checker) throws(Diagnostic) in
                    try step(&checker, own)
                })
        }
        return try swept(sweep, branches, at: span)
    }

    /// Says for which value a step fails, where it does not for the first one.
    private mutating func inSweep(
        _ sweep: Sweep, _ label: Label, isFirst: Bool,
        _ step: (inout TypeChecker) throws(Diagnostic) -> PlanNode
    ) throws(Diagnostic) -> PlanNode {
        do throws(Diagnostic) {
            return try step(&self)
        } catch {
            var error = error
            if !isFirst, error.code != Diagnostic.follows {
                error.message += ", where `\(sweep.name)` is \(label)"
            }
            throw error
        }
    }

    private func swept(_ sweep: Sweep, _ branches: [PlanNode], at span: SourceSpan) throws(Diagnostic) -> PlanNode {
        guard branches.reduce(0, { $0 + $1.combinations }) <= Sweep.combinations else {
            throw Diagnostic(
                "too-many-values", sweep.span, "the lists have more than 10,000 combinations",
                help: "each is computed by itself: take fewer values")
        }
        let result = SweptType(sweep: sweep, types: branches.map(\.type))
        let taken: [String]
        if case .table(let columns)? = branches.first?.type.element {
            taken = columns.map(\.name)
            if let problem = result.problem { throw problem }
        } else {
            taken = branches.flatMap { $0.type.dims.map(\.name) }
        }
        guard !taken.contains(sweep.name) else {
            let name = SyntaxPrinter.name(sweep.name)
            throw Diagnostic(
                "dimension-twice", sweep.span, "the answer would have two dimensions `\(sweep.name)`",
                help: "give the one that is there another name first: `rename(other=\(name))`")
        }
        let text =
            "\(sweep.name) = [\(sweep.labels.prefix(20).map(\.description).joined(separator: ", "))\(sweep.labels.count > 20 ? ", …" : "")]"
        return PlanNode(.sweep(sweep), inputs: branches, type: result.type, span: span, text: text)
    }

    /// Whether a verb has to see all entries: it shows or ranks them, or names their dimension.
    private func needsWhole(
        _ verb: Verb, _ dim: String, _ arguments: [Argument], _ parameters: [Parameter?]
    ) -> Bool {
        if verb.kind == .output || TypeChecker.takesSweepsWhole.contains(verb.name) { return true }
        return zip(arguments, parameters).contains { argument, parameter in
            switch parameter?.kind {
            case .value?: return knownValues[argument.value.span]?.type.has(dim) == true
            case .dimension?, .renaming?: return (try? constantOrWord(argument.value)) == dim
            default: return false
            }
        }
    }

    /// Refuses dimensions that no entry has, in words about all of them together.
    private func checkWords(_ arguments: [Argument], _ parameters: [Parameter?], on type: QueryType) throws(Diagnostic)
    {
        for (argument, parameter) in zip(arguments, parameters) {
            guard case .dimension? = parameter?.kind, let word = try? constantOrWord(argument.value), !type.has(word)
            else { continue }
            throw noDimension(word, in: type, at: argument.value.span)
        }
    }

    /// The word that an argument names a dimension by.
    private func constantOrWord(_ expr: Expr) throws(Diagnostic) -> String? {
        if case .name(let bare) = expr.kind { return bare }
        if case .string(let text) = try constant(expr) { return text }
        return nil
    }

    /// `head` may begin another dimension than the rows.
    private func choosesRows(_ verb: Verb, _ arguments: [Argument], _ parameters: [Parameter?]) -> Bool {
        guard verb.name == "head" else { return true }
        for (argument, parameter) in zip(arguments, parameters) where parameter?.name == "dim" {
            return ["prompt", "token"].contains((try? constantOrWord(argument.value)) ?? "prompt")
        }
        return true
    }

    // MARK: - Lists

    private struct List {
        var place: Int
        var parameter: Parameter
        var items: [Expr]
        var labels: [Label]
    }

    /// The arguments that are lists where one value is expected, in the order of the parameters.
    private func lists(
        _ arguments: [Argument], _ parameters: [Parameter?], _ verb: Verb
    ) throws(Diagnostic) -> [List] {
        var found: [List] = []
        for (place, argument) in arguments.enumerated() {
            guard let parameter = parameters[place], !parameter.takesList,
                let items = items(argument.value, parameter)
            else { continue }
            guard parameter.sweeps else {
                throw Diagnostic(
                    "no-sweep", argument.value.span,
                    "`\(parameter.name)` of `\(verb.name)` takes one value: a list of it does not sweep",
                    help: parameter.listMend(verb))
            }
            found.append(try list(items, of: parameter, verb, at: place, argument.value.span))
        }
        return found.sorted { a, b in
            let order = verb.parameters.map(\.name)
            return (order.firstIndex(of: a.parameter.name) ?? 0) < (order.firstIndex(of: b.parameter.name) ?? 0)
        }
    }

    /// The values of each list that sweeps, by the argument's place.
    func listedValues(_ arguments: [Argument], _ verb: Verb) throws(Diagnostic)
        -> [(place: Int, parameter: Parameter, items: [Expr])]
    {
        try lists(arguments, verb.parameters(of: arguments), verb).map { ($0.place, $0.parameter, $0.items) }
    }

    private func list(
        _ items: [Expr], of parameter: Parameter, _ verb: Verb, at place: Int, _ span: SourceSpan
    ) throws(Diagnostic) -> List {
        func wrong(_ message: String, help: String) -> Diagnostic {
            Diagnostic("wrong-argument", span, "`\(parameter.name)` \(message)", help: help)
        }
        guard !items.isEmpty else {
            throw wrong("takes at least one value; this is an empty list", help: "`\(verb.signature)`")
        }
        guard items.count <= Sweep.limit else {
            throw wrong("takes at most 1,000 values", help: "each is computed by itself: take fewer values")
        }
        var labels: [Label] = []
        for item in items {
            if case .name(let bare) = item.kind, parameter.takesWords {
                labels.append(.string(bare))
            } else {
                let value = try constant(item)
                guard let label = value.label ?? (value == .none ? .string("none") : nil) else {
                    throw wrong("takes one value in each place of a list", help: "`\(verb.signature)`")
                }
                labels.append(label)
            }
        }
        labels = Sweep.uniform(labels)
        guard Set(labels).count == labels.count else {
            throw wrong(
                "has the same value twice", help: "each value of a sweep is one entry of the dimension: name it once")
        }
        return List(place: place, parameter: parameter, items: items, labels: labels)
    }

    /// The entries of a list, written out or behind a name; nil for everything else.
    private func items(_ expr: Expr, _ parameter: Parameter) -> [Expr]? {
        switch (expr.kind, parameter.kind) {
        case (_, .value), (_, .predicate), (_, .renaming): return nil
        case (.list(let items), _): return items
        case (.name, .column), (.name, .choiceOrColumn), (.name, .dimension): return nil
        case (.name(let word), .choice(let words)) where words.contains(word): return nil
        case (.name(let word), .choiceOrNumber(let words)) where words.contains(word): return nil
        default:
            guard case .list(let values)? = try? constant(expr) else { return nil }
            return values.map { Expr(Expr($0).kind, span: expr.span) }
        }
    }

    /// The text of a step with one value in the place of its list.
    private func substituting(_ label: Label, for list: SourceSpan, in text: String, at span: SourceSpan) -> String {
        guard span.start <= list.start, list.end <= span.end else { return text }
        let written = source[list]
        let value = if case .string(let name) = label { SyntaxPrinter.quoted(name) } else { label.description }
        if text == source[span] {
            return source[SourceSpan(span.start, list.start)] + value + source[SourceSpan(list.end, span.end)]
        }
        return text.replacing(written, with: value, maxReplacements: 1)
    }
}

extension Parameter {
    /// Whether a bare word in its place is no name of a value.
    fileprivate var takesWords: Bool {
        switch kind {
        case .choice, .choiceOrNumber, .choiceOrColumn, .column, .dimension: true
        default: false
        }
    }

    /// What to write in place of a list that does not sweep.
    fileprivate func listMend(_ verb: Verb) -> String {
        let several = verb.parameters.contains { $0.takesList || ($0.sweeps && $0.name != name) }
        let line = "write a line of its own for each value"
        switch kind {
        case .dimension where isVariadic, .column where isVariadic:
            return "name them one after the other: `\(verb.signature)`"
        default: return several ? line : "\(line): `\(verb.signature)`"
        }
    }
}

extension Verb {
    /// The parameter that each argument is for, as far as there is one.
    func parameters(of arguments: [Argument]) -> [Parameter?] {
        if let renaming = parameters.first(where: \.isRenaming) { return arguments.map { _ in renaming } }
        let named = Set(arguments.compactMap(\.label?.text))
        var place = 0
        return arguments.map { argument in
            if let label = argument.label { return parameters.first { $0.name == label.text } }
            while place < parameters.count, !parameters[place].isVariadic, named.contains(parameters[place].name) {
                place += 1
            }
            guard place < parameters.count else { return nil }
            defer { if !parameters[place].isVariadic { place += 1 } }
            return parameters[place]
        }
    }
}
