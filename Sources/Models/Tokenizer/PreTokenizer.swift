/// Cuts a text into the words within which merges happen.
struct PreTokenizer: Sendable {
    enum Step: Sendable, Hashable {
        case pattern(SplitPattern)
        /// Digits apart from the rest, each for itself or run by run.
        case digits(individually: Bool)
        /// A space before what does not start with one.
        case prefixSpace
        case byteLevel

        var isByteLevel: Bool { self == .byteLevel }
    }

    let steps: [Step]

    /// A word, as a stretch of some text whose byte `i` is byte `i + shift` of the whole one, but none before `first`.
    struct Word {
        var text: [UInt8]
        var range: Range<Int>
        var shift: Int
        var first: Int
    }

    /// Calls `word` for each, from left to right; all words together cover the text.
    ///
    /// - Parameter text: well-formed UTF-8.
    func words(of text: [UInt8], _ word: (Word) -> Void) {
        split(Word(text: text, range: 0..<text.count, shift: 0, first: 0), step: 0, ScalarClass.Table(), word)
    }

    private func split(_ piece: Word, step: Int, _ classes: ScalarClass.Table, _ word: (Word) -> Void) {
        guard step < steps.count else { return word(piece) }
        func pass(_ range: Range<Int>) {
            split(
                Word(text: piece.text, range: range, shift: piece.shift, first: piece.first), step: step + 1, classes,
                word)
        }
        let range = piece.range
        switch steps[step] {
        case .byteLevel: pass(range)
        case .prefixSpace:
            guard !range.isEmpty, piece.text[range.lowerBound] != 0x20 else { return pass(range) }
            // The added space counts as the first byte of the piece.
            let text = [0x20] + piece.text[range]
            let first = piece.shift + range.lowerBound
            let prefixed = Word(text: text, range: 0..<text.count, shift: first - 1, first: first)
            split(prefixed, step: step + 1, classes, word)
        case .pattern(let pattern):
            let scanner = PatternScanner(pattern: pattern, bytes: piece.text, classes: classes)
            var at = range.lowerBound
            while at < range.upperBound {
                let end = scanner.matchEnd(from: at, to: range.upperBound)
                pass(at..<end)
                at = end
            }
        case .digits(let individually):
            var start = range.lowerBound
            var startsWithNumber = false
            var at = start
            while at < range.upperBound {
                let (scalar, length) = UTF8Scalar.decode(piece.text, at)
                let isNumber = classes(scalar) == .number
                if at > start, isNumber != startsWithNumber || isNumber && individually {
                    pass(start..<at)
                    start = at
                }
                startsWithNumber = isNumber
                at += length
            }
            if start < range.upperBound { pass(start..<range.upperBound) }
        }
    }
}
