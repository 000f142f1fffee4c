/// The second pass over the tokens: brackets are balanced, and only the newlines that end a statement stay.
struct Layout {
    let tokens: [Token]
    var output: [Token] = []
    var diagnostics: [Diagnostic] = []
    var endsInsideBracket = false
    var endsInOperator = false
    private var open: [Token] = []
    /// How many open brackets each closer would fit: keeps hostile nesting linear.
    private var awaited: [Mark: Int] = [:]
    /// For each token the first one after it that is no newline.
    private var following: [Int]

    init(tokens: [Token]) {
        self.tokens = tokens
        output.reserveCapacity(tokens.count)
        following = Array(repeating: tokens.count, count: tokens.count)
        var next = tokens.count
        for index in tokens.indices.reversed() {
            following[index] = next
            if tokens[index].kind != .newline { next = index }
        }
    }

    mutating func run() {
        for (index, token) in tokens.enumerated() {
            switch token.kind {
            case .newline:
                if !open.isEmpty {
                    guard beginsStatement(index + 1) else { continue }
                    closeAll(at: token.span.start)
                }
                if endsStatement(index) { output.append(token) }
            case .end:
                endsInsideBracket = !open.isEmpty
                endsInOperator = output.last(where: { $0.kind != .newline })?.isInfix ?? false
                closeAll(at: token.span.start)
                output.append(token)
            case .mark(let mark) where mark.closer != nil:
                open.append(token)
                awaited[mark.closer ?? mark, default: 0] += 1
                output.append(token)
            case .mark(let mark) where mark.isCloser: close(mark, token)
            default: output.append(token)
            }
        }
    }

    /// Whether the newline at `index` ends a statement: neither an open line before it nor `|` or `.` after it.
    private func endsStatement(_ index: Int) -> Bool {
        guard let last = output.last, last.kind != .newline, !last.isInfix else { return false }
        guard following[index] < tokens.count else { return true }
        let next = tokens[following[index]].kind
        return next != .mark(.pipe) && next != .mark(.dot)
    }

    /// Whether the line from `index` on can only be a new statement, so that an open bracket was forgotten.
    private func beginsStatement(_ index: Int) -> Bool {
        guard index + 1 < tokens.count, case .keyword(let keyword) = tokens[index].kind else { return false }
        switch (keyword, tokens[index + 1].kind) {
        case (.let, .name), (.param, .name), (.def, .name), (.use, .string), (.include, .string), (.assert, .name):
            return true
        default: return false
        }
    }

    private mutating func close(_ mark: Mark, _ token: Token) {
        guard let last = open.last, case .mark(let opener) = last.kind else {
            report(
                Diagnostic(
                    "stray-bracket", token.span, "`\(mark.rawValue)` closes nothing", help: "remove it",
                    replacement: ""))
            return
        }
        if opener.closer == mark {
            removeLast()
            return output.append(token)
        }
        if awaited[mark, default: 0] > 0 {
            reportUnclosed(last, opener)
            synthesise(at: token.span.start)
            return close(mark, token)
        }
        let wanted = opener.closer ?? mark
        report(
            Diagnostic(
                "mismatched-bracket", token.span, "`\(mark.rawValue)` does not close `\(opener.rawValue)`",
                help: "write `\(wanted.rawValue)`", replacement: wanted.rawValue))
        removeLast()
        output.append(Token(kind: .mark(wanted), span: token.span))
    }

    private mutating func closeAll(at place: Int) {
        if let last = open.last, case .mark(let opener) = last.kind { reportUnclosed(last, opener) }
        while !open.isEmpty { synthesise(at: place) }
    }

    @discardableResult
    private mutating func removeLast() -> Mark? {
        guard case .mark(let opener)? = open.popLast()?.kind, let closer = opener.closer else { return nil }
        awaited[closer, default: 1] -= 1
        return closer
    }

    private mutating func synthesise(at place: Int) {
        guard let closer = removeLast() else { return }
        output.append(Token(kind: .mark(closer), span: SourceSpan(place, place), isSynthetic: true))
    }

    private mutating func reportUnclosed(_ token: Token, _ opener: Mark) {
        report(
            Diagnostic(
                "unclosed-bracket", token.span, "this `\(opener.rawValue)` is not closed",
                help: "put `\(opener.closer?.rawValue ?? "")` where it ends"))
    }

    private mutating func report(_ diagnostic: Diagnostic) {
        if diagnostics.count < Parser.maximumDiagnostics { diagnostics.append(diagnostic) }
    }
}
