/// Python's notation of regular expressions, as far as it is read.
struct PatternParser {
    private let bytes: [UInt8]
    private var at = 0
    private var depth = 0

    /// Groups within groups.
    private static let depthLimit = 24

    init(_ text: String) { bytes = Array(text.utf8) }

    /// The whole text as one pattern.
    mutating func pattern() throws(PatternProblem) -> PatternTree {
        guard bytes.count <= 4096 else { throw PatternProblem(description: "is longer than 4096 bytes") }
        let tree = try choice()
        guard at == bytes.count else { throw problem("has a ) without its (") }
        return tree
    }

    private func problem(_ text: String) -> PatternProblem { PatternProblem(description: text) }

    private func next(is character: Unicode.Scalar) -> Bool { at < bytes.count && bytes[at] == UInt8(ascii: character) }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard next(is: character) else { return false }
        at += 1
        return true
    }

    private mutating func choice() throws(PatternProblem) -> PatternTree {
        var parts = [try sequence()]
        while skip("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .choice(parts)
    }

    private mutating func sequence() throws(PatternProblem) -> PatternTree {
        var parts: [PatternTree] = []
        while at < bytes.count, !next(is: "|"), !next(is: ")") {
            let part = try atom()
            parts.append(try quantified(part))
        }
        return .sequence(parts)
    }

    private mutating func quantified(_ part: PatternTree) throws(PatternProblem) -> PatternTree {
        var (least, most): (Int, Int?) = (1, 1)
        if skip("*") {
            (least, most) = (0, nil)
        } else if skip("+") {
            (least, most) = (1, nil)
        } else if skip("?") {
            (least, most) = (0, 1)
        } else if next(is: "{") {
            (least, most) = try counts()
        } else {
            return part
        }
        if case .require = part { throw problem("repeats something that takes no character") }
        // Whether it prefers few or many makes no difference to whether it matches.
        _ = skip("?")
        if next(is: "*") || next(is: "+") || next(is: "?") || next(is: "{") { throw problem("repeats a repetition") }
        return .repeated(part, least, most)
    }

    /// `{2}`, `{2,}`, `{,3}`, `{2,3}`.
    private mutating func counts() throws(PatternProblem) -> (Int, Int?) {
        at += 1
        let first = try number()
        var second = first
        if skip(",") {
            second = try number()
            guard skip("}") else { throw problem("has a { without its }") }
            guard first != nil || second != nil else { throw problem("has a repetition without a number") }
            guard second == nil || first ?? 0 <= second ?? 0 else { throw problem("has a repetition that counts down") }
            return (first ?? 0, second)
        }
        guard skip("}"), let count = first else { throw problem("has a { without a number and its }") }
        return (count, count)
    }

    private mutating func number() throws(PatternProblem) -> Int? {
        let start = at
        while at < bytes.count, ByteSet.digits.contains(bytes[at]) { at += 1 }
        guard at > start else { return nil }
        guard let value = Int(String(decoding: bytes[start..<at], as: UTF8.self)), value <= 1000 else {
            throw problem("repeats more than 1000 times")
        }
        return value
    }

    private mutating func atom() throws(PatternProblem) -> PatternTree {
        let byte = bytes[at]
        at += 1
        switch UnicodeScalar(byte) {
        case "(": return try group()
        case "[": return .set(try set())
        case ".": return .set(ByteSet([UInt8(ascii: "\n")]).inverted)
        case "^": return .require(.start)
        case "$": return .require(.end)
        case "*", "+", "?", "{": throw problem("repeats nothing")
        case "\\": return try escape()
        default:
            guard byte < 0x80 else { throw problem("holds a character beyond ASCII") }
            return .set(ByteSet([byte]))
        }
    }

    private mutating func group() throws(PatternProblem) -> PatternTree {
        guard depth < PatternParser.depthLimit else { throw problem("nests groups too deeply") }
        if skip("?") {
            if skip("P") {
                guard skip("<") else { throw problem("refers back to a group") }
                while at < bytes.count, ByteSet.word.contains(bytes[at]) { at += 1 }
                guard skip(">") else { throw problem("has a group without a proper name") }
            } else if !skip(":") {
                throw problem("looks around or sets a flag with (?…)")
            }
        }
        depth += 1
        let inside = try choice()
        depth -= 1
        guard skip(")") else { throw problem("has a ( without its )") }
        return inside
    }

    /// After a backslash.
    private mutating func escape() throws(PatternProblem) -> PatternTree {
        guard at < bytes.count else { throw problem("ends in a backslash") }
        switch UnicodeScalar(bytes[at]) {
        case "b":
            at += 1
            return .require(.wordBoundary)
        case "B":
            at += 1
            return .require(.noWordBoundary)
        case "A":
            at += 1
            return .require(.start)
        case "Z":
            at += 1
            return .require(.end)
        default: return .set(try escapedSet())
        }
    }

    private mutating func escapedSet() throws(PatternProblem) -> ByteSet {
        guard at < bytes.count else { throw problem("ends in a backslash") }
        let byte = bytes[at]
        at += 1
        switch UnicodeScalar(byte) {
        case "d": return .digits
        case "D": return ByteSet.digits.inverted
        case "w": return .word
        case "W": return ByteSet.word.inverted
        case "s": return .space
        case "S": return ByteSet.space.inverted
        default:
            let isPlain = byte < 0x80 && !ByteSet.word.contains(byte) || byte == UInt8(ascii: "_")
            guard isPlain else { throw problem("holds \\\(UnicodeScalar(byte)), which is not known") }
            return ByteSet([byte])
        }
    }

    /// After `[`.
    private mutating func set() throws(PatternProblem) -> ByteSet {
        let isInverted = skip("^")
        var found = ByteSet()
        var isEmpty = true
        while at < bytes.count, isEmpty || !next(is: "]") {
            let first = try member()
            isEmpty = false
            guard next(is: "-"), at + 1 < bytes.count, bytes[at + 1] != UInt8(ascii: "]") else {
                found.formUnion(first.set)
                continue
            }
            at += 1
            let last = try member()
            guard let low = first.byte, let high = last.byte, low <= high else {
                throw problem("has a bad range in […]")
            }
            found.formUnion(ByteSet(low...high))
        }
        guard skip("]") else { throw problem("has a [ without its ]") }
        return isInverted ? found.inverted : found
    }

    /// One member of a class; its byte where it is a single one.
    private mutating func member() throws(PatternProblem) -> (set: ByteSet, byte: UInt8?) {
        guard at < bytes.count else { throw problem("has a [ without its ]") }
        let byte = bytes[at]
        guard byte < 0x80 else { throw problem("holds a character beyond ASCII") }
        at += 1
        guard byte == UInt8(ascii: "\\") else { return (ByteSet([byte]), byte) }
        let isShorthand = at < bytes.count && "dDwWsS".utf8.contains(bytes[at])
        let escaped = at < bytes.count ? bytes[at] : 0
        return (try escapedSet(), isShorthand ? nil : escaped)
    }
}
