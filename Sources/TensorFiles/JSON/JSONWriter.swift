/// Writes one JSON text as UTF-8; puts commas and line breaks itself.
///
/// A misuse (a value where a key is due, an unclosed array) is a bug of the caller and stops the program.
public struct JSONWriter: Sendable {
    private struct Level {
        let isObject: Bool
        var count = 0
        var awaitsValue = false
    }

    /// The text so far.
    public private(set) var bytes: [UInt8] = []
    private var levels: [Level] = []
    private let indent: Int?

    /// - Parameter indent: spaces a level; nil for one line without spaces.
    public init(indent: Int? = nil) { self.indent = indent }

    /// The whole text. The outermost value must be closed.
    public var text: String {
        precondition(levels.isEmpty, "an array or object is still open")
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Opens an object: keys and values follow.
    public mutating func beginObject() { open(isObject: true) }
    /// Closes the innermost object.
    public mutating func endObject() { close(isObject: true) }
    /// Opens an array: values follow.
    public mutating func beginArray() { open(isObject: false) }
    /// Closes the innermost array.
    public mutating func endArray() { close(isObject: false) }

    /// The name of the next value of an object.
    public mutating func key(_ name: String) {
        precondition(levels.last.map { $0.isObject && !$0.awaitsValue } == true, "a key has its place in an object")
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        if indent != nil { bytes.append(0x20) }
        levels[levels.count - 1].awaitsValue = true
    }

    /// A string, escaped.
    public mutating func string(_ value: String) {
        beforeValue()
        quote(value)
    }

    /// A whole number, exactly.
    public mutating func int(_ value: Int) {
        beforeValue()
        bytes.append(contentsOf: String(value).utf8)
    }

    /// Shortest digits that read back as the same double; NaN and infinities are `null`.
    public mutating func double(_ value: Double) {
        beforeValue()
        bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
    }

    /// Shortest digits that read back as the same float; NaN and infinities are `null`.
    public mutating func float(_ value: Float) {
        beforeValue()
        bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
    }

    /// True or false.
    public mutating func bool(_ value: Bool) {
        beforeValue()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    /// Nothing.
    public mutating func null() {
        beforeValue()
        bytes.append(contentsOf: "null".utf8)
    }

    private mutating func open(isObject: Bool) {
        beforeValue()
        bytes.append(isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
        levels.append(Level(isObject: isObject))
    }

    private mutating func close(isObject: Bool) {
        guard let level = levels.popLast(), level.isObject == isObject, !level.awaitsValue else {
            preconditionFailure("closes what is not open")
        }
        if level.count > 0 { breakLine() }
        bytes.append(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
    }

    private mutating func beforeValue() {
        guard let level = levels.last else {
            precondition(bytes.isEmpty, "one text holds one value")
            return
        }
        if level.isObject {
            precondition(level.awaitsValue, "a value in an object needs its key first")
            levels[levels.count - 1].awaitsValue = false
        } else {
            separate()
        }
    }

    private mutating func separate() {
        if levels[levels.count - 1].count > 0 { bytes.append(UInt8(ascii: ",")) }
        levels[levels.count - 1].count += 1
        breakLine()
    }

    private mutating func breakLine() {
        guard let indent else { return }
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: indent * levels.count))
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0A: bytes.append(contentsOf: "\\n".utf8)
            case 0x0D: bytes.append(contentsOf: "\\r".utf8)
            case 0x09: bytes.append(contentsOf: "\\t".utf8)
            case 0..<0x20, 0x7F:
                let digits = String(byte, radix: 16)
                bytes.append(contentsOf: "\\u00\(digits.count == 1 ? "0" : "")\(digits)".utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
