/// Runs a pattern over well-formed UTF-8.
struct PatternScanner {
    let pattern: SplitPattern
    let bytes: [UInt8]
    let classes: ScalarClass.Table

    /// End of the match that starts at `start`; every position has one. `end` is where the text ends.
    func matchEnd(from start: Int, to end: Int) -> Int {
        let (scalar, length) = UTF8Scalar.decode(bytes, start)
        let kind = classes(scalar)
        let next = start + length
        if scalar == 0x27, case .apart(let ignoresCase) = pattern.contractions,
            let contraction = contractionEnd(after: next, to: end, ignoresCase)
        {
            return contraction
        }
        let isSpaceBar = scalar == 0x20
        if pattern.words == .cased {
            if let word = casedEnd(from: start, to: end, next: kind == .newline || kind == .number ? nil : next, kind) {
                return word
            }
        } else {
            if kind == .letter { return run(of: .letter, from: next, to: end) }
            let takesPrefix = pattern.words == .afterAny && kind != .newline && kind != .number
            if isSpaceBar || takesPrefix, kindAt(next, end) == .letter {
                return run(of: .letter, from: next, to: end)
            }
        }
        switch pattern.digits {
        case .runAfterSpace:
            if kind == .number || isSpaceBar && kindAt(next, end) == .number {
                return run(of: .number, from: next, to: end)
            }
        case .atMost(let limit):
            if kind == .number { return run(of: .number, from: next, to: end, atMost: limit - 1) }
        }
        if kind == .other || isSpaceBar && kindAt(next, end) == .other {
            var at = run(of: .other, from: next, to: end)
            if pattern.keepsNewlines {
                while at < end, isLineEnd(bytes[at]) { at += 1 }
            }
            return at
        }
        return spaceEnd(from: start, to: end)
    }

    private func kindAt(_ at: Int, _ end: Int) -> ScalarClass? {
        at < end ? classes(UTF8Scalar.decode(bytes, at).scalar) : nil
    }

    private func isLineEnd(_ byte: UInt8) -> Bool {
        byte == 0x0A || byte == 0x0D || pattern.keepsSlashes && byte == UInt8(ascii: "/")
    }

    private func run(of kind: ScalarClass, from start: Int, to end: Int, atMost limit: Int = Int.max) -> Int {
        var at = start
        var count = 0
        while at < end, count < limit {
            let (scalar, length) = UTF8Scalar.decode(bytes, at)
            guard classes(scalar) == kind else { break }
            at += length
            count += 1
        }
        return at
    }

    /// `s t m d re ve ll` after an apostrophe. Ignoring case, U+017F is an s as well.
    private func contractionEnd(after start: Int, to end: Int, _ ignoresCase: Bool) -> Int? {
        guard start < end else { return nil }
        let fold: UInt8 = ignoresCase ? 0x20 : 0
        let first = bytes[start] | fold
        switch first {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 1
        case 0xC5 | fold where fold != 0 && start + 1 < end && bytes[start] == 0xC5 && bytes[start + 1] == 0xBF:
            return start + 2
        default: break
        }
        guard start + 1 < end else { return nil }
        switch (first, bytes[start + 1] | fold) {
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "l"), UInt8(ascii: "l")):
            return start + 2
        default: return nil
        }
    }

    /// `\s*[\r\n]+` where newlines are kept, then `\s+(?!\S)`, then `\s+`.
    private func spaceEnd(from start: Int, to end: Int) -> Int {
        var at = start
        var last = start
        var afterNewline: Int?
        while at < end {
            let (scalar, length) = UTF8Scalar.decode(bytes, at)
            let kind = classes(scalar)
            guard kind.isSpace else { break }
            last = at
            at += length
            if kind == .newline { afterNewline = at }
        }
        if pattern.keepsNewlines, let afterNewline { return afterNewline }
        return at == end || last == start ? at : last
    }
}

/// The words of patterns that tell capitals from small letters:
/// `P?U*L+|P?U+L*`, P any but newlines, letters and numbers, U capitals and L small letters, both with letters of neither kind and marks.
extension PatternScanner {
    /// End of a word that starts at `start`, in which the first scalar may be a prefix; nil where no word does.
    ///
    /// - Parameter next: where the word proper starts if the first scalar is a prefix; nil where it can be none.
    private func casedEnd(from start: Int, to end: Int, next: Int?, _ kind: ScalarClass) -> Int? {
        // Greedy alternatives, in the order in which a backtracking matcher tries them.
        let prefixed = kind == .letter ? nil : next
        let word =
            prefixed.flatMap { smallEnd(from: $0, to: end) } ?? smallEnd(from: start, to: end)
            ?? prefixed.flatMap { capitalEnd(from: $0, to: end) } ?? capitalEnd(from: start, to: end)
        guard let word, pattern.contractions == .withWord, word < end, bytes[word] == 0x27 else { return word }
        return contractionEnd(after: word + 1, to: end, true) ?? word
    }

    /// `U*L+`: as many U as leave one L behind them.
    private func smallEnd(from start: Int, to end: Int) -> Int? {
        var at = start
        var afterLastSmall: Int?
        while at < end {
            let (scalar, length) = UTF8Scalar.decode(bytes, at)
            let letter = LetterCase.of(scalar)
            if !letter.isCapital {
                guard letter.isSmall else { break }
                return run(from: at, to: end) { $0.isSmall }
            }
            at += length
            if letter.isSmall { afterLastSmall = at }
        }
        return afterLastSmall
    }

    /// `U+L*`
    private func capitalEnd(from start: Int, to end: Int) -> Int? {
        let capitals = run(from: start, to: end) { $0.isCapital }
        return capitals == start ? nil : run(from: capitals, to: end) { $0.isSmall }
    }

    private func run(from start: Int, to end: Int, while holds: (LetterCase) -> Bool) -> Int {
        var at = start
        while at < end {
            let (scalar, length) = UTF8Scalar.decode(bytes, at)
            guard holds(LetterCase.of(scalar)) else { break }
            at += length
        }
        return at
    }
}
