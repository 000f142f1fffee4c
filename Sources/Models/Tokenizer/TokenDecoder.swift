/// How tokens become text again: what a piece shows, and what joining pieces does beyond putting them in a row.
struct TokenDecoder: Sendable {
    /// The mark that stands for a space, `▁`; nil where none does.
    var spaceMark: [UInt8]?
    /// Whether pieces such as `<0x0A>` are single bytes.
    var readsBytes = false
    /// Whether pieces have been joined, so that what follows sees one text.
    var isFused = false
    /// Spaces that are taken off the start and the end of the whole text, at most.
    var stripsStart = 0
    var stripsEnd = 0
    /// Marks in the first token are dropped instead of becoming spaces.
    var dropsFirstMarks = false

    /// What a vocabulary entry of a SentencePiece-style tokenizer shows.
    func piece(_ spelling: [UInt8]) -> [UInt8] {
        if readsBytes, let byte = TokenDecoder.byte(spelling) { return [byte] }
        guard let mark = spaceMark, let first = mark.first, spelling.contains(first) else { return spelling }
        var text = TrackedText(spelling[...])
        text.replace(mark, with: [0x20])
        return text.bytes
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    /// How a vocabulary spells a byte: `<0xE2>`.
    static func spelling(of byte: UInt8) -> [UInt8] {
        Array("<0x".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)], UInt8(ascii: ">")]
    }

    /// The byte that is spelled so; nil for any other entry.
    static func byte(_ spelling: [UInt8]) -> UInt8? {
        guard spelling.count == 6, let high = digits.firstIndex(of: spelling[3]),
            let low = digits.firstIndex(of: spelling[4])
        else { return nil }
        let byte = UInt8(high << 4 | low)
        return spelling == TokenDecoder.spelling(of: byte) ? byte : nil
    }

    /// The text of pieces of which some are single bytes: a run of them that is no UTF-8 shows one U+FFFD for each.
    func text(_ tokens: [(piece: [UInt8], isByte: Bool)]) -> String {
        var result: [UInt8] = []
        var run: [UInt8] = []
        func endRun() {
            if String(validating: run, as: UTF8.self) != nil {
                result += run
            } else {
                for _ in run { result += [0xEF, 0xBF, 0xBD] }
            }
            run.removeAll(keepingCapacity: true)
        }
        for (index, token) in tokens.enumerated() {
            if token.isByte {
                run += token.piece
                continue
            }
            endRun()
            result += index == 0 && dropsFirstMarks ? token.piece.filter { $0 != 0x20 } : token.piece
        }
        endRun()
        let first = result.prefix(stripsStart).prefix { $0 == 0x20 }.count
        let last = result.dropFirst(first).suffix(stripsEnd).reversed().prefix { $0 == 0x20 }.count
        return String(decoding: result.dropFirst(first).dropLast(last), as: UTF8.self)
    }
}
