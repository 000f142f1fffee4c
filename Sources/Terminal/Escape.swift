/// The one way by which stored text reaches a terminal or a file: nothing in it can steer the terminal.
public enum Escape {
    /// The text with every control character made visible: C0, C1, DEL, line and paragraph separators, bidirectional
    /// controls, byte order marks and unassigned tags become `\n`, `\t`, `\x1b` or `\u{202e}`; a backslash stays one.
    public static func visible(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) { out += name(scalar) } else { out.unicodeScalars.append(scalar) }
        }
        return out
    }

    /// Bytes that may not be UTF-8, such as a token's: valid text as `visible`, any other byte as `\xNN`.
    public static func visible(bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return visible(text) }
        var out = ""
        var place = 0
        while place < bytes.count {
            // The longest valid character from here, at most four bytes.
            var length = min(4, bytes.count - place)
            var text: String?
            while length > 0 {
                text = String(validating: bytes[place..<(place + length)], as: UTF8.self)
                if let text, text.unicodeScalars.count == 1 { break }
                text = nil
                length -= 1
            }
            if let text {
                out += visible(text)
                place += length
            } else {
                out += hex(UInt32(bytes[place]))
                place += 1
            }
        }
        return out
    }

    /// Several lines, each made visible; the line ends stay.
    public static func lines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { visible(String($0)) }
            .joined(separator: "\n")
    }

    /// Whether a scalar may not be printed as it is.
    public static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x206F, 0xFEFF,
            0xFFF9...0xFFFB, 0xE0001:
            true
        default: false
        }
    }

    private static func name(_ scalar: Unicode.Scalar) -> String {
        switch scalar.value {
        case 0x0A: "\\n"
        case 0x0D: "\\r"
        case 0x09: "\\t"
        case ...0xFF: hex(scalar.value)
        default: "\\u{\(String(scalar.value, radix: 16))}"
        }
    }

    private static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return "\\x" + (digits.count < 2 ? "0" : "") + digits
    }
}
