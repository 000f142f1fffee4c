/// A half-open range of UTF-8 bytes in one `SourceText`.
public struct SourceSpan: Sendable, Hashable {
    /// First byte.
    public var start: Int
    /// One past the last byte; equal to `start` for a place between two characters.
    public var end: Int

    /// Bytes `start..<end`; an `end` before `start` is taken as `start`.
    public init(_ start: Int, _ end: Int) {
        self.start = start
        self.end = max(start, end)
    }

    /// The span of a node that no text stands for.
    public static let none = SourceSpan(0, 0)

    /// From the first byte of this span to the last of `other`.
    public func union(_ other: SourceSpan) -> SourceSpan {
        SourceSpan(min(start, other.start), max(end, other.end))
    }
}

/// The text of one query or `.vq` file, with its name and its line starts.
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

    /// Splits the text into lines; O(bytes).
    public init(name: String, text: String) {
        self.name = name
        self.text = text
        utf8 = Array(text.utf8)
        var starts = [0]
        for (offset, byte) in utf8.enumerated() where byte == 0x0A { starts.append(offset + 1) }
        lineStarts = starts
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
        // In a line that nobody wrote by hand scalars are counted: finding characters would take time for every error.
        if offset - lineStarts[line] > 10_000 {
            return (line + 1, utf8[lineStarts[line]..<offset].count { $0 & 0xC0 != 0x80 } + 1)
        }
        let before = String(decoding: utf8[lineStarts[line]..<offset], as: UTF8.self)
        return (line + 1, before.count + 1)
    }

    /// The bytes of a line without its line end; `line` counts from 1.
    public func bytes(ofLine line: Int) -> Range<Int> {
        let index = min(max(0, line - 1), lineStarts.count - 1)
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
