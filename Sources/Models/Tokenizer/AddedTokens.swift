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
}

/// Finds added tokens: leftmost first, the longest of those that start there.
struct AddedTokenFinder: Sendable {
    private let tokens: [AddedToken]
    private var table: ByteStringTable
    /// By first byte: the lengths that occur, longest first.
    private var lengths: [[Int]]

    init(_ tokens: [AddedToken]) {
        self.tokens = tokens
        table = ByteStringTable(capacity: tokens.count)
        lengths = [[Int]](repeating: [], count: 256)
        for (index, token) in tokens.enumerated() {
            guard let first = token.content.first else { continue }
            _ = table.insert(token.content, value: UInt32(index))
            if !lengths[Int(first)].contains(token.content.count) { lengths[Int(first)].append(token.content.count) }
        }
        for byte in lengths.indices { lengths[byte].sort(by: >) }
    }

    /// A stretch of the text: an added token, or what lies between.
    struct Section {
        var range: Range<Int>
        var token: UInt32?
    }

    /// Cuts `range` of well-formed UTF-8 at the added tokens in it.
    func sections(of bytes: [UInt8], _ range: Range<Int>) -> [Section] {
        guard !tokens.isEmpty else { return [Section(range: range)] }
        var result: [Section] = []
        var plainStart = range.lowerBound
        var at = range.lowerBound
        while at < range.upperBound {
            guard let token = match(bytes, at, range.upperBound) else {
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

    private func match(_ bytes: [UInt8], _ at: Int, _ end: Int) -> AddedToken? {
        for length in lengths[Int(bytes[at])] where length <= end - at {
            if let index = table.value(of: bytes, at..<at + length) { return tokens[Int(index)] }
        }
        return nil
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
