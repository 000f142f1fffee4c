import Tensor

/// What can stand at the cursor of a half-written query, by the types of what stands before it. Reads the catalogue and nothing else.
public struct Completer {
    /// One word that fits.
    public struct Candidate: Sendable, Hashable {
        /// The word, whole.
        public var text: String
        /// Signature, type or meaning, in a few words.
        public var note: String
    }

    /// Words that fit, and how many characters left of the cursor they replace.
    public struct Answer: Sendable, Hashable {
        public var replaced: Int
        public var candidates: [Candidate]
        /// What is typed of the word.
        public var prefix: String
        /// A path can stand here: the language knows no files, its user does.
        public var isPath = false
    }

    let vocabulary: any Vocabulary
    let scope: Scope

    public init(vocabulary: any Vocabulary, scope: Scope) {
        self.vocabulary = vocabulary
        self.scope = scope
    }

    /// The words that can stand at the end of `before`. Those that begin with what is typed; none where nothing fits.
    public func answer(_ before: String) -> Answer {
        let cursor = Cursor(before)
        let left = type(cursor.left, before, from: cursor.statementStart)
        var all: [Candidate]
        switch cursor.place {
        case .nothing: all = []
        case .verb:
            all = left.map { verbs(on: $0) } ?? VerbTable.all.filter { $0.isBuilt && $0.inputs > 0 }.map(candidate)
        case .site: all = sites(cursor, before)
        case .choice: all = (left?.dims ?? []).map { Candidate(text: $0.name + "=", note: $0.description) }
        case .argument(let verb): all = arguments(of: verb, on: left)
        case .labelled(let label, let verb): all = values(of: label, of: verb, on: left)
        case .expression: all = expressions
        case .string(let inside):
            all = strings(inside, on: left, column: cursor.column).map {
                Candidate(text: SyntaxPrinter.content($0, in: cursor.quote ?? "\""), note: "")
            }
        }
        switch cursor.place {
        case .expression, .argument, .labelled: if cursor.prefix.first == "_" { all += results }
        default: break
        }
        // `_` is whole, and still says which value it is.
        all = all.filter { $0.text.hasPrefix(cursor.prefix) && ($0.text != cursor.prefix || $0.text == "_") }
        return Answer(
            replaced: cursor.prefix.count, candidates: all, prefix: cursor.prefix,
            isPath: Completer.takesPath(cursor.place))
    }

    private static func takesPath(_ place: Cursor.Place) -> Bool {
        switch place {
        case .string(.path): return true
        case .string(.argument(let verb, let label, let place)):
            guard let verb = VerbTable.verb(verb) else { return false }
            let paths = ["path", "file"]
            if let label { return paths.contains(label) }
            return verb.parameters.indices.contains(place) && paths.contains(verb.parameters[place].name)
        default: return false
        }
    }

    /// The signature of the verb whose arguments are being typed.
    public func signature(_ before: String) -> String? {
        let verb: String
        switch Cursor(before).place {
        case .argument(let name), .labelled(_, let name), .string(.argument(let name, _, _)): verb = name
        default: return nil
        }
        return VerbTable.verb(verb).map { "\($0.signature)  \($0.summary)" }
    }

    // MARK: - The value on the left

    /// The type of an expression, with the statements before it in force.
    private func type(_ range: Range<Int>, _ text: String, from statement: Int) -> QueryType? {
        node(range, text, from: statement)?.type
    }

    private func node(_ range: Range<Int>, _ text: String, from statement: Int) -> PlanNode? {
        guard !range.isEmpty else { return nil }
        let bytes = Array(text.utf8)
        func part(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        let earlier = part(0..<min(statement, range.lowerBound))
        let source = SourceText(name: "", text: earlier + "\n(" + part(range) + ")\n")
        let parsed = Parser.parse(source)
        var checker = TypeChecker(vocabulary: vocabulary, source: source, scope: scope)
        checker.settlesShown = false
        guard case .show(let node)? = checker.check(parsed.file).statements.last?.kind else { return nil }
        return node
    }

    // MARK: - What fits

    private func candidate(_ verb: Verb) -> Candidate {
        Candidate(text: verb.name, note: "\(verb.signature)  \(verb.summary)")
    }

    /// The verbs that take a value of that type. A verb is left out only where it refuses the type itself: its arguments are not written yet.
    private func verbs(on type: QueryType) -> [Candidate] {
        let node = PlanNode(.constant(.none), inputs: [], type: type, span: .none, text: "")
        return VerbTable.all.filter { verb in
            guard verb.isBuilt, verb.inputs == 1 else { return false }
            // A dimension that must be named: any of those that there are.
            let named = verb.parameters.first { parameter in
                if case .dimension = parameter.kind { return parameter.isRequired }
                return false
            }
            let codes =
                if let named { type.dims.map { refusal(of: verb, node, [named.name: .dims([$0.name])]) } } else {
                    [refusal(of: verb, node, [:])]
                }
            return codes.contains(nil) || !codes.isEmpty && !codes.contains { Completer.refusals.contains($0 ?? "") }
        }.map(candidate)
    }

    /// The code of what a verb has against a value; nil where it takes it.
    private func refusal(of verb: Verb, _ node: PlanNode, _ given: [String: BoundArguments.Value]) -> String? {
        var arguments = BoundArguments()
        arguments.values = given
        for parameter in verb.parameters where parameter.standard != .none {
            arguments.values[parameter.name] = .constant(parameter.standard)
        }
        let call = VerbCall(
            verb: verb.name, inputs: [node], arguments: arguments, vocabulary: vocabulary, nameSpan: .none,
            span: .none, text: verb.name, file: "")
        do throws(Diagnostic) {
            _ = try verb.resolve(call)
            return nil
        } catch {
            return error.code
        }
    }

    /// What verbs say to a value that they can't take whatever is written behind them.
    private static let refusals: Set<String> = ["wrong-type", "no-split", "no-classes", "labelled-rows", "no-site"]

    private func sites(_ cursor: Cursor, _ before: String) -> [Candidate] {
        guard let node = node(cursor.left, before, from: cursor.statementStart) else { return [] }
        let cells = node.captureGrids.flatMap(\.cells)
        guard let first = cells.first else { return [] }
        var names: [String: String] = [:]
        for shape in first.sites {
            let name = shape.site.point.rawValue
            guard cells.allSatisfy({ $0.sites.contains { $0.site.point == shape.site.point } }) else { continue }
            names[name] = "\(shape.element)"
        }
        let columns = first.tokenColumns.filter { column in cells.allSatisfy { $0.tokenColumns.contains(column) } }
        return names.sorted { $0.key < $1.key }.map { Candidate(text: $0.key, note: $0.value) }
            + columns.map { Candidate(text: SyntaxPrinter.name($0.name), note: "a number per token") }
    }

    private var expressions: [Candidate] {
        named + VerbTable.all.filter { $0.isBuilt && $0.inputs != 1 }.map(candidate)
    }

    /// Names of `let` and `param`.
    private var named: [Candidate] {
        scope.lets.keys.sorted().map { Candidate(text: $0, note: scope.lets[$0].map { "\($0.type)" } ?? "") }
            + scope.params.keys.sorted().map { Candidate(text: $0, note: "param") }
    }

    /// `_` and the numbered values, with their types: offered to who has begun with `_`.
    private var results: [Candidate] {
        let numbered = scope.results.sorted { $0.key < $1.key }.map {
            Candidate(text: "_\($0.key)", note: "\($0.value.type)")
        }
        let last = scope.lastResult.flatMap { scope.results[$0] }
        return (last.map { [Candidate(text: "_", note: "\($0.type)")] } ?? []) + numbered
    }

    private func arguments(of verb: String, on left: QueryType?) -> [Candidate] {
        guard let verb = VerbTable.verb(verb) else { return [] }
        var found: [Candidate] = []
        for (place, parameter) in verb.parameters.enumerated() {
            // What can stand without its label; what comes behind is offered with it.
            if place == 0 || parameter.isRequired { found += words(for: parameter.kind, on: left) }
            let standard = parameter.standard == .none ? nil : "\(parameter.standard)"
            let list = parameter.sweeps ? "a list sweeps" : nil
            found.append(
                Candidate(
                    text: parameter.name + "=", note: [standard, list].compactMap(\.self).joined(separator: ", "))
            )
        }
        let takesValues =
            verb.inputs != 1 || verb.parameters.contains { if case .value = $0.kind { true } else { false } }
        return found + (takesValues ? expressions : named)
    }

    private func values(of label: String, of verb: String, on left: QueryType?) -> [Candidate] {
        guard let parameter = VerbTable.verb(verb)?.parameters.first(where: { $0.name == label }) else {
            return expressions
        }
        if case .choice(let words) = parameter.kind { return words.map { Candidate(text: "\"\($0)\"", note: "") } }
        let words = words(for: parameter.kind, on: left)
        return words.isEmpty ? expressions : words
    }

    private func words(for kind: Parameter.Kind, on left: QueryType?) -> [Candidate] {
        switch kind {
        case .dimension: (left?.dims ?? []).map { Candidate(text: $0.name, note: $0.description) }
        case .column, .predicate, .contrasts:
            columns(left).map { Candidate(text: SyntaxPrinter.name($0.name), note: Completer.note($0)) }
        case .boolean: [Candidate(text: "true", note: ""), Candidate(text: "false", note: "")]
        default: []
        }
    }

    private func columns(_ type: QueryType?) -> [TableColumn] {
        guard let type else { return [] }
        if case .table(let columns) = type.element { return columns }
        return type.columns
    }

    private static func note(_ column: TableColumn) -> String {
        column.values.isEmpty ? column.kind.rawValue : column.values.prefix(6).joined(separator: ", ")
    }

    // MARK: - Strings

    /// What can stand in a string, as it is, not as it is written.
    private func strings(_ inside: Cursor.Inside, on left: QueryType?, column: String?) -> [String] {
        let names: [String]
        switch inside {
        case .choice(let dim): names = (left?.dim(dim)?.labels ?? []).map(\.description)
        case .argument(let verb, let label, let place):
            guard let known = VerbTable.verb(verb) else {
                names = verb == "site" ? siteNames : []
                break
            }
            let parameter =
                label.flatMap { label in known.parameters.first { $0.name == label } }
                ?? (known.parameters.indices.contains(place) ? known.parameters[place] : known.parameters.last)
            switch (parameter?.name, parameter?.kind) {
            case ("model", _): names = vocabulary.captures.map(\.model).unique
            case ("dataset", _): names = vocabulary.datasets.map(\.name)
            case ("name", _) where verb == "load": names = vocabulary.saved.keys.sorted()
            case (_, .choice(let words)?): names = words
            // A condition or contrast: values of any column that has few.
            case (_, .predicate?), (_, .contrasts?), (_, .column?):
                let columns = columns(left)
                names = (columns.first { $0.name == column }.map { [$0] } ?? columns).flatMap(\.values).unique
            default: names = []
            }
        case .path, .other: names = []
        }
        return names
    }

    private var siteNames: [String] {
        vocabulary.captures.flatMap { $0.sites.map(\.site.canonicalName) }.unique
    }
}
