/// A pre-tokenizer pattern, matched by hand: no expression that comes in a file is ever run.
struct SplitPattern: Sendable, Hashable {
    enum Digits: Sendable, Hashable {
        /// ` ?\p{N}+`
        case runAfterSpace
        /// `\p{N}{1,n}`
        case atMost(Int)
    }

    /// `(?i:'s|'t|…)` instead of `'s|'t|…`.
    var contractionsIgnoreCase: Bool
    /// `[^\r\n\p{L}\p{N}]?\p{L}+` instead of ` ?\p{L}+`.
    var wordTakesAnyPrefix: Bool
    var digits: Digits
    /// `[\r\n]*` after punctuation, and `\s*[\r\n]+` before other spaces.
    var keepsNewlines: Bool

    static let gpt2 = SplitPattern(
        contractionsIgnoreCase: false, wordTakesAnyPrefix: false, digits: .runAfterSpace, keepsNewlines: false)
    static let qwen2 = SplitPattern(
        contractionsIgnoreCase: true, wordTakesAnyPrefix: true, digits: .atMost(1), keepsNewlines: true)
    static let llama3 = SplitPattern(
        contractionsIgnoreCase: true, wordTakesAnyPrefix: true, digits: .atMost(3), keepsNewlines: true)

    /// The pattern that is written so; nil where it is none of the known ones.
    init?(expression: String) {
        let tail = #" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
        let head = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"#
        switch expression {
        case head + "|" + tail: self = .qwen2
        case head + "{1,3}|" + tail: self = .llama3
        case #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
            #"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#:
            self = .gpt2
        default: return nil
        }
    }

    private init(contractionsIgnoreCase: Bool, wordTakesAnyPrefix: Bool, digits: Digits, keepsNewlines: Bool) {
        self.contractionsIgnoreCase = contractionsIgnoreCase
        self.wordTakesAnyPrefix = wordTakesAnyPrefix
        self.digits = digits
        self.keepsNewlines = keepsNewlines
    }
}

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
        if scalar == 0x27, let contraction = contractionEnd(after: next, to: end) { return contraction }
        if kind == .letter { return run(of: .letter, from: next, to: end) }
        let nextKind = next < end ? classes(UTF8Scalar.decode(bytes, next).scalar) : nil
        let isSpaceBar = scalar == 0x20
        if nextKind == .letter, isSpaceBar || pattern.wordTakesAnyPrefix && kind != .newline && kind != .number {
            return run(of: .letter, from: next, to: end)
        }
        switch pattern.digits {
        case .runAfterSpace:
            if kind == .number || isSpaceBar && nextKind == .number { return run(of: .number, from: next, to: end) }
        case .atMost(let limit):
            if kind == .number { return run(of: .number, from: next, to: end, atMost: limit - 1) }
        }
        if kind == .other || isSpaceBar && nextKind == .other {
            var at = run(of: .other, from: next, to: end)
            if pattern.keepsNewlines { at = run(of: .newline, from: at, to: end) }
            return at
        }
        return spaceEnd(from: start, to: end)
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
    private func contractionEnd(after start: Int, to end: Int) -> Int? {
        guard start < end else { return nil }
        let fold: UInt8 = pattern.contractionsIgnoreCase ? 0x20 : 0
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
