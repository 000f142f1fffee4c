/// A token that is found in the text before anything is split, such as `<|im_start|>`.
struct AddedToken: Sendable {
    var id: UInt32
    var content: [UInt8]
    var isSpecial: Bool
    /// Only where no word character touches it.
    var isSingleWord: Bool
    /// Takes in the spaces before, or after it.
    var stripsLeft: Bool
    var stripsRight: Bool
    /// Looked for after normalisation instead of before.
    var isNormalized: Bool

    /// As it stands in a text after normalisation.
    func found(after normalizer: Normalizer) -> AddedToken {
        guard isNormalized else { return self }
        var text = TrackedText(content[...])
        normalizer.apply(to: &text)
        var token = self
        token.content = text.bytes
        return token
    }
}

/// Finds added tokens: leftmost first, the longest of those that start there.
struct AddedTokenFinder: Sendable {
    private let tokens: [AddedToken]
    private var contents: ByteTrie

    init(_ tokens: [AddedToken]) {
        self.tokens = tokens
        contents = ByteTrie()
        for (index, token) in tokens.enumerated() where !token.content.isEmpty {
            contents.insert(token.content, value: UInt32(index))
        }
    }

    /// A stretch of the text: an added token, or what lies between.
    struct Section {
        var range: Range<Int>
        var token: UInt32?
    }

    /// Cuts `range` of well-formed UTF-8 at the added tokens in it. O(bytes × longest token).
    func sections(of bytes: [UInt8], _ range: Range<Int>) -> [Section] {
        guard !tokens.isEmpty else { return range.isEmpty ? [] : [Section(range: range)] }
        var result: [Section] = []
        var plainStart = range.lowerBound
        var at = range.lowerBound
        while at < range.upperBound {
            guard let token = contents.longest(in: bytes, at..<range.upperBound).map({ tokens[Int($0)] }) else {
                at += 1
                continue
            }
            var start = at
            var end = at + token.content.count
            at = end
            if token.isSingleWord, touchesWord(bytes, start..<end, within: range) { continue }
            if token.stripsLeft {
                while start > plainStart {
                    let before = UTF8Scalar.before(bytes, start)
                    guard isSpace(UTF8Scalar.decode(bytes, before).scalar) else { break }
                    start = before
                }
            }
            if token.stripsRight {
                while end < range.upperBound {
                    let (scalar, length) = UTF8Scalar.decode(bytes, end)
                    guard isSpace(scalar) else { break }
                    end += length
                }
                at = end
            }
            if plainStart < start { result.append(Section(range: plainStart..<start)) }
            result.append(Section(range: start..<end, token: token.id))
            plainStart = end
        }
        if plainStart < range.upperBound { result.append(Section(range: plainStart..<range.upperBound)) }
        return result
    }

    private func touchesWord(_ bytes: [UInt8], _ token: Range<Int>, within range: Range<Int>) -> Bool {
        if token.lowerBound > range.lowerBound,
            ScalarClass.isWord(UTF8Scalar.decode(bytes, UTF8Scalar.before(bytes, token.lowerBound)).scalar)
        {
            return true
        }
        return token.upperBound < range.upperBound
            && ScalarClass.isWord(UTF8Scalar.decode(bytes, token.upperBound).scalar)
    }

    private func isSpace(_ value: UInt32) -> Bool { UnicodeScalar(value)?.properties.isWhitespace ?? false }
}

/// Byte strings as paths from a root, so that many with a common start are looked for at once.
struct ByteTrie: Sendable {
    /// By first byte; 0 where no string starts so.
    private var roots = [UInt32](repeating: 0, count: 256)
    /// Node and byte → node.
    private var steps: [UInt64: UInt32] = [:]
    /// By node; nil where no string ends.
    private var values: [UInt32?] = [nil]

    /// A string given twice has the first value.
    mutating func insert(_ bytes: [UInt8], value: UInt32) {
        guard let first = bytes.first else { return }
        if roots[Int(first)] == 0 { roots[Int(first)] = makeNode() }
        var node = roots[Int(first)]
        for byte in bytes.dropFirst() {
            let step = UInt64(node) << 8 | UInt64(byte)
            if let next = steps[step] {
                node = next
            } else {
                let next = makeNode()
                steps[step] = next
                node = next
            }
        }
        if values[Int(node)] == nil { values[Int(node)] = value }
    }

    private mutating func makeNode() -> UInt32 {
        values.append(nil)
        return UInt32(values.count - 1)
    }

    /// The value of the longest string with which `range` starts. O(its length).
    func longest(in bytes: [UInt8], _ range: Range<Int>) -> UInt32? {
        var node = roots[Int(bytes[range.lowerBound])]
        guard node != 0 else { return nil }
        var found = values[Int(node)]
        for at in range.dropFirst() {
            guard let next = steps[UInt64(node) << 8 | UInt64(bytes[at])] else { break }
            node = next
            found = values[Int(node)] ?? found
        }
        return found
    }
}
