// Statements.

extension Parser {
    mutating func statement() throws(Failure) -> Statement {
        let start = current.span.start
        let kind: Statement.Kind
        switch current.kind {
        case .keyword(.use):
            advance()
            kind = .use(try string("the path of a store"))
        case .keyword(.include):
            advance()
            kind = .include(try string("the name of a file"))
        case .keyword(.param): kind = try parameter()
        case .keyword(.let): kind = try letStatement()
        case .keyword(.def): kind = try definition()
        case .keyword(.assert): kind = try assertion()
        case .mark(.pipe), .mark(.dot):
            let head = Expr(.lastResult(nil), span: SourceSpan(start, start))
            let value = try stages(after: try postfix(after: head))
            return Statement(.show(value), span: SourceSpan(start, end), continuesLastResult: true)
        default:
            if let habit = foreignStatement() { throw fail(habit) }
            kind = .show(try pipeline())
        }
        return Statement(kind, span: SourceSpan(start, end))
    }

    private mutating func parameter() throws(Failure) -> Statement.Kind {
        advance()
        let name = try name("a name for the parameter")
        var type: Name?
        if take(.colon) { type = try self.name("a type such as `int`, `float`, `str` or `bool`") }
        var initial: Expr?
        if take(.assign) {
            initial = try expression()
        } else if at(.equal) {
            throw fail(.equalForAssign(current.span))
        }
        return .param(name, type: type, initial: initial)
    }

    private mutating func letStatement() throws(Failure) -> Statement.Kind {
        advance()
        let name = try name("a name for the value")
        try expectAssign(after: "let \(name.text)")
        return .let(name, try pipeline())
    }

    private mutating func definition() throws(Failure) -> Statement.Kind {
        advance()
        let name = try name("a name for the definition")
        var parameters: [Name] = []
        guard take(.openRound) else { throw fail(unexpected("`(` with the parameters of `\(name.text)`")) }
        while !at(.closeRound) {
            let parameter = try self.name("the name of a parameter")
            if parameters.contains(parameter) {
                report(
                    Diagnostic(
                        "duplicate-parameter", parameter.span, "`\(name.text)` has two parameters `\(parameter.text)`",
                        help: "name each parameter once"))
            }
            parameters.append(parameter)
            guard at(.closeRound) || take(.comma) else { throw fail(unexpected("`,` or `)`")) }
        }
        advance()
        if at(.colon) {
            throw fail(
                Diagnostic(
                    "missing-assign", current.span, "a definition has `=` before its value, not `:`",
                    help: "write `def \(name.text)(…) = …`", replacement: " ="))
        }
        try expectAssign(after: "def \(name.text)(…)")
        return .define(name, parameters: parameters, body: try pipeline())
    }

    private mutating func assertion() throws(Failure) -> Statement.Kind {
        advance()
        let condition = try expression()
        if at(.pipe) {
            throw fail(
                Diagnostic(
                    "pipe-needs-brackets", current.span, "`assert` takes one condition, not a pipeline",
                    help: "put the pipeline in brackets: `assert (… | mean) > 0.5`"))
        }
        var message: String?
        if take(.comma) { message = try string("a text that says what failed") }
        return .assert(condition, message: message)
    }

    private mutating func expectAssign(after what: String) throws(Failure) {
        if at(.equal) { throw fail(.equalForAssign(current.span)) }
        guard take(.assign) else { throw fail(unexpected("`=` after `\(what)`")) }
    }

    mutating func name(_ what: String) throws(Failure) -> Name {
        switch current.kind {
        case .name(let text):
            let span = current.span
            advance()
            return Name(text, span: span)
        case .keyword(let keyword):
            throw fail(
                Diagnostic(
                    "reserved-word", current.span, "`\(keyword.rawValue)` is a word of the language; here goes \(what)",
                    help: "choose another name, such as `\(keyword.rawValue)_1`"))
        default: throw fail(unexpected(what))
        }
    }

    private mutating func string(_ what: String) throws(Failure) -> String {
        guard case .string(let text) = current.kind else { throw fail(unexpected("\(what) in quotes")) }
        advance()
        return text
    }

    /// Beginnings that are statements in Python or SQL, with what to write here.
    private func foreignStatement() -> Diagnostic? {
        guard case .name(let word) = current.kind else { return nil }
        var followsWord = false
        switch next.kind {
        case .name, .keyword(.not), .keyword(.true), .lastResult, .integer, .string, .mark(.star): followsWord = true
        default: break
        }
        guard followsWord else { return nil }
        func error(_ message: String, _ help: String) -> Diagnostic {
            Diagnostic("foreign-statement", current.span, message, help: help)
        }
        switch word.lowercased() {
        case "for", "while":
            return error(
                "there are no loops",
                "every dimension you do not use up stays in the answer: `mean(token)` gives one value for each layer, "
                    + "`topk([8, 16, 32])` one for each k")
        case "if": return error("there is no `if`", "choose rows with `| where(…)`")
        case "import", "from": return error("nothing has to be imported", "another query file: `include \"file.vq\"`")
        case "select", "with":
            return error(
                "this looks like SQL",
                "to ask the catalogue write `sql(\"select …\")`; rows are chosen with `| where(…)`")
        case "print": return error("every line shows its value", "leave `print` out")
        case "return": return error("there is no `return`", "`def name(x) = …` gives the value of its pipeline")
        case "del", "set", "var", "const":
            return error("values never change", "name one with `let name = …`")
        default: return nil
        }
    }
}

extension Diagnostic {
    static func assignForEqual(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "assign-for-equal", span, "`=` sets a value; to compare write `==`", help: "write `==`", replacement: "==")
    }

    static func equalForAssign(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "equal-for-assign", span, "`==` compares; to set a value write `=`", help: "write `=`", replacement: "=")
    }
}
