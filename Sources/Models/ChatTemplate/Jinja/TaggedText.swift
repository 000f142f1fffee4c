/// Text in which every byte knows where it comes from: 0 for the template, k + 1 for the content of message k.
struct TaggedText {
    private(set) var bytes: [UInt8] = []
    private(set) var tags: [UInt32] = []

    init() {}

    init(_ text: String, tag: UInt32 = 0) {
        bytes = Array(text.utf8)
        tags = [UInt32](repeating: tag, count: bytes.count)
    }

    init(_ part: TaggedText, _ range: Range<Int>) {
        bytes = Array(part.bytes[range])
        tags = Array(part.tags[range])
    }

    var string: String { String(decoding: bytes, as: UTF8.self) }

    /// The tag of all bytes, if they share one; the template's otherwise.
    var commonTag: UInt32 {
        guard let first = tags.first, tags.allSatisfy({ $0 == first }) else { return 0 }
        return first
    }

    mutating func append(_ other: TaggedText) {
        bytes += other.bytes
        tags += other.tags
    }

    /// Offsets at which scalars start, and the end.
    var scalarStarts: [Int] { bytes.indices.filter { bytes[$0] & 0xC0 != 0x80 } + [bytes.count] }

    /// Without the scalars of `set` (default: white space) at the given ends.
    func stripped(left: Bool, right: Bool, of set: String?) -> TaggedText {
        func isStripped(_ at: Int) -> Bool {
            guard let scalar = UnicodeScalar(UTF8Scalar.decode(bytes, at).scalar) else { return false }
            if let set { return set.unicodeScalars.contains(scalar) }
            return scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
        }
        var start = 0
        var end = bytes.count
        while left, start < end, isStripped(start) { start += UTF8Scalar.decode(bytes, start).length }
        while right, end > start {
            let before = UTF8Scalar.before(bytes, end)
            guard isStripped(before) else { break }
            end = before
        }
        return TaggedText(self, start..<end)
    }

    /// Offset of the first occurrence of `needle` from `start` on.
    func firstIndex(of needle: [UInt8], from start: Int = 0) -> Int? {
        guard needle.count <= bytes.count else { return nil }
        guard !needle.isEmpty else { return start }
        var at = start
        while at <= bytes.count - needle.count {
            if bytes[at] == needle[0], bytes[at..<at + needle.count].elementsEqual(needle) { return at }
            at += 1
        }
        return nil
    }

    /// The parts between occurrences of `separator`, which is not empty.
    func split(by separator: [UInt8], atMost limit: Int = Int.max) -> [TaggedText] {
        var parts: [TaggedText] = []
        var start = 0
        while parts.count < limit, let at = firstIndex(of: separator, from: start) {
            parts.append(TaggedText(self, start..<at))
            start = at + separator.count
        }
        parts.append(TaggedText(self, start..<bytes.count))
        return parts
    }

    /// The parts between runs of white space.
    var words: [TaggedText] {
        var parts: [TaggedText] = []
        var start: Int?
        var at = 0
        while at < bytes.count {
            let (value, length) = UTF8Scalar.decode(bytes, at)
            let isSpace = UnicodeScalar(value)?.properties.isWhitespace == true || (0x1C...0x1F).contains(value)
            if isSpace, let first = start { parts.append(TaggedText(self, first..<at)) }
            start = isSpace ? nil : start ?? at
            at += length
        }
        if let first = start { parts.append(TaggedText(self, first..<at)) }
        return parts
    }

    /// Every scalar replaced by a text, which inherits its tag.
    func mapped(_ transform: (UnicodeScalar) -> String) -> TaggedText {
        var result = TaggedText()
        var at = 0
        while at < bytes.count {
            let (value, length) = UTF8Scalar.decode(bytes, at)
            if let scalar = UnicodeScalar(value) { result.append(TaggedText(transform(scalar), tag: tags[at])) }
            at += length
        }
        return result
    }
}
