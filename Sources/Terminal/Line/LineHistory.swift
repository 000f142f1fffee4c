/// The entries of this and earlier sessions, oldest first. An entry may have several lines.
public struct LineHistory: Sendable {
    public private(set) var entries: [String]
    public static let limit = 10_000

    public init(_ entries: [String] = []) { self.entries = Array(entries.suffix(LineHistory.limit)) }

    /// Keeps an entry; false for an empty one, one that repeats the newest, and one that begins with a blank (as shells do).
    @discardableResult
    public mutating func add(_ entry: String) -> Bool {
        guard let first = entry.first, first != " ", entry.contains(where: { !$0.isWhitespace }), entry != entries.last
        else { return false }
        entries.append(entry)
        if entries.count > LineHistory.limit { entries.removeFirst() }
        return true
    }

    /// The next older entry than the one at `place` that begins with a prefix and differs from a text.
    func older(than place: Int, prefix: String, unlike text: String) -> Int? {
        var index = place - 1
        while index >= 0 {
            if entries[index].hasPrefix(prefix), entries[index] != text { return index }
            index -= 1
        }
        return nil
    }

    func newer(than place: Int, prefix: String, unlike text: String) -> Int? {
        guard place + 1 < entries.count else { return nil }
        return ((place + 1)..<entries.count).first { entries[$0].hasPrefix(prefix) && entries[$0] != text }
    }

    /// What the newest entry that begins with the text goes on with.
    func continuation(of text: String) -> String? {
        guard !text.isEmpty, let entry = entries.last(where: { $0.hasPrefix(text) && $0.utf8.count > text.utf8.count })
        else { return nil }
        let rest = String(entry.dropFirst(text.count))
        return rest.isEmpty ? nil : rest
    }

    /// Entries that hold the pattern's characters in this order, best first: whole words and runs before scattered letters,
    /// then newer ones. Case counts only where the pattern has capitals. O(entries × length).
    func matches(_ pattern: String) -> [String] {
        var seen: Set<String> = []
        var found: [(score: Int, entry: String)] = []
        for entry in entries.reversed() where seen.insert(entry).inserted {
            if let score = FuzzyMatch.score(pattern, in: entry) { found.append((score, entry)) }
        }
        // Newest first already; the sort is by score alone and keeps that order.
        return found.enumerated().sorted { ($0.element.score, $1.offset) > ($1.element.score, $0.offset) }
            .map(\.element.entry)
    }

    // MARK: - On disk

    /// One entry a line: a backslash and a line feed are written `\\` and `\n`.
    public static func line(of entry: String) -> String {
        var out = ""
        for scalar in entry.unicodeScalars {
            switch scalar {
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// The entries of a file's lines, oldest first, the newest where there are too many; any bytes give some. O(bytes), byte by byte:
    /// the first prompt waits for this.
    public init(lines: ArraySlice<UInt8>) {
        self.init(lines.split(separator: UInt8(ascii: "\n")).suffix(LineHistory.limit).map(LineHistory.entry))
    }

    private static func entry(of line: ArraySlice<UInt8>) -> String {
        let backslash = UInt8(ascii: "\\")
        guard line.contains(backslash) else { return String(decoding: line, as: UTF8.self) }
        var out: [UInt8] = []
        out.reserveCapacity(line.count)
        var isEscaped = false
        for byte in line {
            if isEscaped {
                isEscaped = false
                switch byte {
                case UInt8(ascii: "n"): out.append(UInt8(ascii: "\n"))
                case UInt8(ascii: "r"): out.append(UInt8(ascii: "\r"))
                default: out.append(byte)
                }
            } else if byte == backslash {
                isEscaped = true
            } else {
                out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}

/// Characters of a pattern found in order, and how good the find is.
enum FuzzyMatch {
    /// Nil where the characters are not all there. The score counts characters in a row and at the beginning of words.
    static func score(_ pattern: String, in text: String) -> Int? {
        guard !pattern.isEmpty else { return 0 }
        let exact = pattern.contains { $0.isUppercase }
        let wanted = Array(exact ? pattern : pattern.lowercased())
        let given = Array(exact ? text : text.lowercased())
        // A run that holds the whole pattern is the best there is.
        if let run = place(of: wanted, in: given) {
            return 1000 + (run == 0 || !isWord(given[run - 1]) ? 100 : 0)
        }
        var score = 0
        var place = 0
        var last = -2
        for character in wanted {
            while place < given.count, given[place] != character { place += 1 }
            guard place < given.count else { return nil }
            if place == last + 1 { score += 5 }
            if place == 0 || !isWord(given[place - 1]) { score += 3 }
            last = place
            place += 1
        }
        return score
    }

    private static func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }

    private static func place(of wanted: [Character], in given: [Character]) -> Int? {
        guard given.count >= wanted.count else { return nil }
        return (0...(given.count - wanted.count)).first { start in
            wanted.indices.allSatisfy { given[start + $0] == wanted[$0] }
        }
    }
}
