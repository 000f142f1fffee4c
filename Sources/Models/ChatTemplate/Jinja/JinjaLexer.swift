/// A word of an expression.
enum JinjaToken: Sendable, Hashable {
    case name(String)
    case text(String)
    case int(Int)
    case double(Double)
    case symbol(String)
}

/// A template cut into text and tags, whitespace control already done as chat templates have it
/// (`trim_blocks` and `lstrip_blocks` on, one line feed at the end dropped).
struct JinjaLexer {
    enum Piece: Sendable {
        case text(String)
        case output([JinjaToken])
        case statement([JinjaToken])
    }

    private let source: [UInt8]
    private var at = 0
    private var line = 1

    static let maximumBytes = 1 << 20
    private static let symbols = [
        "==", "!=", "<=", ">=", "//", "**", "(", ")", "[", "]", "{", "}", ",", ".", ":", "|", "+", "-", "*", "/", "%",
        "~",
        "<", ">", "=",
    ].map { Array($0.utf8) }

    init(_ template: String) throws(JinjaError) {
        guard template.utf8.count <= JinjaLexer.maximumBytes else {
            throw JinjaError(line: 1, problem: "has more than \(JinjaLexer.maximumBytes) bytes")
        }
        var bytes: [UInt8] = []
        var previous: UInt8 = 0
        for byte in template.utf8 {
            // All line ends become line feeds.
            if byte == 0x0D || byte == 0x0A && previous != 0x0D {
                bytes.append(0x0A)
            } else if byte != 0x0A {
                bytes.append(byte)
            }
            previous = byte
        }
        if bytes.last == 0x0A { bytes.removeLast() }
        source = bytes
    }

    mutating func pieces() throws(JinjaError) -> [(piece: Piece, line: Int)] {
        var result: [(piece: Piece, line: Int)] = []
        var text: [UInt8] = []
        var textLine = 1
        var stripsNext = false
        var trimsNewline = false
        func flush() {
            if !text.isEmpty { result.append((.text(String(decoding: text, as: UTF8.self)), textLine)) }
            text = []
        }
        while at < source.count {
            guard source[at] == UInt8(ascii: "{"), at + 1 < source.count,
                [UInt8(ascii: "%"), UInt8(ascii: "{"), UInt8(ascii: "#")].contains(source[at + 1])
            else {
                let byte = source[at]
                if trimsNewline, byte == 0x0A {
                    trimsNewline = false
                } else if !(stripsNext && isSpace(byte)) {
                    if text.isEmpty { textLine = line }
                    text.append(byte)
                    stripsNext = false
                    trimsNewline = false
                }
                if byte == 0x0A { line += 1 }
                at += 1
                continue
            }
            stripsNext = false
            trimsNewline = false
            let kind = source[at + 1]
            let startLine = line
            at += 2
            if take("-") {
                while let last = text.last, isSpace(last) { text.removeLast() }
            } else if !take("+"), kind != UInt8(ascii: "{") {
                stripIndentation(&text, atStart: result.isEmpty)
            }
            flush()
            var tokens: [JinjaToken] = []
            let close: [UInt8]
            switch kind {
            case UInt8(ascii: "#"):
                close = Array("#}".utf8)
                while at < source.count, !starts(close), !(source[at] == 0x2D && starts(close, 1)) { advance() }
            case UInt8(ascii: "%"):
                close = Array("%}".utf8)
                tokens = try self.tokens(until: close)
            default:
                close = Array("}}".utf8)
                tokens = try self.tokens(until: close)
            }
            let strips = take("-")
            let keeps = !strips && take("+")
            guard starts(close) else { throw JinjaError(line: startLine, problem: "a tag is not closed") }
            at += 2
            stripsNext = strips
            trimsNewline = !strips && !keeps && kind != UInt8(ascii: "{")
            if kind == UInt8(ascii: "%") { result.append((.statement(tokens), startLine)) }
            if kind == UInt8(ascii: "{") { result.append((.output(tokens), startLine)) }
        }
        flush()
        return result
    }

    /// Spaces and tabs between the start of the line and a block are dropped.
    private func stripIndentation(_ text: inout [UInt8], atStart: Bool) {
        var end = text.count
        while end > 0, text[end - 1] == 0x20 || text[end - 1] == 0x09 { end -= 1 }
        if end > 0 ? text[end - 1] == 0x0A : startsLine { text.removeLast(text.count - end) }
    }

    /// Whether only blanks lie between the last line feed of the source and the tag just entered.
    private var startsLine: Bool {
        var before = at - 3
        while before >= 0, source[before] == 0x20 || source[before] == 0x09 { before -= 1 }
        return before < 0 || source[before] == 0x0A
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private func starts(_ word: [UInt8], _ ahead: Int = 0) -> Bool {
        at + ahead + word.count <= source.count && source[(at + ahead)..<(at + ahead + word.count)].elementsEqual(word)
    }

    private mutating func take(_ character: Character) -> Bool {
        guard at < source.count, source[at] == character.asciiValue else { return false }
        at += 1
        return true
    }

    private mutating func advance() {
        if source[at] == 0x0A { line += 1 }
        at += 1
    }

    private mutating func tokens(until close: [UInt8]) throws(JinjaError) -> [JinjaToken] {
        var tokens: [JinjaToken] = []
        var depth = 0
        while at < source.count {
            let byte = source[at]
            if isSpace(byte) {
                advance()
                continue
            }
            if depth == 0, starts(close) || (byte == 0x2D || byte == 0x2B) && starts(close, 1) { return tokens }
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""): tokens.append(.text(try quoted(byte)))
            case 0x30...0x39: tokens.append(try number())
            case 0x41...0x5A, 0x61...0x7A, 0x5F:
                let start = at
                while at < source.count, isNameByte(source[at]) { at += 1 }
                tokens.append(.name(String(decoding: source[start..<at], as: UTF8.self)))
            default:
                guard let symbol = JinjaLexer.symbols.first(where: { starts($0) }) else {
                    throw JinjaError(line: line, problem: "an unexpected character in a tag")
                }
                if [UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{")].contains(byte) { depth += 1 }
                if [UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}")].contains(byte) { depth -= 1 }
                tokens.append(.symbol(String(decoding: symbol, as: UTF8.self)))
                at += symbol.count
            }
        }
        throw JinjaError(line: line, problem: "a tag is not closed")
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
        default: false
        }
    }

    private mutating func number() throws(JinjaError) -> JinjaToken {
        let start = at
        while at < source.count, (0x30...0x39).contains(source[at]) { at += 1 }
        let isWhole = !(at + 1 < source.count && source[at] == 0x2E && (0x30...0x39).contains(source[at + 1]))
        if !isWhole {
            at += 1
            while at < source.count, (0x30...0x39).contains(source[at]) { at += 1 }
        }
        let digits = String(decoding: source[start..<at], as: UTF8.self)
        if isWhole, let value = Int(digits) { return .int(value) }
        if !isWhole, let value = Double(digits) { return .double(value) }
        throw JinjaError(line: line, problem: "the number \(digits.prefix(30)) is too large")
    }

    private mutating func quoted(_ quote: UInt8) throws(JinjaError) -> String {
        let startLine = line
        at += 1
        var bytes: [UInt8] = []
        while at < source.count {
            let byte = source[at]
            if byte == quote {
                at += 1
                return String(decoding: bytes, as: UTF8.self)
            }
            guard byte == UInt8(ascii: "\\"), at + 1 < source.count else {
                bytes.append(byte)
                advance()
                continue
            }
            at += 1
            switch source[at] {
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): bytes.append(source[at])
            case UInt8(ascii: "u") where at + 4 < source.count:
                let digits = String(decoding: source[(at + 1)...(at + 4)], as: UTF8.self)
                guard let value = UInt32(digits, radix: 16), let scalar = UnicodeScalar(value) else {
                    throw JinjaError(line: line, problem: "an invalid \\u escape")
                }
                bytes += Array(String(scalar).utf8)
                at += 4
            default:
                // Python keeps an escape that it does not know.
                bytes += [UInt8(ascii: "\\"), source[at]]
            }
            advance()
        }
        throw JinjaError(line: startLine, problem: "a string is not closed")
    }
}
