/// Cuts a text into the words within which merges happen.
struct PreTokenizer: Sendable {
    enum Step: Sendable, Hashable {
        case pattern(SplitPattern)
        /// At every occurrence of a text.
        case literal([UInt8], SplitBehavior)
        /// Digits apart from the rest, each for itself or run by run.
        case digits(individually: Bool)
        /// A space before what does not start with one.
        case prefixSpace
        /// Spaces become marks, one is put before, and words start at marks.
        case metaspace(mark: [UInt8], MarkScheme, splits: Bool)
        case byteLevel
    }

    /// Which pieces of a text get a mark before them.
    enum MarkScheme: String, Sendable, Hashable { case always, first, never }

    let steps: [Step]

    /// A stretch of some text.
    struct Word {
        var text: TrackedText
        var range: Range<Int>
    }

    /// Calls `word` for each, from left to right; all words together cover the text.
    func words(of text: TrackedText, _ range: Range<Int>, _ word: (Word) -> Void) {
        split(Word(text: text, range: range), step: 0, ScalarClass.Table(), word)
    }

    private func split(_ piece: Word, step: Int, _ classes: ScalarClass.Table, _ word: (Word) -> Void) {
        guard step < steps.count else { return word(piece) }
        func pass(_ range: Range<Int>) {
            split(Word(text: piece.text, range: range), step: step + 1, classes, word)
        }
        let range = piece.range
        guard !range.isEmpty else { return }
        switch steps[step] {
        case .byteLevel: pass(range)
        case .prefixSpace:
            guard piece.text.bytes[range.lowerBound] != 0x20 else { return pass(range) }
            var text = TrackedText(piece.text, range)
            text.prepend([0x20])
            split(Word(text: text, range: 0..<text.bytes.count), step: step + 1, classes, word)
        case .metaspace(let mark, let scheme, let splits):
            var text = TrackedText(piece.text, range)
            text.replace([0x20], with: mark)
            let isMarked = scheme == .always || scheme == .first && text.origin(of: 0) == 0
            if isMarked, !text.stands(mark, 0) { text.prepend(mark) }
            let whole = 0..<text.bytes.count
            for part in splits ? SplitBehavior.mergedWithNext.parts(of: text, whole, at: mark) : [whole] {
                split(Word(text: text, range: part), step: step + 1, classes, word)
            }
        case .literal(let pattern, let behavior):
            for part in behavior.parts(of: piece.text, range, at: pattern) { pass(part) }
        case .pattern(let pattern):
            let scanner = PatternScanner(pattern: pattern, bytes: piece.text.bytes, classes: classes)
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
                let (scalar, length) = UTF8Scalar.decode(piece.text.bytes, at)
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

/// What becomes of the places at which a text is cut.
enum SplitBehavior: String, Sendable, Hashable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"

    /// The stretches of `range` that remain when it is cut at every `pattern`, in order and none empty.
    func parts(of text: TrackedText, _ range: Range<Int>, at pattern: [UInt8]) -> [Range<Int>] {
        var pieces: [(range: Range<Int>, isCut: Bool)] = []
        var start = range.lowerBound
        var at = start
        while at + pattern.count <= range.upperBound {
            guard text.stands(pattern, at) else {
                at += 1
                continue
            }
            if start < at { pieces.append((start..<at, false)) }
            pieces.append((at..<at + pattern.count, true))
            at += pattern.count
            start = at
        }
        if start < range.upperBound { pieces.append((start..<range.upperBound, false)) }
        return joined(pieces)
    }

    private func joined(_ pieces: [(range: Range<Int>, isCut: Bool)]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var wasCut = false
        switch self {
        case .removed: return pieces.filter { !$0.isCut }.map(\.range)
        case .isolated: return pieces.map(\.range)
        case .mergedWithPrevious, .contiguous:
            for piece in pieces {
                let joins = self == .contiguous ? piece.isCut == wasCut : piece.isCut && !wasCut
                if joins, let last = result.popLast() {
                    result.append(last.lowerBound..<piece.range.upperBound)
                } else {
                    result.append(piece.range)
                }
                wasCut = piece.isCut
            }
            return result
        case .mergedWithNext:
            for piece in pieces.reversed() {
                if piece.isCut, !wasCut, let next = result.popLast() {
                    result.append(piece.range.lowerBound..<next.upperBound)
                } else {
                    result.append(piece.range)
                }
                wasCut = piece.isCut
            }
            return result.reversed()
        }
    }
}
