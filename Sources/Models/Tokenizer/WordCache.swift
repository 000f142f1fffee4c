/// The tokens of words seen before: a table of fixed size in which a newer word replaces an older one.
struct WordCache: Sendable {
    private struct Entry {
        var word: [UInt8] = []
        var ids: [UInt32] = []
        /// Byte of the word at which each token starts.
        var places: [UInt32] = []
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

    /// The word's tokens, and the byte of it where each starts, if it is there.
    func tokens(of text: [UInt8], _ range: Range<Int>, slot: Int) -> (ids: [UInt32], places: [UInt32])? {
        guard !entries.isEmpty, entries[slot].word.count == range.count else { return nil }
        for offset in 0..<range.count where entries[slot].word[offset] != text[range.lowerBound + offset] {
            return nil
        }
        return (entries[slot].ids, entries[slot].places)
    }

    mutating func store(_ text: [UInt8], _ range: Range<Int>, slot: Int, ids: [UInt32], places: [UInt32]) {
        if entries.isEmpty { entries = [Entry](repeating: Entry(), count: capacity) }
        entries[slot] = Entry(word: Array(text[range]), ids: ids, places: places)
    }
}
