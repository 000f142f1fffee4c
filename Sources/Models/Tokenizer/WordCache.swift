/// The tokens of words seen before: a table of fixed size in which a newer word replaces an older one.
struct WordCache: Sendable {
    private struct Entry {
        var word: [UInt8] = []
        var ids: [UInt32] = []
    }

    /// Empty until the first word is kept.
    private var entries: [Entry] = []
    private let capacity: Int
    private let seed = UInt64.random(in: .min ... .max)
    /// Longer words are not kept.
    static let maximumWord = 48

    init(capacity: Int = 1 << 14) {
        self.capacity = capacity
    }

    /// Where the word belongs.
    func slot(of text: [UInt8], _ range: Range<Int>) -> Int {
        Int(truncatingIfNeeded: ByteHash.of(text, range, seed: seed)) & (capacity - 1)
    }

    /// Appends the word's tokens if it is there.
    func append(_ text: [UInt8], _ range: Range<Int>, slot: Int, to ids: inout [UInt32]) -> Bool {
        guard !entries.isEmpty, entries[slot].word.count == range.count else { return false }
        for offset in 0..<range.count where entries[slot].word[offset] != text[range.lowerBound + offset] {
            return false
        }
        ids.append(contentsOf: entries[slot].ids)
        return true
    }

    mutating func store(_ text: [UInt8], _ range: Range<Int>, slot: Int, ids: [UInt32]) {
        if entries.isEmpty { entries = [Entry](repeating: Entry(), count: capacity) }
        entries[slot] = Entry(word: Array(text[range]), ids: ids)
    }
}
