/// The text of one query or `.vq` file, with its name and its line starts.
///
/// What it includes, and the earlier entries of a conversation, stand behind one another in one text: so a span says the file
/// too, by where it lies. Lines are counted in the part they belong to.
public struct SourceText: Sendable {
    /// Longest text that is read, in bytes.
    public static let maximumBytes = 1 << 20

    /// What errors call it: a file name, or `query` and the like for a text that was typed.
    public let name: String
    /// The text itself.
    public let text: String
    /// Its bytes; every span counts in these.
    public let utf8: [UInt8]
    let lineStarts: [Int]
    /// The texts that were put together, in order of their first bytes.
    private var parts: [Part]

    private struct Part: Sendable {
        var name: String
        var start: Int
        /// The lines before it.
        var lines: Int
    }

    /// Splits the text into lines; O(bytes).
    public init(name: String, text: String) {
        self.name = name
        self.text = text
        utf8 = Array(text.utf8)
        var starts = [0]
        for (offset, byte) in utf8.enumerated() where byte == 0x0A { starts.append(offset + 1) }
        lineStarts = starts
        parts = [Part(name: name, start: 0, lines: 0)]
    }

    /// This text with another behind it, and the byte at which that begins. O(bytes of both).
    func appending(_ other: SourceText) -> (text: SourceText, base: Int) {
        var joined = SourceText(name: name, text: text + "\n" + other.text)
        let base = utf8.count + 1
        joined.parts = parts
        for part in other.parts {
            joined.parts.append(
                Part(name: part.name, start: part.start + base, lines: part.lines + lineStarts.count))
        }
        return (joined, base)
    }

    /// The name of the file or entry that a byte belongs to.
    public func name(at offset: Int) -> String { part(at: offset).name }

    /// The byte counted from the beginning of its own file or entry.
    public func offsetInPart(_ offset: Int) -> Int { max(0, offset - part(at: offset).start) }

    /// Where the file or entry begins that a byte belongs to.
    func start(ofPartAt offset: Int) -> Int { part(at: offset).start }

    private func part(at offset: Int) -> Part {
        parts.last { $0.start <= offset } ?? Part(name: name, start: 0, lines: 0)
    }

    /// Reads the bytes of a file; refuses what is too long or not UTF-8, naming the first bad byte.
    public init(name: String, bytes: [UInt8]) throws(Diagnostic) {
        guard bytes.count <= SourceText.maximumBytes else { throw Diagnostic.tooLong(bytes.count) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let place = SourceText.firstInvalidByte(bytes)
            throw Diagnostic(
                "not-utf8", .none, "this is not UTF-8 text: byte \(place) of the file cannot be read",
                help: "save the file as UTF-8")
        }
        self.init(name: name, text: text)
    }

    /// Line and column of a byte, both counted from 1; columns count characters as a reader sees them.
    public func position(of offset: Int) -> (line: Int, column: Int) {
        let offset = min(max(0, offset), utf8.count)
        let line = lineIndex(of: offset)
        let number = line + 1 - part(at: offset).lines
        // In a line that nobody wrote by hand scalars are counted: finding characters would take time for every error.
        if offset - lineStarts[line] > 10_000 {
            return (number, utf8[lineStarts[line]..<offset].count { $0 & 0xC0 != 0x80 } + 1)
        }
        let before = String(decoding: utf8[lineStarts[line]..<offset], as: UTF8.self)
        return (number, before.count + 1)
    }

    /// The bytes of the line that a byte stands in, without its line end.
    public func bytes(ofLineAt offset: Int) -> Range<Int> {
        let index = lineIndex(of: min(max(0, offset), utf8.count))
        let start = lineStarts[index]
        var end = index + 1 < lineStarts.count ? lineStarts[index + 1] - 1 : utf8.count
        if end > start, utf8[end - 1] == 0x0D { end -= 1 }
        return start..<end
    }

    /// The text under a span.
    public subscript(span: SourceSpan) -> String {
        let start = min(max(0, span.start), utf8.count)
        return String(decoding: utf8[start..<min(max(start, span.end), utf8.count)], as: UTF8.self)
    }

    private func lineIndex(of offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }

    private static func firstInvalidByte(_ bytes: [UInt8]) -> Int {
        var offset = 0
        while offset < bytes.count {
            let width: Int
            switch bytes[offset] {
            case 0x00...0x7F: width = 1
            case 0xC2...0xDF: width = 2
            case 0xE0...0xEF: width = 3
            case 0xF0...0xF4: width = 4
            default: return offset
            }
            let end = min(offset + width, bytes.count)
            guard String(validating: bytes[offset..<end], as: UTF8.self) != nil else { return offset }
            offset = end
        }
        return offset
    }
}
