// Numbers and strings.

extension Lexer {
    mutating func readNumber() {
        let start = offset
        var isFloat = false
        skipDigits()
        if byte() == UInt8(ascii: "."), isDigit(byte(1)) {
            isFloat = true
            offset += 1
            skipDigits()
        } else if byte() == UInt8(ascii: "."), !isWordByte(byte(1)), byte(1) != UInt8(ascii: ".") {
            offset += 1
            let text = String(decoding: bytes[start..<offset], as: UTF8.self)
            report(
                Diagnostic(
                    "bad-number", SourceSpan(start, offset), "a digit must follow the point of `\(text)`",
                    help: "write `\(text)0`", replacement: text + "0"))
        }
        if byte() | 0x20 == UInt8(ascii: "e") {
            let sign = byte(1) == UInt8(ascii: "+") || byte(1) == UInt8(ascii: "-") ? 1 : 0
            if isDigit(byte(1 + sign)) {
                isFloat = true
                offset += 1 + sign
                skipDigits()
            }
        }
        let digits = bytes[start..<offset].filter { $0 != UInt8(ascii: "_") }
        if isWordByte(byte()) {
            while isWordByte(byte()) { offset += 1 }
            let text = String(decoding: bytes[start..<offset], as: UTF8.self)
            report(
                Diagnostic(
                    "bad-number", SourceSpan(start, offset), "`\(text)` is neither a number nor a name",
                    help: "a name begins with a letter; a number is written like 20, 0.01 or 1e-3"))
            return emit(.invalid, from: start)
        }
        let text = String(decoding: digits, as: UTF8.self)
        if !isFloat, let value = Int(text) { return emit(.integer(value), from: start) }
        if isFloat, let value = Double(text), value.isFinite { return emit(.float(value), from: start) }
        if text.hasSuffix("."), let value = Double(text + "0") { return emit(.float(value), from: start) }
        report(
            Diagnostic(
                "bad-number", SourceSpan(start, offset), "this number is too large",
                help: isFloat ? "the largest is about 1.8e308" : "whole numbers go up to \(Int.max)"))
        emit(.invalid, from: start)
    }

    private mutating func skipDigits() {
        while isDigit(byte()) || (byte() == UInt8(ascii: "_") && isDigit(byte(1))) { offset += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private func isWordByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    /// `"…"` or `'…'`; escapes are those of Python: `\n \t \r \\ \" \' \xNN \uNNNN \u{N…}`.
    mutating func readString(quote: UInt8) {
        let start = offset
        offset += 1
        var text: [UInt8] = []
        while offset < bytes.count, byte() != 0x0A {
            let next = byte()
            if next == quote {
                offset += 1
                return emit(.string(String(decoding: text, as: UTF8.self)), from: start)
            }
            if next == UInt8(ascii: "\\") {
                readEscape(into: &text)
            } else {
                text.append(next)
                offset += 1
            }
        }
        let mark = quote == UInt8(ascii: "'") ? "'" : "\""
        report(
            Diagnostic(
                "unclosed-string", SourceSpan(start, offset), "this string is not closed",
                help: "put `\(mark)` at its end; a line end inside a string is written `\\n`"))
        emit(.string(String(decoding: text, as: UTF8.self)), from: start)
    }

    /// A name in backquotes, which may hold any character: of a column that the prompt file calls `my group`. Escapes are those
    /// of strings, and `\``.
    mutating func readQuotedName() {
        let start = offset
        offset += 1
        var text: [UInt8] = []
        while offset < bytes.count, byte() != 0x0A, byte() != UInt8(ascii: "`") {
            if byte() == UInt8(ascii: "\\") {
                readEscape(into: &text)
            } else {
                text.append(byte())
                offset += 1
            }
        }
        guard byte() == UInt8(ascii: "`") else {
            report(
                Diagnostic(
                    "unclosed-name", SourceSpan(start, offset), "this name is not closed",
                    help: "put a backquote at its end"))
            return emit(.invalid, from: start)
        }
        offset += 1
        guard !text.isEmpty else {
            report(
                Diagnostic(
                    "empty-name", SourceSpan(start, offset), "there is no name between these backquotes",
                    help: "write the name of a column or dimension there"))
            return emit(.invalid, from: start)
        }
        emit(.name(String(decoding: text, as: UTF8.self)), from: start)
    }

    private mutating func readEscape(into text: inout [UInt8]) {
        let start = offset
        offset += 1
        let letter = byte()
        if offset < bytes.count, letter != 0x0A { offset += scalar(at: offset).1 }
        switch letter {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): text.append(letter)
        case UInt8(ascii: "x"):
            if !appendScalar(digits: takeHex(count: 2), to: &text) { reportEscape(start) }
        case UInt8(ascii: "u"):
            if byte() == UInt8(ascii: "{") {
                offset += 1
                let digits = takeHex(count: 8)
                if byte() == UInt8(ascii: "}") { offset += 1 }
                if !appendScalar(digits: digits, to: &text) { reportEscape(start) }
            } else if !appendScalar(digits: takeHex(count: 4), to: &text) {
                reportEscape(start)
            }
        default: reportEscape(start)
        }
    }

    private mutating func reportEscape(_ start: Int) {
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        report(
            Diagnostic(
                "bad-escape", SourceSpan(start, offset), "`\(text)` is not an escape",
                help: "for a backslash write `\\\\`; known are \\n \\t \\r \\\\ \\\" \\' \\x41 \\u0041 \\u{1F600}"))
    }

    private mutating func takeHex(count: Int) -> String {
        let start = offset
        while offset - start < count {
            let next = byte()
            guard isDigit(next) || (0x61...0x66).contains(next | 0x20) else { break }
            offset += 1
        }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    private func appendScalar(digits: String, to text: inout [UInt8]) -> Bool {
        guard let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) else { return false }
        text.append(contentsOf: Array(String(Character(scalar)).utf8))
        return true
    }
}
