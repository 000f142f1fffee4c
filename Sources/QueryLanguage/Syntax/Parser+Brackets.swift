// What stands between brackets; an element with an error is skipped, so that the next one is read too.

extension Parser {
    /// `(a, label=b)` after a name.
    mutating func arguments() throws(Failure) -> [Argument] {
        let opener = current.span
        advance()
        try refuseBareSQL()
        var arguments: [Argument] = []
        let isComplete = elements(until: .closeRound, of: opener) { (parser) throws(Failure) in
            arguments.append(try parser.argument(after: arguments))
        }
        guard isComplete else { throw Failure() }
        return arguments
    }

    /// `sql(select …)` is read by nobody word by word: one mend instead of one at each blank.
    private mutating func refuseBareSQL() throws(Failure) {
        guard index > 1, tokens[index - 2].kind == .name("sql"), case .name(let word) = current.kind,
            ["select", "with", "values"].contains(word.lowercased())
        else { return }
        let start = current.span.start
        while !at(.closeRound), current.kind != .end, current.kind != .newline { skipElement(until: .closeRound) }
        report(
            Diagnostic(
                "sql-without-quotes", SourceSpan(start, end), "a statement of SQL is a text, and stands in quotes",
                help: "write `sql(\"\(word) …\")`; texts inside it take single quotes"))
        _ = take(.closeRound)
        throw Failure()
    }

    /// `[a, b]` as a value.
    mutating func list() throws(Failure) -> Expr {
        let opener = current.span
        advance()
        var values: [Expr] = []
        let isComplete = elements(until: .closeSquare, of: opener) { (parser) throws(Failure) in
            values.append(try parser.expression())
            if parser.current.kind == .name("for") {
                throw parser.fail(
                    Diagnostic(
                        "comprehension", parser.current.span, "there are no list comprehensions",
                        help: "a verb given a list sweeps over it: `topk([8, 16, 32])`"))
            }
        }
        guard isComplete else { throw Failure() }
        return try node(.list(values), from: opener.start)
    }

    /// `[dim=label, dim=a:b]` after a value.
    mutating func selectors() throws(Failure) -> [Selector] {
        let opener = current.span
        advance()
        if at(.closeSquare), !current.isSynthetic {
            report(
                Diagnostic(
                    "empty-selector", opener.union(current.span), "nothing is chosen between these brackets",
                    help: "name a dimension: `[layer=3]`"))
        }
        var selectors: [Selector] = []
        let isComplete = elements(until: .closeSquare, of: opener) { (parser) throws(Failure) in
            selectors.append(try parser.selector())
        }
        guard isComplete else { throw Failure() }
        return selectors
    }

    /// Runs `element` between commas up to the closer; false when an element was reported.
    private mutating func elements(
        until closer: Mark, of opener: SourceSpan, _ element: (inout Parser) throws(Failure) -> Void
    ) -> Bool {
        var isComplete = true
        let level = depth
        while !at(closer), current.kind != .end, current.kind != .newline {
            do throws(Failure) {
                try element(&self)
                guard !at(closer), !take(.comma) else { continue }
                isComplete = false
                reportSeparator(closer)
                if current.beginsExpression, !at(.openRound) { continue }
            } catch {
                isComplete = false
            }
            depth = level
            skipElement(until: closer)
        }
        _ = take(closer)
        return isComplete
    }

    /// Whether a comparison follows the current word.
    private var comparesNext: Bool {
        switch next.kind {
        case .mark(.equal), .mark(.notEqual), .mark(.less), .mark(.lessOrEqual), .mark(.greater),
            .mark(.greaterOrEqual), .keyword(.in), .keyword(.like):
            true
        default: false
        }
    }

    /// Says what is wrong between an element and the next `,` or closing bracket.
    private mutating func reportSeparator(_ closer: Mark) {
        if at(.assign) {
            _ = fail(.assignForEqual(current.span))
        } else if at(.pipe) {
            _ = fail(
                Diagnostic(
                    "pipe-needs-brackets", current.span, "a pipeline inside brackets needs its own round brackets",
                    help: "write `(x | verb)`, or name it with `let`"))
        } else if case .name(let word) = current.kind, comparesNext, index > 0,
            case .name(let before) = tokens[index - 1].kind
        {
            let name = SyntaxPrinter.name("\(before) \(word)")
            _ = fail(
                Diagnostic(
                    "name-with-blank", tokens[index - 1].span.union(current.span), "these are two names",
                    help: "a name with a blank in it stands in backquotes: \(name)", replacement: name))
        } else if current.beginsExpression {
            _ = fail(
                Diagnostic(
                    "missing-comma", SourceSpan(end, end), "a comma is missing here", help: "write `,`",
                    replacement: ","))
        } else {
            _ = fail(unexpected("`,` or `\(closer.rawValue)`"))
        }
    }

    /// Goes on behind the closer of the innermost bracket, after an error inside it.
    mutating func skipPast(_ closer: Mark) {
        while !at(closer), current.kind != .end, current.kind != .newline { skipElement(until: closer) }
        _ = take(closer)
    }

    /// Goes on behind the next comma, or to the closer.
    private mutating func skipElement(until closer: Mark) {
        var nesting = 0
        while current.kind != .end, current.kind != .newline {
            if case .mark(let mark) = current.kind {
                if nesting == 0, mark == closer { return }
                if nesting == 0, mark == .comma { return advance() }
                if mark.closer != nil { nesting += 1 }
                if mark.isCloser { nesting -= 1 }
                if nesting < 0 { return }
            }
            advance()
        }
    }

    private mutating func argument(after earlier: [Argument]) throws(Failure) -> Argument {
        let start = current.span.start
        var label: Name?
        if next.kind == .mark(.assign) {
            switch current.kind {
            case .name(let text): label = Name(text, span: current.span)
            case .keyword(let keyword): label = Name(keyword.rawValue, span: current.span)
            default: break
            }
        }
        if let label {
            advance()
            advance()
            if earlier.contains(where: { $0.label == label }) {
                report(
                    Diagnostic("duplicate-argument", label.span, "`\(label.text)=` is given twice", help: "remove one"))
            }
        } else if at(.star) || at(.power) {
            throw fail(
                Diagnostic(
                    "unpacking", current.span, "arguments cannot be unpacked with `*`", help: "write each one out"))
        }
        let value = try expression()
        return Argument(label: label, value, span: SourceSpan(start, end))
    }

    private mutating func selector() throws(Failure) -> Selector {
        let start = current.span.start
        guard case .name(let text) = current.kind, next.kind == .mark(.assign) else {
            if case .name(let text) = current.kind, next.kind == .mark(.equal) {
                advance()
                throw fail(
                    Diagnostic(
                        "equal-for-assign", current.span, "a label is chosen with one `=`",
                        help: "write `[\(text)=…]`; conditions go into `| where(…)`", replacement: "="))
            }
            throw fail(
                Diagnostic(
                    "unnamed-selector", current.span, "square brackets choose along a dimension, by its name",
                    help: "write `[layer=3]` or `[token=-1]`"))
        }
        let dimension = Name(text, span: current.span)
        advance()
        advance()
        let from = at(.colon) ? nil : try expression()
        guard take(.colon) else {
            guard let from else { throw Failure() }
            return Selector(dimension, .value(from), span: SourceSpan(start, end))
        }
        let isBound = !at(.colon) && !at(.comma) && !at(.closeSquare)
        let to = isBound ? try expression() : nil
        var step: Expr?
        if take(.colon), !at(.comma), !at(.closeSquare) { step = try expression() }
        return Selector(dimension, .range(from: from, to: to, step: step), span: SourceSpan(start, end))
    }

    /// What stands here instead of what was expected, in the words of the text.
    func unexpected(_ wanted: String) -> Diagnostic {
        let span = current.span
        switch current.kind {
        case .newline, .end:
            return Diagnostic(
                "unexpected-end", SourceSpan(end, end), "the line ends where \(wanted) should be",
                help: "write \(wanted)")
        case .name(let text):
            var help =
                wanted == "the end of the line"
                ? "put `|` before a verb, and an operator between two values" : "write \(wanted)"
            if wanted != "the end of the line", index > 0, case .name(let before) = tokens[index - 1].kind {
                help += "; a name with a blank stands in backquotes: `\(before) \(text)`"
            }
            return Diagnostic("unexpected-name", span, "`\(text)` cannot stand here; expected \(wanted)", help: help)
        case .keyword(let keyword) where keyword.beginsStatement:
            return Diagnostic(
                "misplaced-statement", span, "`\(keyword.rawValue)` begins a statement of its own",
                help: "put it on a new line")
        case .keyword(let keyword):
            return Diagnostic(
                "unexpected-word", span, "`\(keyword.rawValue)` cannot stand here; expected \(wanted)",
                help: "`\(keyword.rawValue)` is a word of the language, and never a name")
        case .mark(.assign):
            return .assignForEqual(span)
        case .mark(let mark):
            return Diagnostic(
                "unexpected-mark", span, "`\(mark.rawValue)` cannot stand here; expected \(wanted)",
                help: mark == .colon ? "`:` belongs between the bounds of a choice: `[layer=2:8]`" : "write \(wanted)")
        case .integer, .float, .string, .lastResult, .invalid:
            return Diagnostic(
                "unexpected-value", span, "this value cannot stand here; expected \(wanted)", help: "write \(wanted)")
        }
    }
}
