// Operators and brackets, and the marks of other languages that people write by habit.

extension Lexer {
    /// Marks of other languages whose meaning is plain: reported, and read as what was meant. Longest first.
    private static let habits: [(text: [UInt8], meant: Token.Kind, mend: String, about: String)] = [
        (Array("%>%".utf8), .mark(.pipe), "|", "R's pipe"),
        (Array("|>".utf8), .mark(.pipe), "|", "another language's pipe"),
        (Array("||".utf8), .keyword(.or), "or", "`||`"),
        (Array("&&".utf8), .keyword(.and), "and", "`&&`"),
        (Array("&".utf8), .keyword(.and), "and", "`&`"),
        (Array("<>".utf8), .mark(.notEqual), "!=", "SQL's `<>`"),
        (Array("=>".utf8), .mark(.greaterOrEqual), ">=", "`=>`"),
        (Array("=<".utf8), .mark(.lessOrEqual), "<=", "`=<`"),
        (Array("=~".utf8), .keyword(.like), "like", "`=~`"),
        (Array("===".utf8), .mark(.equal), "==", "`===`"),
        (Array("^".utf8), .mark(.power), "**", "`^`"),
        (Array("!".utf8), .keyword(.not), "not", "`!`"),
    ]

    private static let brackets: [UInt8: Mark] = [
        UInt8(ascii: "("): .openRound, UInt8(ascii: ")"): .closeRound, UInt8(ascii: "["): .openSquare,
        UInt8(ascii: "]"): .closeSquare, UInt8(ascii: ","): .comma,
    ]

    private static let marks: [(text: [UInt8], mark: Mark)] = Mark.allCases.map { (Array($0.rawValue.utf8), $0) }
        .sorted { $0.0.count > $1.0.count }

    /// The same by their first byte, so that the others need not be compared.
    private static let habitsByFirst = (UInt8.min...UInt8.max).map { first in habits.filter { $0.text[0] == first } }
    private static let marksByFirst = (UInt8.min...UInt8.max).map { first in marks.filter { $0.text[0] == first } }

    mutating func readMark() {
        let start = offset
        if let bracket = Lexer.brackets[byte()] {
            offset += 1
            return emit(.mark(bracket), from: start)
        }
        let rest = bytes[start..<min(start + 3, bytes.count)]
        for habit in Lexer.habitsByFirst[Int(byte())] where rest.starts(with: habit.text) {
            let isBang = habit.text == [UInt8(ascii: "!")]
            if isBang, byte(1) == UInt8(ascii: "=") { continue }
            offset += habit.text.count
            report(
                Diagnostic(
                    "foreign-operator", SourceSpan(start, offset), "\(habit.about) is not known here",
                    help: "write `\(habit.mend)`", replacement: isBang ? habit.mend + " " : habit.mend))
            return emit(habit.meant, from: start)
        }
        for (text, mark) in Lexer.marksByFirst[Int(byte())] where rest.starts(with: text) {
            offset += text.count
            return emit(.mark(mark), from: start)
        }
        offset += 1
        let span = SourceSpan(start, offset)
        switch byte(-1) {
        case UInt8(ascii: ";"):
            report(
                Diagnostic(
                    "foreign-operator", span, "a statement ends with its line, not with `;`",
                    help: "begin a new line", replacement: "\n"))
            emit(.newline, from: start)
        case UInt8(ascii: "%"):
            report(Diagnostic("foreign-operator", span, "there is no `%` operator", help: "there are + - * / and **"))
            emit(.invalid, from: start)
        case UInt8(ascii: "{"), UInt8(ascii: "}"):
            report(
                Diagnostic(
                    "foreign-operator", span, "braces mean nothing here",
                    help: "a list is `[a, b]`; options are arguments, as in `logreg(C=0.01)`"))
            emit(.invalid, from: start)
        case UInt8(ascii: "$"):
            report(
                Diagnostic(
                    "foreign-operator", span, "`$` means nothing here",
                    help: "a `param` or `let` is used by its bare name, or as `@name` where a column has the same name",
                    replacement: "@"))
            emit(.mark(.at), from: start)
        default:
            let name = VisibleText.escaped(String(decoding: [bytes[start]], as: UTF8.self))
            report(
                Diagnostic("unknown-character", span, "the character `\(name)` means nothing here", help: "remove it"))
        }
    }

    /// A typographic sign that stands for a plain one: reported, and read as what it stands for.
    private mutating func readSign(_ mark: Mark, written: String, meant plain: String, from start: Int) {
        report(
            Diagnostic(
                "typographic-character", SourceSpan(start, offset), "\(written) means nothing here",
                help: "write `\(plain)`", replacement: plain))
        emit(.mark(mark), from: start)
    }

    /// Letters beyond ASCII begin a name; typographic marks are read as the plain ones they stand for.
    mutating func readBeyondASCII() {
        let start = offset
        let (scalar, length) = scalar(at: offset)
        if scalar.properties.isXIDStart { return readWord() }
        offset += length
        let span = SourceSpan(start, offset)
        let shown = VisibleText.escaped(String(Character(scalar)))
        switch scalar {
        case "\u{201C}", "\u{201D}", "\u{201E}", "\u{00AB}", "\u{00BB}", "\u{2018}", "\u{2019}", "\u{201A}":
            readCurlyString(shown, from: start)
        case "\u{2212}", "\u{2013}", "\u{2014}":
            readSign(.minus, written: "the long dash `\(shown)`", meant: "-", from: start)
        case "\u{00D7}": readSign(.star, written: "`×`", meant: "*", from: start)
        case "\u{00F7}": readSign(.slash, written: "`÷`", meant: "/", from: start)
        case "\u{2264}": readSign(.lessOrEqual, written: "`≤`", meant: "<=", from: start)
        case "\u{2265}": readSign(.greaterOrEqual, written: "`≥`", meant: ">=", from: start)
        case "\u{2260}": readSign(.notEqual, written: "`≠`", meant: "!=", from: start)
        case "\u{2026}":
            report(
                Diagnostic("unknown-character", span, "`…` means nothing here", help: "write the rest out"))
            emit(.invalid, from: start)
        default:
            if scalar.properties.isWhitespace || scalar.value == 0x200B || scalar.value == 0xFEFF {
                let name = VisibleText.name(scalar)
                report(
                    Diagnostic(
                        "unknown-character", span, "this blank is a special one, \(name)",
                        help: "replace it by a plain blank", replacement: " "))
            } else {
                report(
                    Diagnostic(
                        "unknown-character", span, "the character `\(shown)` means nothing here",
                        help: "inside text it needs quotes: \"\(shown)\""))
            }
        }
    }

    /// What follows a curly quote up to any closing quote on the line is the string that was meant.
    private mutating func readCurlyString(_ quote: String, from start: Int) {
        let closers: Set<Unicode.Scalar> = ["\u{201C}", "\u{201D}", "\u{2018}", "\u{2019}", "\u{00BB}", "\"", "'"]
        let inside = offset
        var place = offset
        var content: String?
        while place < bytes.count, bytes[place] != 0x0A, content == nil {
            let (scalar, length) = scalar(at: place)
            if closers.contains(scalar) {
                content = String(decoding: bytes[inside..<place], as: UTF8.self)
                offset = place + length
            }
            place += length
        }
        let mended = content.map { SyntaxPrinter.quoted($0) } ?? "\""
        report(
            Diagnostic(
                "typographic-character", SourceSpan(start, offset), "the curly quote `\(quote)` means nothing here",
                help: "write straight quotes: \(mended)", replacement: mended))
        emit(content.map { .string($0) } ?? .invalid, from: start)
    }
}
