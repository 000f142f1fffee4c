/// A regular expression over module paths, as PEFT's settings hold them, without a regex engine.
///
/// Read is what people write there: literals, `.`, classes, `\d \w \s \b`, groups, alternatives, quantifiers (lazy ones too), `^`
/// and `$`. Anything else (look-around, back references, flags) is refused by name. All alternatives are followed side by
/// side: time is the path's length times the pattern's size, whatever the pattern.
struct ModulePattern {
    /// What one step of the pattern does.
    enum Step {
        /// Takes one byte of the set.
        case take(ByteSet)
        /// Goes on at both places.
        case split(Int, Int)
        case jump(Int)
        case require(Condition)
        case accept
    }

    /// What must hold between two bytes.
    enum Condition {
        case start, end, wordBoundary, noWordBoundary
    }

    private let whole: [Step]
    private let tail: [Step]
    /// The path itself, where the pattern is no more; `.` stands for any character, as it does in a pattern.
    private let literal: [UInt8]?

    /// Steps of both forms: what matching costs for each character of a path.
    var size: Int { whole.count + tail.count }

    /// Reads a pattern; throws a sentence that says what in it is not read.
    init(_ text: String) throws(PatternProblem) {
        let plain = text.utf8.allSatisfy { ByteSet.word.contains($0) || $0 == UInt8(ascii: ".") }
        literal = plain ? Array(text.utf8) : nil
        guard !plain else {
            (whole, tail) = ([], [])
            return
        }
        var parser = PatternParser(text)
        let tree = try parser.pattern()
        whole = try PatternTree.sequence([tree, .require(.end)]).steps()
        let anything = PatternTree.repeated(.set(.all), 0, nil)
        let prefix = PatternTree.repeated(.sequence([anything, .set(ByteSet([UInt8(ascii: ".")]))]), 0, 1)
        tail = try PatternTree.sequence([prefix, tree, .require(.end)]).steps()
    }

    /// Whether the pattern is the whole path: Python's `re.fullmatch`, as PEFT asks for `target_modules`.
    func matchesWhole(_ path: String) -> Bool {
        let bytes = Array(path.utf8)
        return literal.map { ModulePattern.equal($0, bytes[...]) } ?? ModulePattern.run(whole, bytes)
    }

    /// Whether the pattern is the path or its end after a dot: `(.*\.)?(pattern)$`, as PEFT asks for `rank_pattern`.
    func matchesEnd(_ path: String) -> Bool {
        let bytes = Array(path.utf8)
        guard let literal else { return ModulePattern.run(tail, bytes) }
        let before = bytes.count - literal.count
        return before >= 0 && ModulePattern.equal(literal, bytes[before...])
            && (before == 0 || bytes[before - 1] == UInt8(ascii: "."))
    }

    private static func equal(_ literal: [UInt8], _ path: ArraySlice<UInt8>) -> Bool {
        literal.count == path.count && zip(literal, path).allSatisfy { $0 == $1 || $0 == UInt8(ascii: ".") }
    }

    private static func run(_ steps: [Step], _ path: [UInt8]) -> Bool {
        var active = StepSet(steps.count)
        var next = StepSet(steps.count)
        active.add(0, steps, path, at: 0)
        for (place, byte) in path.enumerated() {
            next.clear()
            for index in active.members {
                if case .take(let set) = steps[index], set.contains(byte) {
                    next.add(index + 1, steps, path, at: place + 1)
                }
            }
            swap(&active, &next)
        }
        return active.members.contains { if case .accept = steps[$0] { true } else { false } }
    }
}

/// What in a pattern is not read, as the end of a sentence.
struct PatternProblem: Error {
    let description: String
}

/// Steps that are reached at one place of the path, each once.
private struct StepSet {
    private(set) var members: [Int] = []
    private var isMember: [Bool]

    init(_ count: Int) { isMember = [Bool](repeating: false, count: count) }

    mutating func clear() {
        for index in isMember.indices { isMember[index] = false }
        members.removeAll(keepingCapacity: true)
    }

    /// Adds a step and all that follow it without taking a byte.
    mutating func add(_ first: Int, _ steps: [ModulePattern.Step], _ path: [UInt8], at place: Int) {
        var waiting = [first]
        while let index = waiting.popLast() {
            guard !isMember[index] else { continue }
            isMember[index] = true
            switch steps[index] {
            case .take, .accept: members.append(index)
            case .jump(let target): waiting.append(target)
            case .split(let one, let other):
                waiting.append(other)
                waiting.append(one)
            case .require(let condition):
                if condition.holds(in: path, at: place) { waiting.append(index + 1) }
            }
        }
    }
}

extension ModulePattern.Condition {
    fileprivate func holds(in path: [UInt8], at place: Int) -> Bool {
        func isWord(_ index: Int) -> Bool { path.indices.contains(index) && ByteSet.word.contains(path[index]) }
        return switch self {
        case .start: place == 0
        case .end: place == path.count
        case .wordBoundary: isWord(place - 1) != isWord(place)
        case .noWordBoundary: isWord(place - 1) == isWord(place)
        }
    }
}

/// Some of the 256 bytes.
struct ByteSet {
    private var low: (UInt64, UInt64) = (0, 0)
    private var high: (UInt64, UInt64) = (0, 0)

    init() {}

    init(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { insert(byte) }
    }

    mutating func insert(_ byte: UInt8) {
        let bit = UInt64(1) << UInt64(byte & 63)
        switch byte >> 6 {
        case 0: low.0 |= bit
        case 1: low.1 |= bit
        case 2: high.0 |= bit
        default: high.1 |= bit
        }
    }

    func contains(_ byte: UInt8) -> Bool {
        let word =
            switch byte >> 6 {
            case 0: low.0
            case 1: low.1
            case 2: high.0
            default: high.1
            }
        return word >> UInt64(byte & 63) & 1 != 0
    }

    mutating func formUnion(_ other: ByteSet) {
        low = (low.0 | other.low.0, low.1 | other.low.1)
        high = (high.0 | other.high.0, high.1 | other.high.1)
    }

    var inverted: ByteSet {
        var copy = self
        copy.low = (~low.0, ~low.1)
        copy.high = (~high.0, ~high.1)
        return copy
    }

    static let all = ByteSet().inverted
    static let digits = ByteSet(UInt8(ascii: "0")...UInt8(ascii: "9"))
    static let space = ByteSet(" \t\n\r\u{0B}\u{0C}".utf8)
    static let word: ByteSet = {
        var set = digits
        for byte in UInt8(ascii: "a")...UInt8(ascii: "z") {
            set.insert(byte)
            set.insert(byte - 32)
        }
        set.insert(UInt8(ascii: "_"))
        return set
    }()
}
