/// A query text with its spacing put in order: words, literals, line breaks and comments stay as they are written.
///
/// Works on tokens, as gofmt does: what a reader laid out in lines stays in lines, and every line gets the blanks and the indentation
/// that its brackets and pipes ask for. Applying it twice changes nothing more.
public struct QueryFormatter {
    /// Lines longer than this are broken at the pipes of their statement.
    public static let lineLength = 120

    /// The text in order.
    ///
    /// - Parameter lineLength: of lines that are not broken
    /// - Throws: the first thing that does not parse; nothing is formatted then.
    public static func format(
        _ source: SourceText, lineLength: Int = QueryFormatter.lineLength
    ) throws(Diagnostic) -> String {
        let parsed = Parser.parse(source)
        if let first = parsed.diagnostics.first { throw first }
        var formatter = QueryFormatter(source, lineLength: lineLength)
        let text = formatter.text()
        // Never hand out a text that means something else: that would be our error, and the user's loss.
        let again = Parser.parse(SourceText(name: source.name, text: text))
        guard again.diagnostics.isEmpty, again.file == parsed.file else {
            throw Diagnostic(
                "not-formatted", .none,
                "\(source.name) would mean something else in another layout, and stays as it is",
                help: "please report this as a bug")
        }
        return text
    }

    private let source: SourceText
    private let lineLength: Int
    private let pieces: [Piece]
    private var lines: [String] = []
    /// Open brackets with the indentation of the line that each stands in.
    private var open: [Int] = []

    /// A token or a comment, and how many line ends stand before it.
    struct Piece {
        enum Kind {
            case token(Token)
            case comment
        }
        var kind: Kind
        var text: String
        var breaks: Int
        /// First of a statement.
        var beginsStatement = false

        var mark: Mark? { if case .token(let token) = kind, case .mark(let mark) = token.kind { mark } else { nil } }
        var isComment: Bool { if case .comment = kind { true } else { false } }
    }

    private init(_ source: SourceText, lineLength: Int) {
        self.source = source
        self.lineLength = lineLength
        pieces = QueryFormatter.pieces(of: source)
    }

    private mutating func text() -> String {
        var start = 0
        while start < pieces.count {
            var end = start + 1
            while end < pieces.count, !pieces[end].beginsStatement, !(pieces[end].isComment && standsAlone(end)) {
                end += 1
            }
            statement(start..<end)
            start = end
        }
        return lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
    }

    /// Whether a comment is not inside a statement: the next token begins one, or there is none.
    private func standsAlone(_ index: Int) -> Bool {
        guard pieces[index].breaks > 0 else { return false }
        return pieces[index...].first { !$0.isComment }?.beginsStatement ?? true
    }

    /// Writes the lines of one statement, or of one comment between statements.
    private mutating func statement(_ range: Range<Int>) {
        if !lines.isEmpty, pieces[range.lowerBound].breaks > 1 { lines.append("") }
        var laid = layout(range, breakingPipes: false)
        if laid.contains(where: { $0.count > lineLength }) {
            laid = layout(range, breakingPipes: true)
        }
        lines += laid
    }

    private mutating func layout(_ range: Range<Int>, breakingPipes: Bool) -> [String] {
        open = []
        var out: [String] = []
        var line = ""
        var indent = 0
        // Statements that name something put what continues them under the name; a pipeline stands at the margin.
        let hanging = isPipeline(pieces[range.lowerBound]) ? 0 : 4
        var previous: Piece?
        for index in range {
            let piece = pieces[index]
            let wantsBreak = piece.breaks > 0 && index > range.lowerBound
            let isOuterPipe = piece.mark == .pipe && open.isEmpty && index > range.lowerBound
            if wantsBreak || (breakingPipes && isOuterPipe) {
                out.append(line)
                if piece.breaks > 1, piece.isComment { out.append("") }
                indent = indentation(before: piece, hanging: hanging)
                line = String(repeating: " ", count: indent) + piece.text
            } else {
                line += (line.isEmpty ? "" : gap(previous, piece, at: index, in: range)) + piece.text
            }
            if let mark = piece.mark {
                if mark.closer != nil { open.append(indent) } else if mark.isCloser { _ = open.popLast() }
            }
            previous = piece
        }
        return out + [line]
    }

    /// A statement that is shown.
    private func isPipeline(_ first: Piece) -> Bool {
        guard case .token(let token) = first.kind, case .keyword(let keyword) = token.kind else { return true }
        return !keyword.beginsStatement
    }

    private func indentation(before piece: Piece, hanging: Int) -> Int {
        guard let bracket = open.last else { return hanging }
        return piece.mark?.isCloser == true ? bracket : bracket + 4
    }

    /// The blanks between two pieces of one line.
    private func gap(_ left: Piece?, _ right: Piece, at index: Int, in range: Range<Int>) -> String {
        if right.isComment { return "  " }
        guard let left, case .token(let before) = left.kind, case .token(let after) = right.kind else { return " " }
        if let mark = left.mark {
            switch mark {
            case .openRound, .openSquare, .dot, .at: return ""
            case .assign where !open.isEmpty: return ""
            case .colon where !open.isEmpty: return ""
            case .minus where isSign(index - 1, in: range): return ""
            default: break
            }
        }
        switch right.mark {
        case .closeRound?, .closeSquare?, .comma?, .dot?: return ""
        case .colon?: return ""
        case .assign? where !open.isEmpty: return ""
        case .openRound?, .openSquare?: return endsOperand(before) ? "" : " "
        default: break
        }
        _ = after
        return " "
    }

    /// Whether a bracket after the token belongs to it: a call's, or a selection's.
    private func endsOperand(_ token: Token) -> Bool {
        switch token.kind {
        case .name, .lastResult, .string, .mark(.closeRound), .mark(.closeSquare): true
        default: false
        }
    }

    /// Whether the `-` at a place is a sign, not a difference.
    private func isSign(_ index: Int, in range: Range<Int>) -> Bool {
        guard let before = pieces[range.lowerBound..<index].last(where: { !$0.isComment }),
            case .token(let token) = before.kind
        else { return true }
        switch token.kind {
        case .integer, .float, .string, .name, .lastResult, .mark(.closeRound), .mark(.closeSquare): return false
        case .keyword(let keyword): return keyword != .true && keyword != .false && keyword != .none
        default: return true
        }
    }
}

extension QueryFormatter {
    /// Tokens and the comments between them, in order.
    fileprivate static func pieces(of source: SourceText) -> [Piece] {
        var pieces: [Piece] = []
        var place = source.utf8.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var breaks = 0
        var beginsStatement = true
        /// Reads blanks, line ends and comments up to a byte.
        func readGap(to end: Int) {
            while place < end {
                switch source.utf8[place] {
                case 0x0A:
                    breaks += 1
                    place += 1
                case UInt8(ascii: "#"):
                    let start = place
                    while place < source.utf8.count, source.utf8[place] != 0x0A { place += 1 }
                    pieces.append(
                        Piece(kind: .comment, text: comment(source.utf8[start..<place]), breaks: breaks))
                    breaks = 0
                default: place += 1
                }
            }
        }
        for token in Lexer.read(source).tokens {
            if token.kind == .newline {
                beginsStatement = true
                continue
            }
            readGap(to: token.span.start)
            guard token.kind != .end else { break }
            pieces.append(
                Piece(
                    kind: .token(token), text: source[token.span], breaks: breaks, beginsStatement: beginsStatement))
            (breaks, beginsStatement) = (0, false)
            place = max(place, token.span.end)
        }
        return pieces
    }

    /// A comment without blanks at its end; a description has one after its mark.
    private static func comment(_ bytes: ArraySlice<UInt8>) -> String {
        var text = Substring(String(decoding: bytes, as: UTF8.self))
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        guard text.hasPrefix("#:"), text.count > 2, !text.dropFirst(2).hasPrefix(" ") else { return String(text) }
        return "#: " + text.dropFirst(2)
    }
}
