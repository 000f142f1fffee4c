// Pipelines, operators and what hangs on an atom.

extension Parser {
    /// Counts one level of nesting; every way down passes here.
    private mutating func enter() throws(Failure) {
        depth += 1
        if depth > Parser.maximumDepth { throw fail(.tooDeep(current.span)) }
    }

    /// Makes a node, unless the tree below it is too deep for those who walk it.
    mutating func node(_ kind: Expr.Kind, from start: Int) throws(Failure) -> Expr {
        let made = Expr(kind, span: SourceSpan(start, end))
        if made.depth > Parser.maximumDepth {
            report(.tooDeep(made.span))
            throw Failure()
        }
        return made
    }

    mutating func pipeline() throws(Failure) -> Expr { try stages(after: try expression()) }

    /// `| verb(…)`, any number of times; a `.name` or `[…]` after a stage belongs to the pipeline so far.
    mutating func stages(after first: Expr) throws(Failure) -> Expr {
        var head = first
        var stages: [Stage] = []
        while take(.pipe) {
            stages.append(try stage())
            if at(.dot) || at(.openSquare) {
                head = try postfix(after: try node(.pipeline(head, stages), from: head.span.start))
                stages = []
            }
        }
        guard !stages.isEmpty else { return head }
        // `(x | f) | g` is `x | f | g`.
        if case .pipeline(let inner, let earlier) = head.kind {
            return try node(.pipeline(inner, earlier + stages), from: head.span.start)
        }
        return try node(.pipeline(head, stages), from: head.span.start)
    }

    private mutating func stage() throws(Failure) -> Stage {
        let start = current.span.start
        guard case .name(let text) = current.kind else {
            if at(.dot), case .name(let member) = next.kind {
                throw fail(
                    Diagnostic(
                        "dot-after-pipe", current.span, "a verb must follow `|`, not `.`",
                        help: "write `.\(member)` without `|`"))
            }
            throw fail(unexpected("a verb after `|`"))
        }
        let name = Name(text, span: current.span)
        advance()
        let arguments = at(.openRound) ? try arguments() : []
        return Stage(name, arguments, span: SourceSpan(start, end))
    }

    /// `or ["vs" or]`.
    mutating func expression() throws(Failure) -> Expr {
        try enter()
        defer { depth -= 1 }
        let start = current.span.start
        let left = try operators(1)
        guard at(.vs) else { return left }
        advance()
        let right = try operators(1)
        if at(.vs) {
            throw fail(
                Diagnostic(
                    "chained-vs", current.span, "`vs` has two sides",
                    help: "for several contrasts write a list: [a vs b, a vs c]"))
        }
        return try node(.versus(left, right), from: start)
    }

    private func infix() -> BinaryOperator? {
        switch current.kind {
        case .keyword(let keyword): BinaryOperator(rawValue: keyword.rawValue)
        case .mark(let mark): BinaryOperator(rawValue: mark.rawValue)
        default: nil
        }
    }

    /// Precedence climbing over the binary operators that bind at least as tightly as `least`.
    private mutating func operators(_ least: Int) throws(Failure) -> Expr {
        let start = current.span.start
        var left: Expr
        if at(.not), least <= 3 {
            try enter()
            defer { depth -= 1 }
            advance()
            let operand = try operators(3)
            left = try node(.unary(.not, operand), from: start)
        } else {
            left = try unary()
        }
        while let found = infix(), found.precedence >= least, found != .power {
            advance()
            let right = try operators(found.precedence + 1)
            left = try node(.binary(found, left, right), from: start)
            if found.isComparison, let second = infix(), second.isComparison {
                throw fail(
                    Diagnostic(
                        "chained-comparison", current.span, "comparisons do not chain",
                        help: "write `a \(found.rawValue) b and b \(second.rawValue) c`"))
            }
        }
        if at(.not), next.kind == .keyword(.in), least <= 4 {
            throw fail(
                Diagnostic(
                    "not-in", current.span.union(next.span), "`not in` is written with `not` in front",
                    help: "write `not (x in [a, b])`"))
        }
        return left
    }

    private mutating func unary() throws(Failure) -> Expr {
        let start = current.span.start
        guard at(.minus) else {
            if at(.plus) {
                throw fail(
                    Diagnostic(
                        "unary-plus", current.span, "a sign `+` says nothing", help: "leave it out", replacement: ""))
            }
            if at(.not) {
                throw fail(
                    Diagnostic(
                        "misplaced-not", current.span, "`not` cannot stand after an operator that binds tighter",
                        help: "put it in brackets: `(not x)`"))
            }
            return try power()
        }
        try enter()
        defer { depth -= 1 }
        advance()
        let operand = try unary()
        return try node(.unary(.minus, operand), from: start)
    }

    private mutating func power() throws(Failure) -> Expr {
        let start = current.span.start
        let base = try postfix(after: try atom())
        guard take(.power) else { return base }
        try enter()
        defer { depth -= 1 }
        let exponent = try unary()
        return try node(.binary(.power, base, exponent), from: start)
    }

    /// `.name`, `.name(…)`, `[…]` and `(…)` after an atom.
    mutating func postfix(after first: Expr) throws(Failure) -> Expr {
        var value = first
        let start = first.span.start
        while true {
            if at(.dot) {
                advance()
                let name = try memberName()
                if at(.openRound) {
                    value = try node(.method(value, name, try arguments()), from: start)
                } else {
                    value = try node(.member(value, name), from: start)
                }
            } else if at(.openSquare) {
                value = try node(.index(value, try selectors()), from: start)
            } else if at(.openRound) {
                guard case .name(let text) = value.kind, tokens[index - 1].kind == .name(text) else {
                    throw fail(
                        Diagnostic(
                            "not-callable", current.span, "only a verb or a `def` can be called",
                            help: "call it by name: `verb(…)`, or use `| verb(…)`"))
                }
                let name = Name(text, span: value.span)
                value = try node(.call(name, try arguments()), from: start)
            } else {
                return value
            }
        }
    }

    private mutating func memberName() throws(Failure) -> Name {
        let span = current.span
        switch current.kind {
        case .name(let text):
            advance()
            return Name(text, span: span)
        case .keyword(let keyword):
            advance()
            return Name(keyword.rawValue, span: span)
        case .integer(let number):
            throw fail(
                Diagnostic(
                    "number-member", span, "a name must follow `.`, not \(number)",
                    help: "choose by label: `[layer=\(number)]`"))
        default: throw fail(unexpected("a name after `.`, such as `.resid_post`"))
        }
    }

    private mutating func atom() throws(Failure) -> Expr {
        let token = current
        let span = token.span
        switch token.kind {
        case .integer(let value): advance(); return Expr(.integer(value), span: span)
        case .float(let value): advance(); return Expr(.float(value), span: span)
        case .string(let value): advance(); return Expr(.string(value), span: span)
        case .keyword(.true): advance(); return Expr(.boolean(true), span: span)
        case .keyword(.false): advance(); return Expr(.boolean(false), span: span)
        case .keyword(.none): advance(); return Expr(.noneLiteral, span: span)
        case .lastResult(let number): advance(); return Expr(.lastResult(number), span: span)
        case .name(let text):
            // In backquotes any word is a name.
            let isBare = span.end - span.start == text.utf8.count
            if isBare, let habit = foreignExpression(text) { throw fail(habit) }
            advance()
            return Expr(.name(text), span: span)
        case .mark(.at):
            advance()
            let name = try name("a name after `@`")
            return Expr(.reference(name.text), span: span.union(name.span))
        case .mark(.openSquare): return try list()
        case .mark(.openRound): return try parenthesised()
        default: throw fail(unexpected("a value"))
        }
    }

    private mutating func parenthesised() throws(Failure) -> Expr {
        let start = current.span.start
        advance()
        do throws(Failure) {
            let inner = try contentOfBrackets()
            advance()
            return Expr(inner.kind, span: SourceSpan(start, end))
        } catch {
            skipPast(.closeRound)
            throw error
        }
    }

    private mutating func contentOfBrackets() throws(Failure) -> Expr {
        let inner = try pipeline()
        if at(.comma) {
            throw fail(
                Diagnostic(
                    "tuple", current.span, "round brackets hold one value",
                    help: "a list is written with square ones: [a, b]"))
        }
        if at(.assign) { throw fail(.assignForEqual(current.span)) }
        guard at(.closeRound) else { throw fail(unexpected("`)`")) }
        return inner
    }

    /// Words that are no names in an expression unless they stand in backquotes.
    static let foreignWords: Set<String> = ["lambda", "None", "True", "False", "null", "nil"]

    private func foreignExpression(_ word: String) -> Diagnostic? {
        switch (word, next.kind) {
        case ("lambda", .name), ("lambda", .mark(.colon)):
            Diagnostic(
                "lambda", current.span, "there are no lambdas",
                help: "in `where(…)` a bare name is a column already: `where(role == \"assistant\")`")
        case ("None", _), ("True", _), ("False", _), ("null", _), ("nil", _):
            Diagnostic(
                "foreign-literal", current.span, "`\(word)` is not known here",
                help: "write `\(Parser.literal(word))`", replacement: Parser.literal(word))
        default: nil
        }
    }

    private static func literal(_ word: String) -> String {
        word == "True" ? "true" : word == "False" ? "false" : "none"
    }
}

extension Diagnostic {
    static func tooDeep(_ span: SourceSpan) -> Diagnostic {
        Diagnostic(
            "too-deep", SourceSpan(span.start, min(span.end, span.start + 40)),
            "this is nested more than \(Parser.maximumDepth) levels deep", help: "name a part of it with `let`")
    }
}
