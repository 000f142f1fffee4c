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
        /// The text that all spans point into: what was parsed, with what it includes behind it.
        public var source: SourceText
        /// Names that statements with errors were to give: using them is no second error.
        public var broken: Set<String> = []
        /// A file could not be included, so that names may be unknown for that reason.
        public var lacksNames = false
    }

    /// Reads a whole text. O(bytes), and bounded in depth whatever the text is; `include` stays a statement.
    public static func parse(_ source: SourceText) -> Output { parse(source, at: 0, of: source) }

    /// Reads a part of a text that begins at a byte of the whole.
    static func parse(_ part: SourceText, at base: Int, of whole: SourceText) -> Output {
        let lexed = Lexer.read(part)
        var parser = Parser(tokens: lexed.tokens, base: base)
        parser.diagnostics = lexed.diagnostics.map { $0.shifted(by: base) }
        let statements = parser.file()
        return Output(
            file: QueryFile(description: lexed.description, statements: statements),
            diagnostics: parser.diagnostics.inOrder, source: whole, broken: parser.broken)
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
    /// The first byte of what is read.
    private let base: Int
    var index = 0
    var depth = 0
    var diagnostics: [Diagnostic] = []
    private var broken: Set<String> = []

    init(tokens: [Token], base: Int = 0) {
        self.base = base
        self.tokens =
            base == 0
            ? tokens
            : tokens.map { Token(kind: $0.kind, span: $0.span.shifted(by: base), isSynthetic: $0.isSynthetic) }
    }

    var current: Token { tokens[index] }
    var next: Token { tokens[min(index + 1, tokens.count - 1)] }

    /// The byte after the last token taken.
    var end: Int { index > 0 ? tokens[index - 1].span.end : base }

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
            let (errors, first) = (diagnostics.count, index)
            do {
                let statement = try statement()
                try endOfStatement(after: statement)
                if diagnostics.count == errors { statements.append(statement) } else { noteBroken(from: first) }
            } catch {
                skipStatement()
                noteBroken(from: first)
            }
        }
        return statements
    }

    /// Remembers the name that a statement with an error would have given.
    private mutating func noteBroken(from first: Int) {
        guard first + 1 < tokens.count, case .name(let name) = tokens[first + 1].kind else { return }
        switch tokens[first].kind {
        case .keyword(.let), .keyword(.def), .keyword(.param): broken.insert(name)
        case .name(let name) where tokens[first + 1].kind == .mark(.assign): broken.insert(name)
        default: break
        }
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
