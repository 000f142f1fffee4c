/// JSON objects of scalar values: prompt metadata in the catalogue, and `STORE.json`.
///
/// Only what `render` writes has to be read back; anything else gives nil, never a trap.
package enum FlatJSON {
    /// `{"group":"aligned","n":3,"score":0.5,"ok":true}`; a double always has a point or an exponent.
    package static func render(_ fields: [(String, MetadataValue)]) -> String {
        var text = "{"
        for (index, field) in fields.enumerated() {
            if index > 0 { text += "," }
            text += quoted(field.0) + ":"
            switch field.1 {
            case .string(let value): text += quoted(value)
            case .int(let value): text += String(value)
            case .double(let value): text += "\(value)"
            case .bool(let value): text += value ? "true" : "false"
            }
        }
        return text + "}"
    }

    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            default:
                if scalar.value < 0x20 {
                    let digits = String(scalar.value, radix: 16)
                    out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    out.unicodeScalars.append(scalar)
                }
            }
        }
        return out + "\""
    }

    package static func parse(_ text: String) -> [(String, MetadataValue)]? { parse(utf8: Array(text.utf8)) }

    /// The fields of an object in UTF-8, in its order; names may come more than once.
    static func parse(utf8 bytes: [UInt8]) -> [(String, MetadataValue)]? {
        var scanner = FlatJSONScanner(bytes: bytes)
        return scanner.object()
    }
}

/// Reads one object from beginning to end. O(bytes).
private struct FlatJSONScanner {
    let bytes: [UInt8]
    var position = 0

    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    mutating func object() -> [(String, MetadataValue)]? {
        guard take(UInt8(ascii: "{")) else { return nil }
        var fields: [(String, MetadataValue)] = []
        if !take(UInt8(ascii: "}")) {
            repeat {
                guard let name = string(), take(UInt8(ascii: ":")), let value = value() else { return nil }
                fields.append((name, value))
            } while take(UInt8(ascii: ","))
            guard take(UInt8(ascii: "}")) else { return nil }
        }
        return position == bytes.count ? fields : nil
    }

    private mutating func value() -> MetadataValue? {
        if next == FlatJSONScanner.quote { return string().map(MetadataValue.string) }
        let start = position
        while let byte = next, byte != UInt8(ascii: ","), byte != UInt8(ascii: "}") { position += 1 }
        let word = String(decoding: bytes[start..<position], as: UTF8.self)
        if word == "true" { return .bool(true) }
        if word == "false" { return .bool(false) }
        // Swift's own readers also take "+1", "0x1p3" and "inf".
        guard let first = word.utf8.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first),
            word.utf8.allSatisfy({ (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) })
        else { return nil }
        if let number = Int(word) { return .int(number) }
        guard let number = Double(word), number.isFinite else { return nil }
        return .double(number)
    }

    private mutating func string() -> String? {
        guard take(FlatJSONScanner.quote) else { return nil }
        let start = position
        while let byte = next, byte != FlatJSONScanner.quote, byte != FlatJSONScanner.backslash { position += 1 }
        if take(FlatJSONScanner.quote) { return String(checkedUTF8: bytes.span.extracting(start..<(position - 1))) }
        return escapedString(Array(bytes[start..<position]))
    }

    /// The rest of a string in which an escape comes next.
    private mutating func escapedString(_ begun: [UInt8]) -> String? {
        var out = begun
        while let byte = next {
            position += 1
            if byte == FlatJSONScanner.quote { return String(checkedUTF8: out.span) }
            guard byte == FlatJSONScanner.backslash else {
                out.append(byte)
                continue
            }
            guard let escape = next else { return nil }
            position += 1
            switch escape {
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "t"): out.append(0x09)
            case FlatJSONScanner.quote, FlatJSONScanner.backslash: out.append(escape)
            case UInt8(ascii: "u"):
                guard bytes.count - position >= 4,
                    let code = UInt8(String(decoding: bytes[position..<(position + 4)], as: UTF8.self), radix: 16),
                    code < 0x80
                else { return nil }
                out.append(code)
                position += 4
            default: return nil
            }
        }
        return nil
    }
}
