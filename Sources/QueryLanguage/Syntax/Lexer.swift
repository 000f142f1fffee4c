/// Turns text into tokens; what it cannot read it reports, mends where the meaning is clear, and goes on.
public struct Lexer {
    /// What one text gave: tokens with balanced brackets, ending in `.end`.
    public struct Output: Sendable {
        /// The tokens.
        public var tokens: [Token]
        /// The lines of `#:` at the top, without the mark.
        public var description: [String]
        /// What was wrong.
        public var diagnostics: [Diagnostic]
        /// A bracket is open at the end of the text.
        public var endsInsideBracket: Bool
        /// The last word is an operator, `|`, `=` or `,`.
        public var endsInOperator: Bool
    }

    let bytes: [UInt8]
    var offset = 0
    var tokens: [Token] = []
    var description: [String] = []
    var diagnostics: [Diagnostic] = []
    /// A token other than a newline was seen: `#:` no longer describes the file.
    private var hasBegun = false

    /// Reads the whole text. O(bytes).
    public static func read(_ source: SourceText) -> Output {
        guard source.utf8.count <= SourceText.maximumBytes else {
            return Output(
                tokens: [Token(kind: .end, span: .none)], description: [], diagnostics: [.tooLong(source.utf8.count)],
                endsInsideBracket: false, endsInOperator: false)
        }
        var lexer = Lexer(bytes: source.utf8)
        lexer.readAll()
        var layout = Layout(tokens: lexer.tokens)
        layout.run()
        return Output(
            tokens: layout.output, description: lexer.description,
            diagnostics: lexer.diagnostics + layout.diagnostics, endsInsideBracket: layout.endsInsideBracket,
            endsInOperator: layout.endsInOperator)
    }

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// The byte `ahead` of the current one, or 0 past the end.
    func byte(_ ahead: Int = 0) -> UInt8 { offset + ahead < bytes.count ? bytes[offset + ahead] : 0 }

    mutating func emit(_ kind: Token.Kind, from start: Int) {
        if kind != .newline { hasBegun = true }
        tokens.append(Token(kind: kind, span: SourceSpan(start, offset)))
    }

    /// Errors past a hundred say nothing new.
    mutating func report(_ diagnostic: Diagnostic) {
        if diagnostics.count < Parser.maximumDiagnostics { diagnostics.append(diagnostic) }
    }

    private mutating func readAll() {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
        while offset < bytes.count { readOne() }
        tokens.append(Token(kind: .end, span: SourceSpan(bytes.count, bytes.count)))
    }

    private mutating func readOne() {
        let start = offset
        switch byte() {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): offset += 1
        case UInt8(ascii: "\n"):
            offset += 1
            emit(.newline, from: start)
        case UInt8(ascii: "#"): readComment()
        case UInt8(ascii: "0")...UInt8(ascii: "9"): readNumber()
        case UInt8(ascii: "\""), UInt8(ascii: "'"): readString(quote: byte())
        case UInt8(ascii: "`"): readQuotedName()
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): readWord()
        case 0x80...0xFF: readBeyondASCII()
        default: readMark()
        }
    }

    private mutating func readComment() {
        let start = offset
        while offset < bytes.count, byte() != 0x0A { offset += 1 }
        guard bytes[start..<offset].starts(with: Array("#:".utf8)) else { return }
        guard !hasBegun else { return }
        var text = Substring(String(decoding: bytes[(start + 2)..<offset], as: UTF8.self))
        if text.first == " " { text = text.dropFirst() }
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        description.append(String(text))
    }

    mutating func readWord() {
        let start = offset
        while offset < bytes.count {
            let (scalar, length) = scalar(at: offset)
            guard scalar == "_" || scalar.properties.isXIDContinue else { break }
            offset += length
        }
        let word = String(decoding: bytes[start..<offset], as: UTF8.self)
        if word == "_" {
            emit(.lastResult(nil), from: start)
        } else if word.hasPrefix("_"), word.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            if let number = Int(word.dropFirst()) {
                emit(.lastResult(number), from: start)
            } else {
                report(
                    Diagnostic(
                        "unknown-result", SourceSpan(start, offset), "there is no result with a number that long"))
                emit(.invalid, from: start)
            }
        } else if let keyword = Keyword(rawValue: word) {
            emit(.keyword(keyword), from: start)
        } else {
            emit(.name(word), from: start)
        }
    }

    /// The scalar that begins at a byte, and its length; the bytes are valid UTF-8.
    func scalar(at place: Int) -> (Unicode.Scalar, Int) {
        let first = bytes[place]
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        let end = min(place + length, bytes.count)
        let scalar = String(decoding: bytes[place..<end], as: UTF8.self).unicodeScalars.first ?? "\u{FFFD}"
        return (scalar, length)
    }
}
