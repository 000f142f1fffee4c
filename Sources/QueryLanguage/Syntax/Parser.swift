/// Recursive descent over the tokens of one text; every statement with an error is reported and left out.
public struct Parser {
    /// Deepest nesting that is read: brackets, operators and dots on the way to one leaf.
    public static let maximumDepth = 200
    /// Errors of one text past this many are not collected.
    static let maximumDiagnostics = 100

    /// What one text gave; run nothing while `diagnostics` holds an error.
    public struct Output: Sendable {
        /// The statements without errors.
        public var file: QueryFile
        /// What was wrong, in the order of the text.
        public var diagnostics: [Diagnostic]
    }

    /// Reads a whole text. O(bytes), and bounded in depth whatever the text is.
    public static func parse(_ source: SourceText) -> Output {
        let lexed = Lexer.read(source)
        var parser = Parser(tokens: lexed.tokens)
        parser.diagnostics = lexed.diagnostics
        let statements = parser.file()
        let sorted = parser.diagnostics.enumerated().sorted {
            ($0.element.span.start, $0.offset) < ($1.element.span.start, $1.offset)
        }
        return Output(
            file: QueryFile(description: lexed.description, statements: statements),
            diagnostics: sorted.map(\.element))
    }

    /// Reads one expression or pipeline, such as the value of a `--param`.
    public static func expression(_ source: SourceText) throws(Diagnostic) -> Expr {
        let output = parse(source)
        if let first = output.diagnostics.first { throw first }
        guard output.file.statements.count == 1, case .show(let value) = output.file.statements[0].kind else {
            throw Diagnostic("expected-value", SourceSpan(0, source.utf8.count), "this is not one value")
        }
        return value
    }

    /// Whether an entry at the prompt goes on in the next line: a bracket is open or an operator waits for its right side.
    public static func needsMore(_ text: String) -> Bool {
        let lexed = Lexer.read(SourceText(name: "", text: text))
        return lexed.endsInsideBracket || lexed.endsInOperator
    }

    /// Thrown after the error was reported.
    struct Failure: Error {}

    let tokens: [Token]
    var index = 0
    var depth = 0
    var diagnostics: [Diagnostic] = []

    init(tokens: [Token]) { self.tokens = tokens }

    var current: Token { tokens[index] }
    var next: Token { tokens[min(index + 1, tokens.count - 1)] }

    /// The byte after the last token taken.
    var end: Int { index > 0 ? tokens[index - 1].span.end : 0 }

    func at(_ mark: Mark) -> Bool { current.kind == .mark(mark) }
    func at(_ keyword: Keyword) -> Bool { current.kind == .keyword(keyword) }

    mutating func advance() { if index < tokens.count - 1 { index += 1 } }

    mutating func take(_ mark: Mark) -> Bool {
        guard at(mark) else { return false }
        advance()
        return true
    }

    /// Reports unless something about the same place was said already.
    mutating func report(_ diagnostic: Diagnostic) {
        guard diagnostics.count < 2 * Parser.maximumDiagnostics else { return }
        diagnostics.append(diagnostic)
    }

    mutating func fail(_ diagnostic: Diagnostic) -> Failure {
        // A bracket that the lexer put in and a character that it refused are reported already.
        if !current.isSynthetic, current.kind != .invalid { report(diagnostic) }
        return Failure()
    }

    /// Goes past the rest of the statement; newlines stand only between statements.
    private mutating func skipStatement() {
        while current.kind != .newline, current.kind != .end { advance() }
    }

    private mutating func file() -> [Statement] {
        var statements: [Statement] = []
        while current.kind != .end {
            if current.kind == .newline {
                advance()
                continue
            }
            depth = 0
            let errors = diagnostics.count
            do {
                let statement = try statement()
                try endOfStatement(after: statement)
                if diagnostics.count == errors { statements.append(statement) }
            } catch {
                skipStatement()
            }
        }
        return statements
    }

    private mutating func endOfStatement(after statement: Statement) throws(Failure) {
        guard current.kind != .newline, current.kind != .end else { return }
        if at(.assign) {
            if case .show(let value) = statement.kind, case .name(let name) = value.kind {
                throw fail(
                    Diagnostic(
                        "missing-let", statement.span, "`\(name) = …` does not name a value here",
                        help: "write `let \(name) = …`; to compare write `==`", replacement: "let \(name)"))
            }
            throw fail(.assignForEqual(current.span))
        }
        throw fail(unexpected("the end of the line"))
    }
}
