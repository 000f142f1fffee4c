import Tensor

/// Turns syntax into typed plan nodes, or into diagnostics: everything that can be known without reading a chunk.
public struct TypeChecker {
    /// Most steps from a source to a value, through `let` and `def` too: what runs later walks down them.
    public static let maximumDepth = 200
    let vocabulary: any Vocabulary
    let source: SourceText
    /// Values given from outside for `param`s: `--param C=0.1`.
    let given: [String: Constant]
    var scope: Scope
    /// Guards against a `def` that calls itself.
    private var expanding: [String] = []
    /// Values that earlier statements of this text save: `load` may name them.
    private var savedHere: [String: QueryType] = [:]

    public init(vocabulary: any Vocabulary, source: SourceText, given: [String: Constant] = [:], scope: Scope = Scope())
    {
        self.vocabulary = vocabulary
        self.source = source
        self.given = given
        self.scope = scope
    }

    /// What came out of checking a file.
    public struct Outcome: Sendable {
        public var statements: [CheckedStatement]
        public var diagnostics: [Diagnostic]
        public var scope: Scope
    }

    /// Checks every statement; several errors of one file come out together.
    public mutating func check(_ file: QueryFile) -> Outcome {
        var statements: [CheckedStatement] = []
        var diagnostics: [Diagnostic] = []
        for statement in file.statements {
            do throws(Diagnostic) {
                statements.append(try check(statement))
            } catch {
                if case .let(let name, _) = statement.kind { scope.broken.insert(name.text) }
                if case .param(let name, _, _) = statement.kind { scope.broken.insert(name.text) }
                if error.code != "follows-from-another-error" { diagnostics.append(error) }
            }
        }
        let declared = TypeChecker.parameters(of: file).map(\.name)
        for name in given.keys.sorted() where !declared.contains(name) {
            diagnostics.append(
                Diagnostic(
                    "unknown-parameter", .none, "the query has no parameter `\(name)`",
                    help: declared.isEmpty
                        ? "it takes none"
                        : Diagnostic.closest(to: name, among: declared).map { "did you mean `\($0)`?" }
                            ?? "its parameters are \(declared.joined(separator: ", "))"))
        }
        return Outcome(statements: statements, diagnostics: diagnostics, scope: scope)
    }

    /// The `param` lines of a file, with their defaults as far as they are plain literals.
    public static func parameters(of file: QueryFile) -> [DeclaredParameter] {
        file.statements.compactMap { statement in
            guard case .param(let name, let type, let initial) = statement.kind else { return nil }
            return DeclaredParameter(
                name: name.text, typeName: type?.text, standard: initial.flatMap(Constant.init(literal:)))
        }
    }

    private mutating func check(_ statement: Statement) throws(Diagnostic) -> CheckedStatement {
        switch statement.kind {
        case .use, .include:
            throw Diagnostic(
                "not-available-yet", statement.span, "`use` and `include` are not available yet",
                help: "give the store on the command line, and write one file")
        case .param(let name, let type, let initial):
            scope.params[name.text] = try parameter(name, type: type, initial: initial)
            return CheckedStatement(kind: .declaration, span: statement.span)
        case .define(let name, let parameters, let body):
            guard VerbTable.verb(name.text) == nil else {
                throw Diagnostic(
                    "name-taken", name.span, "`\(name.text)` is a verb of the language", help: "choose another name")
            }
            scope.defs[name.text] = (parameters, body)
            return CheckedStatement(kind: .declaration, span: statement.span)
        case .let(let name, let value):
            scope.lets[name.text] = nil
            let node = try check(value)
            scope.lets[name.text] = node
            scope.broken.remove(name.text)
            return CheckedStatement(kind: .bind(name.text, node), span: statement.span)
        case .assert(let condition, let message):
            let node = try check(condition)
            guard node.type.element == .bool, node.type.dims.isEmpty else {
                throw Diagnostic(
                    "wrong-type", condition.span, "`assert` takes one true or false; this is \(node.type)",
                    help: "compare one number: `assert x > 0.8`")
            }
            return CheckedStatement(kind: .assert(node, message: message), span: statement.span)
        case .show(let expression):
            return CheckedStatement(kind: .show(try check(expression)), span: statement.span)
        }
    }

    private mutating func parameter(_ name: Name, type: Name?, initial: Expr?) throws(Diagnostic) -> Constant {
        var value: Constant?
        if let initial { value = try constant(initial) }
        let standard = value
        if let outside = given[name.text] { value = outside }
        guard var value else {
            throw Diagnostic(
                "parameter-missing", name.span, "`\(name.text)` must be given",
                help: "run with `--param \(name.text)=…`")
        }
        if case .string = standard, value.number != nil { value = .string(value.description) }
        if let type {
            let fits: Bool
            switch (type.text, value) {
            case ("int", .int), ("str", .string), ("string", .string), ("bool", .bool), ("list", .list): fits = true
            case ("float", .int), ("float", .double), ("number", .int), ("number", .double): fits = true
            default: fits = false
            }
            guard fits else {
                throw Diagnostic(
                    "wrong-parameter", name.span, "`\(name.text)` is declared \(type.text) and is \(value)",
                    help: "types are int, float, str, bool and list")
            }
        }
        return value
    }

    // MARK: - Expressions

    /// The typed node of an expression.
    mutating func check(_ expr: Expr) throws(Diagnostic) -> PlanNode {
        switch expr.kind {
        case .integer, .float, .string, .boolean, .noneLiteral, .list:
            return constantNode(try constant(expr), expr)
        case .name(let name), .reference(let name):
            return try named(name, expr, forced: expr.kind.isReference)
        case .lastResult(let number):
            guard let number = number ?? scope.lastResult, let node = scope.results[number] else {
                throw Diagnostic(
                    "no-result", expr.span, number.map { "there is no result _\($0)" } ?? "there is no result yet",
                    help: "run something first, or begin with `capture(…)`")
            }
            return node
        case .call(let name, let arguments):
            return try call(name, inputs: [], arguments, span: expr.span)
        case .member(let base, let name):
            return try site(name.text, of: try check(base), span: name.span, expr: expr)
        case .method(let base, let name, let arguments):
            guard name.text == "site", arguments.count == 1, arguments[0].label == nil else {
                throw Diagnostic(
                    "no-methods", name.span, "values have no methods", help: "write `… | \(name.text)(…)`")
            }
            guard case .string(let text) = try constant(arguments[0].value) else {
                throw Diagnostic("wrong-argument", arguments[0].span, "`.site(…)` takes a site's name as a string")
            }
            return try site(text, of: try check(base), span: arguments[0].span, expr: expr)
        case .index(let base, let selectors):
            return try choose(try check(base), selectors, expr)
        case .unary(let op, let operand):
            if let folded = try? constant(expr) { return constantNode(folded, expr) }
            let node = try check(operand)
            try checkDepth([node], at: expr.span)
            guard node.type.element.isNumeric || (op == .minus && node.type.element.isVector) else {
                throw Diagnostic("wrong-type", expr.span, "`\(op.rawValue)` takes numbers; this is \(node.type)")
            }
            var type = node.type
            if op == .not { type.element = .bool } else if !type.element.isVector { type.element = .float }
            return PlanNode(
                op == .not ? .not : .negate, inputs: [node], type: type, span: expr.span, text: source[expr.span])
        case .binary(let op, let left, let right):
            if let folded = try? constant(expr) { return constantNode(folded, expr) }
            return try arithmetic(op, try check(left), try check(right), expr)
        case .versus:
            throw Diagnostic(
                "stray-vs", expr.span, "`vs` compares classes and stands in `contrast`",
                help: "`contrast(group, \"a\" vs \"b\")`")
        case .pipeline(let head, let stages):
            var node = try check(head)
            for stage in stages {
                node = try call(
                    stage.name, inputs: [node], stage.arguments, span: stage.span)
            }
            return node
        }
    }

    private func constantNode(_ value: Constant, _ expr: Expr) -> PlanNode {
        let type: QueryType
        switch value {
        case .bool: type = QueryType(.bool)
        case .int: type = QueryType(.int)
        case .double: type = QueryType(.float)
        case .string, .none: type = QueryType(.string)
        case .list(let items):
            type = QueryType(
                items.allSatisfy { $0.number != nil } ? .float : .string,
                [Dimension("item", labels: items.compactMap(\.label))])
        }
        return PlanNode(.constant(value), inputs: [], type: type, span: expr.span, text: source[expr.span])
    }

    private mutating func named(_ name: String, _ expr: Expr, forced: Bool) throws(Diagnostic) -> PlanNode {
        if let node = scope.lets[name] { return node }
        if let value = scope.params[name] { return constantNode(value, expr) }
        if scope.broken.contains(name) {
            throw Diagnostic("follows-from-another-error", expr.span, "`\(name)` has an error of its own")
        }
        if !forced, let verb = VerbTable.verb(name), verb.inputs == 0 {
            return try call(Name(name, span: expr.span), inputs: [], [], span: expr.span)
        }
        var known = Array(scope.lets.keys) + Array(scope.params.keys)
        if VerbTable.verb(name) != nil {
            throw Diagnostic(
                "verb-without-value", expr.span, "`\(name)` needs a value on its left", help: "`capture(…) | \(name)`")
        }
        known += VerbTable.all.filter { $0.inputs == 0 }.map(\.name)
        throw .unknown("name", name, among: known.sorted(), at: expr.span)
    }

    private func site(_ text: String, of node: PlanNode, span: SourceSpan, expr: Expr) throws(Diagnostic) -> PlanNode {
        let isPair: Bool
        switch node.type.element {
        case .capture: isPair = false
        case .pair(.capture, .capture): isPair = true
        default:
            throw Diagnostic(
                "wrong-type", span, "`.\(text)` chooses a site of a capture; this is \(node.type)",
                help: "choose the site right after `capture(…)`")
        }
        let cells = node.captureGrids.flatMap(\.cells)
        if let choice = try SiteChoice.tokenColumn(text, of: node.captureGrids, span: span) {
            var type = node.type.with(isPair ? .pair(.float, .float) : .float)
            type.quantity = text
            return PlanNode(.site(choice), inputs: [node], type: type, span: expr.span, text: ".\(text)")
        }
        // Which of Hugging Face's hidden states is after the final norm depends on the model's depth.
        let meanings = cells.map { SiteNames.site(text, layers: $0.layers) }.unique
        guard let meaning = meanings.first, let named = meaning else {
            let stored = cells.flatMap { $0.sites.map(\.site.point.rawValue) + $0.tokenColumns.map(\.name) }.unique
            throw .unknown("site", text, among: stored, at: span)
        }
        guard meanings.count == 1 else {
            throw Diagnostic(
                "different-sites", span, "`\(text)` is another site in models of another depth",
                help: "name the site itself, such as `.resid_post`")
        }
        let point = named.point
        let (choice, element) = try SiteChoice.resolve(named, written: text, of: node.captureGrids, span: span)
        var type = node.type.with(isPair ? .pair(element, element) : element)
        type.dims += choice.dims
        if point == .lora { type.quantity = "A·x" }
        return PlanNode(.site(choice), inputs: [node], type: type, span: expr.span, text: ".\(text)")
    }

    // MARK: - Calls

    /// A verb or a `def` with its values on the left and its arguments.
    mutating func call(
        _ name: Name, inputs: [PlanNode], _ arguments: [Argument], span: SourceSpan
    ) throws(Diagnostic) -> PlanNode {
        if let def = scope.defs[name.text] { return try expand(name, def, inputs: inputs, arguments, span: span) }
        guard let verb = VerbTable.verb(name.text) else {
            throw .unknown("verb", name.text, among: VerbTable.all.map(\.name) + Array(scope.defs.keys), at: name.span)
        }
        guard verb.isBuilt else {
            throw Diagnostic(
                "not-available-yet", name.span, "`\(name.text)` is not available yet in this version of Varve",
                help: "export what you have with `export(\"x.npz\")` and go on from there")
        }
        var inputs = inputs
        var rest = arguments
        while inputs.count < verb.inputs, let first = rest.first, first.label == nil {
            inputs.append(try check(first.value))
            rest.removeFirst()
        }
        guard inputs.count == verb.inputs else {
            if inputs.count > verb.inputs {
                throw Diagnostic(
                    "source-in-pipe", name.span, "`\(name.text)` begins a query and takes nothing from its left")
            }
            throw Diagnostic(
                "missing-value", name.span,
                verb.inputs == 2 ? "`\(name.text)` takes two values" : "`\(name.text)` needs a value on its left",
                help: verb.inputs == 2 ? "`\(name.text)(a, b)`" : "`capture(…) | \(verb.signature)`")
        }
        for input in inputs { try checkOrder(verb.name, on: input.type, at: name.span) }
        let bound = try bind(rest, to: verb, on: inputs.first?.type, span: span)
        let call = VerbCall(
            verb: verb.name, inputs: inputs, arguments: bound,
            vocabulary: savedHere.isEmpty ? vocabulary : ExtendedVocabulary(base: vocabulary, savedHere: savedHere),
            nameSpan: name.span, span: span, text: source[span])
        try checkDepth(inputs, at: name.span)
        let type = try verb.resolve(call)
        if verb.name == "save", let saved = bound.string("name") { savedHere[saved] = type }
        let operation: PlanNode.Operation =
            verb.name == "capture" ? .captures(try CaptureGrid(call)) : .verb(verb.name, bound)
        let others = bound.values.sorted { $0.key < $1.key }.compactMap {
            if case .node(let node) = $0.value { node } else { nil }
        }
        return PlanNode(operation, inputs: inputs + others, type: type, span: span, text: source[span])
    }

    /// Refuses one step more on top of the deepest value.
    func checkDepth(_ inputs: [PlanNode], at span: SourceSpan) throws(Diagnostic) {
        guard inputs.contains(where: { $0.depth >= TypeChecker.maximumDepth }) else { return }
        throw Diagnostic(
            "too-many-steps", span, "a value is made in at most \(TypeChecker.maximumDepth) steps",
            help: "`save` it on the way, and `load` it in another query")
    }

    private static let afterLabels: Set<String> = [
        "contrast", "balance", "split", "standardize", "logreg", "diff_means", "explain", "describe",
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

    private mutating func expand(
        _ name: Name, _ def: (parameters: [Name], body: Expr), inputs: [PlanNode], _ arguments: [Argument],
        span: SourceSpan
    ) throws(Diagnostic) -> PlanNode {
        guard !expanding.contains(name.text), expanding.count < 32 else {
            throw Diagnostic(
                "recursive-def", name.span, "`\(name.text)` calls itself", help: "a `def` can't be recursive")
        }
        var values = inputs
        for argument in arguments { values.append(try check(argument.value)) }
        guard values.count == def.parameters.count else {
            throw Diagnostic(
                "wrong-argument-count", span,
                "`\(name.text)` takes \(def.parameters.count) values (\(def.parameters.map(\.text).joined(separator: ", "))); \(values.count) given"
            )
        }
        let outer = scope
        for (parameter, value) in zip(def.parameters, values) {
            if case .constant(let constant) = value.operation {
                scope.params[parameter.text] = constant
                scope.lets[parameter.text] = nil
            } else {
                scope.lets[parameter.text] = value
            }
        }
        expanding.append(name.text)
        defer {
            expanding.removeLast()
            scope = outer
        }
        return try check(def.body)
    }
}

extension Expr.Kind {
    var isReference: Bool { if case .reference = self { true } else { false } }
}
