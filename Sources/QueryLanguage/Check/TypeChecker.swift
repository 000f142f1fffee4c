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
    var expanding: [String] = []
    /// Values that earlier statements of this text save: `load` may name them.
    var savedHere: [String: QueryType] = [:]
    /// Errors of the statement being checked beside the one that ends it.
    var others: [Diagnostic] = []
    /// Values among the arguments of a verb that is run for each value of a sweep: they are the same for all.
    var knownValues: [SourceSpan: PlanNode] = [:]
    /// Whether what is shown has to be one value: not where a pipeline is still being written.
    var settlesShown = true
    /// A file could not be included: a name may be unknown for that reason.
    private(set) var lacksNames = false

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

    /// Checks what was parsed; errors of the parser and of the checks come out together.
    public mutating func check(_ parsed: Parser.Output) -> Outcome {
        scope.broken.formUnion(parsed.broken)
        lacksNames = parsed.lacksNames
        var outcome = check(parsed.file)
        outcome.diagnostics = (parsed.diagnostics + outcome.diagnostics).inOrder
        return outcome
    }

    /// Checks every statement; several errors of one file come out together.
    public mutating func check(_ file: QueryFile) -> Outcome {
        var statements: [CheckedStatement] = []
        var diagnostics: [Diagnostic] = []
        let beginning = file.statements.first.map { SourceSpan($0.span.start, $0.span.start) } ?? .none
        var isFirst = true
        for statement in file.statements {
            others = []
            do throws(Diagnostic) {
                statements.append(try check(statement, isFirst: isFirst))
            } catch {
                noteBroken(statement)
                others.append(error)
            }
            if case .use = statement.kind {} else { isFirst = false }
            for error in others where error.code != Diagnostic.follows {
                let error = error.narrowed(in: source)
                if !diagnostics.contains(error) { diagnostics.append(error) }
            }
        }
        diagnostics += unknownParameters(in: file, at: beginning) + lostNames(in: file)
        return Outcome(statements: statements, diagnostics: diagnostics.inOrder, scope: scope)
    }

    /// What a statement with an error would have named: using it is no second error.
    private mutating func noteBroken(_ statement: Statement) {
        switch statement.kind {
        case .let(let name, _), .param(let name, _, _), .define(let name, _, _): scope.broken.insert(name.text)
        case .show: scope.noteShown(nil)
        case .use, .include, .assert: break
        }
    }

    private func unknownParameters(in file: QueryFile, at span: SourceSpan) -> [Diagnostic] {
        let declared = TypeChecker.parameters(of: file).map(\.name)
        return given.keys.sorted().filter { !declared.contains($0) && !scope.broken.contains($0) && !lacksNames }.map {
            name in
            Diagnostic(
                "unknown-parameter", span, "the query has no parameter `\(name)`",
                help: declared.isEmpty
                    ? "it takes none"
                    : Diagnostic.closest(to: name, among: declared).map { "did you mean `\($0)`?" }
                        ?? "its parameters are \(declared.joined(separator: ", "))")
        }
    }

    /// The `param` lines of a file, with their defaults as far as they are plain literals.
    public static func parameters(of file: QueryFile) -> [DeclaredParameter] {
        file.statements.compactMap { statement in
            guard case .param(let name, let type, let initial) = statement.kind else { return nil }
            return DeclaredParameter(
                name: name.text, typeName: type?.text, standard: initial.flatMap(Constant.init(literal:)))
        }
    }

    private mutating func check(_ statement: Statement, isFirst: Bool) throws(Diagnostic) -> CheckedStatement {
        switch statement.kind {
        case .use:
            guard isFirst else {
                throw Diagnostic(
                    "use-not-first", statement.span, "`use` opens the store of the whole query, and comes first",
                    help: "write it above everything else")
            }
            return CheckedStatement(kind: .declaration, span: statement.span)
        case .include:
            throw Diagnostic(
                "no-files", statement.span, "`include` reads a file, and there are none here",
                help: "write what the file holds")
        case .param(let name, let type, let initial):
            scope.params[name.text] = try parameter(name, type: type, initial: initial)
            scope.broken.remove(name.text)
            return CheckedStatement(kind: .declaration, span: statement.span)
        case .define(let name, let parameters, let body):
            guard VerbTable.verb(name.text) == nil else {
                throw Diagnostic(
                    "name-taken", name.span, "`\(name.text)` is a verb of the language", help: "choose another name")
            }
            // The body gets its types where it is used; its verbs are known here.
            let errors = lacksNames ? [] : NameCheck(known: Set(scope.defs.keys).union([name.text])).errors(in: body)
            if let first = errors.first {
                others += errors.dropFirst()
                throw first
            }
            scope.defs[name.text] = (parameters, body)
            scope.broken.remove(name.text)
            return CheckedStatement(kind: .declaration, span: statement.span)
        case .let(let name, let value):
            scope.lets[name.text] = nil
            let node = try check(value)
            scope.lets[name.text] = node
            scope.broken.remove(name.text)
            return CheckedStatement(kind: .bind(name.text, node), span: statement.span)
        case .assert(let condition, let message):
            let node = try settled(try check(condition))
            guard node.type.element == .bool, node.type.dims.isEmpty else {
                throw Diagnostic(
                    "wrong-type", condition.span, "`assert` takes one true or false; this is \(node.type)",
                    help: "compare one number: `assert x > 0.8`")
            }
            return CheckedStatement(kind: .assert(node, message: message), span: statement.span)
        case .show(let expression):
            let node = settlesShown ? try settled(try check(expression)) : try check(expression)
            scope.noteShown(node)
            return CheckedStatement(kind: .show(node), span: statement.span)
        }
    }
}
