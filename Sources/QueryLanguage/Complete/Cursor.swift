/// Where the cursor of a half-written text stands, as far as words and brackets tell.
struct Cursor {
    /// What is being written.
    enum Place: Equatable {
        /// After `|`.
        case verb
        /// After `.`: a site.
        case site
        /// Between the brackets of `[dim=…]`.
        case choice
        /// Inside the brackets of a verb, before anything that tells which argument.
        case argument(of: String)
        /// After `name=` inside the brackets of a verb.
        case labelled(String, of: String)
        /// Where an expression begins.
        case expression
        /// Inside a string: the argument of a verb by its label or its place, or of a `[dim=`.
        case string(Inside)
        /// Inside a comment, or behind something that takes no word.
        case nothing
    }

    /// What a string stands in.
    enum Inside: Equatable {
        case argument(of: String, label: String?, place: Int)
        case choice(String)
        /// Behind `use` or `include`.
        case path
        case other
    }

    var place: Place
    /// The word or string's beginning that is written already.
    var prefix: String
    /// What opened the string that is written; nil outside strings.
    var quote: Unicode.Scalar?
    /// Bytes of the text before the expression whose value stands on the left.
    var statementStart: Int
    /// The bytes of that expression; empty where there is none.
    var left: Range<Int>

    /// The column whose values a string is compared with: `group == "…`, `group in ["a", "…`, `contrast(group, "a" vs "…`.
    var column: String?

    init(_ before: String) {
        let text = CursorText(before)
        prefix = text.prefix
        quote = text.quote
        let tokens = text.tokens
        statementStart = 0
        left = 0..<0
        guard !text.isComment else {
            place = .nothing
            return
        }
        let open = Cursor.openBrackets(tokens)
        statementStart = Cursor.statementStart(tokens, open: open.first?.index)
        if text.quote != nil {
            column = Cursor.comparedColumn(tokens)
            let last = tokens.last?.kind
            place = .string(last == .keyword(.use) || last == .keyword(.include) ? .path : .other)
            if let bracket = open.last {
                place = .string(Cursor.inside(tokens, bracket))
                // A list is part of what the verb around it is told.
                let holder = open.last { $0.isIndex || $0.verb != nil } ?? bracket
                left = Cursor.left(tokens, endingAt: Cursor.owner(tokens, holder))
            }
            return
        }
        guard let last = tokens.last else {
            place = .expression
            return
        }
        switch last.kind {
        case .mark(.pipe):
            place = .verb
            left = Cursor.left(tokens, endingAt: tokens.count - 1)
        case .mark(.dot):
            place = .site
            left = Cursor.left(tokens, endingAt: tokens.count - 1)
        default:
            guard let bracket = open.last else {
                place = Cursor.takesExpression(last) ? .expression : .nothing
                return
            }
            left = Cursor.left(tokens, endingAt: Cursor.owner(tokens, bracket))
            let isFirst = bracket.index == tokens.count - 1 || last.kind == .mark(.comma)
            if bracket.isIndex {
                place = isFirst ? .choice : .nothing
            } else if let verb = bracket.verb {
                place = isFirst ? .argument(of: verb) : Cursor.argument(tokens, last, verb)
            } else {
                place = Cursor.takesExpression(last) ? .expression : .nothing
            }
        }
    }

    private static func comparedColumn(_ tokens: [Token]) -> String? {
        for token in tokens.reversed() {
            switch token.kind {
            case .string, .mark(.comma), .mark(.openSquare), .keyword(.in), .keyword(.like), .keyword(.vs): continue
            case .name(let name): return name
            default:
                guard token.isInfix else { return nil }
            }
        }
        return nil
    }

    private static func argument(_ tokens: [Token], _ last: Token, _ verb: String) -> Place {
        if last.kind == .mark(.assign), tokens.count > 1, case .name(let label) = tokens[tokens.count - 2].kind {
            return .labelled(label, of: verb)
        }
        return takesExpression(last) ? .argument(of: verb) : .nothing
    }

    /// Whether a word may follow a token.
    private static func takesExpression(_ token: Token) -> Bool {
        switch token.kind {
        case .newline, .end, .keyword, .mark(.assign), .mark(.openRound), .mark(.openSquare), .mark(.comma),
            .mark(.colon):
            true
        default: token.isInfix
        }
    }

    // MARK: - Brackets

    /// A bracket that nothing closes yet.
    struct Bracket {
        var index: Int
        /// The name before it.
        var verb: String?
        /// `[` right after a value.
        var isIndex: Bool
    }

    private static func openBrackets(_ tokens: [Token]) -> [Bracket] {
        var open: [Bracket] = []
        for (index, token) in tokens.enumerated() where !token.isSynthetic {
            switch token.kind {
            case .mark(.openRound):
                var verb: String?
                if index > 0, case .name(let name) = tokens[index - 1].kind { verb = name }
                open.append(Bracket(index: index, verb: verb, isIndex: false))
            case .mark(.openSquare):
                let follows: Bool
                switch index > 0 ? tokens[index - 1].kind : .end {
                case .name, .lastResult, .mark(.closeRound), .mark(.closeSquare): follows = true
                default: follows = false
                }
                open.append(Bracket(index: index, verb: nil, isIndex: follows))
            case .mark(.closeRound), .mark(.closeSquare): _ = open.popLast()
            default: break
            }
        }
        return open
    }

    /// The token that ends the value a bracket belongs to: the pipe before a verb, the bracket itself for `[`.
    private static func owner(_ tokens: [Token], _ bracket: Bracket) -> Int {
        if bracket.isIndex { return bracket.index }
        guard bracket.verb != nil, bracket.index >= 2, tokens[bracket.index - 2].kind == .mark(.pipe) else { return 0 }
        return bracket.index - 2
    }

    /// What a string inside a bracket is.
    private static func inside(_ tokens: [Token], _ bracket: Bracket) -> Inside {
        var place = 0
        var depth = 0
        var label: String?
        var list = 0
        for index in (bracket.index + 1)..<max(bracket.index + 1, tokens.count) {
            switch tokens[index].kind {
            case .mark(.openRound), .mark(.openSquare): depth += 1
            case .mark(.closeRound), .mark(.closeSquare): depth -= 1
            case .mark(.comma) where depth == 0:
                place += 1
                label = nil
            case .mark(.assign) where depth == 0:
                if case .name(let name) = tokens[index - 1].kind { label = name }
            default: break
            }
            list = max(list, depth)
        }
        if bracket.isIndex { return label.map { .choice($0) } ?? .other }
        if let verb = bracket.verb { return .argument(of: verb, label: label, place: place) }
        // A list inside the brackets of a verb: `capture(["base", "…`.
        let outer = openBrackets(Array(tokens[..<bracket.index]))
        guard let owner = outer.last else { return .other }
        return inside(Array(tokens[..<bracket.index]), owner)
    }

    // MARK: - Statements

    /// The byte at which the statement begins that the cursor is in.
    private static func statementStart(_ tokens: [Token], open: Int?) -> Int {
        let end = open ?? tokens.count
        for index in tokens[..<end].indices.reversed() where tokens[index].kind == .newline {
            return tokens[index].span.end
        }
        return 0
    }

    /// The expression that ends before a token: back to the bracket, comma, `=`, keyword or line end that it begins after.
    private static func left(_ tokens: [Token], endingAt end: Int) -> Range<Int> {
        guard end > 0, end <= tokens.count else { return 0..<0 }
        var depth = 0
        var start = end
        scan: for index in (0..<end).reversed() {
            switch tokens[index].kind {
            case .mark(.closeRound), .mark(.closeSquare): depth += 1
            case .mark(.openRound), .mark(.openSquare):
                if depth == 0 { break scan }
                depth -= 1
            case .newline where depth == 0, .mark(.comma) where depth == 0, .mark(.assign) where depth == 0,
                .mark(.colon) where depth == 0:
                break scan
            case .keyword(let keyword) where depth == 0:
                if keyword.beginsStatement || keyword.isOperator { break scan }
            default: break
            }
            start = index
        }
        guard start < end else { return 0..<0 }
        return tokens[start].span.start..<tokens[end - 1].span.end
    }
}

/// A half-written text without the word at its end.
private struct CursorText {
    var tokens: [Token]
    var prefix: String
    var quote: Unicode.Scalar?
    var isComment: Bool

    init(_ before: String) {
        // A string or comment that is still open hides what it holds, so both are looked for by hand.
        var quote: Character?
        var openAt = before.startIndex
        var isEscaped = false
        var comment = false
        for index in before.indices {
            let character = before[index]
            if comment {
                if character == "\n" { comment = false }
            } else if let open = quote {
                if isEscaped {
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == open {
                    quote = nil
                }
            } else if character == "\"" || character == "'" {
                quote = character
                openAt = index
            } else if character == "#" {
                comment = true
            }
        }
        isComment = comment
        self.quote = quote?.unicodeScalars.first
        let head: Substring
        if quote != nil {
            head = before[..<openAt]
            prefix = String(before[before.index(after: openAt)...])
        } else {
            let word = before.reversed().prefix { $0 == "_" || $0.isLetter || $0.isNumber }.count
            head = before.dropLast(word)
            prefix = String(before.suffix(word))
        }
        tokens = Lexer.read(SourceText(name: "", text: String(head))).tokens.filter {
            $0.kind != .end && !$0.isSynthetic
        }
    }
}
