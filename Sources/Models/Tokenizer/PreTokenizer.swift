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

    /// Calls `word` for each, from left to right; all words together cover the text.
    ///
    /// - Parameter text: well-formed UTF-8.
    func words(of text: [UInt8], _ word: (Range<Int>) -> Void) {
        let classes = ScalarClass.Table()
        split(text, 0..<text.count, step: 0, classes, word)
    }

    /// Whether a space is put before a text that starts with none.
    var addsPrefixSpace: Bool { steps.contains(.prefixSpace) }

    private func split(
        _ text: [UInt8], _ range: Range<Int>, step: Int, _ classes: ScalarClass.Table, _ word: (Range<Int>) -> Void
    ) {
        guard step < steps.count else { return word(range) }
        switch steps[step] {
        case .prefixSpace, .byteLevel: split(text, range, step: step + 1, classes, word)
        case .pattern(let pattern):
            let scanner = PatternScanner(pattern: pattern, bytes: text, classes: classes)
            var at = range.lowerBound
            while at < range.upperBound {
                let end = scanner.matchEnd(from: at, to: range.upperBound)
                split(text, at..<end, step: step + 1, classes, word)
                at = end
            }
        case .digits(let individually):
            var start = range.lowerBound
            var startsWithNumber = false
            var at = start
            while at < range.upperBound {
                let (scalar, length) = UTF8Scalar.decode(text, at)
                let isNumber = classes(scalar) == .number
                if at > start, isNumber != startsWithNumber || isNumber && individually {
                    split(text, start..<at, step: step + 1, classes, word)
                    start = at
                }
                startsWithNumber = isNumber
                at += length
            }
            if start < range.upperBound { split(text, start..<range.upperBound, step: step + 1, classes, word) }
        }
    }
}
