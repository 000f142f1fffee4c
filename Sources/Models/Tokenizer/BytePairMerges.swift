/// Which neighbours merge, in which order, into what: byte-pair encoding on token ids.
struct BytePairMerges: Sendable {
    private var keys: [UInt64]
    /// Rank in the high half, the merged id in the low one.
    private var values: [UInt64]
    private let seed = UInt64.random(in: .min ... .max) | 1
    private static let free = UInt64.max

    /// - Parameter capacity: merges that will be inserted at most.
    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        keys = [UInt64](repeating: BytePairMerges.free, count: size)
        values = [UInt64](repeating: 0, count: size)
    }

    /// A pair given twice has the later rank, as in the tokenizer library.
    mutating func insert(_ left: UInt32, _ right: UInt32, rank: Int, merged: UInt32) {
        let key = UInt64(left) << 32 | UInt64(right)
        var slot = self.slot(key)
        while keys[slot] != BytePairMerges.free, keys[slot] != key { slot = (slot + 1) & (keys.count - 1) }
        keys[slot] = key
        values[slot] = UInt64(rank) << 32 | UInt64(merged)
    }

    @inline(__always)
    private func slot(_ key: UInt64) -> Int {
        let product = (key ^ key >> 31) &* seed
        return Int(truncatingIfNeeded: (product ^ product >> 32) & UInt64(keys.count - 1))
    }

    /// Rank and merged id of a pair; `none` where it does not merge.
    @inline(__always)
    func lookUp(_ left: UInt32, _ right: UInt32) -> UInt64 {
        let key = UInt64(left) << 32 | UInt64(right)
        var slot = self.slot(key)
        while true {
            if keys[slot] == key { return values[slot] }
            if keys[slot] == BytePairMerges.free { return BytePairMerges.none }
            slot = (slot + 1) & (keys.count - 1)
        }
    }

    static let none = UInt64.max

    /// Merges the symbols in `work.ids` until no pair merges: lowest rank first, the leftmost of equals. O(n log n).
    func run(_ work: inout MergeScratch) {
        let count = work.ids.count
        guard count > 1 else { return }
        work.prepare()
        for index in 0..<count - 1 {
            let found = lookUp(work.ids[index], work.ids[index + 1])
            work.pairs[index] = found
            if found != BytePairMerges.none { work.push(found & ~0xFFFF_FFFF | UInt64(index)) }
        }
        while let top = work.pop() {
            let left = Int(top & 0xFFFF_FFFF)
            let pair = work.pairs[left]
            // An entry whose pair has changed since is stale.
            guard pair != BytePairMerges.none, pair >> 32 == top >> 32 else { continue }
            let right = Int(work.next[left])
            let after = work.next[right]
            work.ids[left] = UInt32(truncatingIfNeeded: pair)
            work.next[left] = after
            work.pairs[right] = BytePairMerges.none
            work.isDead[right] = true
            if Int(after) < count {
                work.previous[Int(after)] = Int32(left)
                update(&work, left, Int(after))
            } else {
                work.pairs[left] = BytePairMerges.none
            }
            let before = work.previous[left]
            if before >= 0 { update(&work, Int(before), left) }
        }
        var kept = 0
        for index in 0..<count where !work.isDead[index] {
            work.ids[kept] = work.ids[index]
            work.places[kept] = work.places[index]
            kept += 1
        }
        work.ids.removeLast(count - kept)
        work.places.removeLast(count - kept)
    }

    private func update(_ work: inout MergeScratch, _ left: Int, _ right: Int) {
        let found = lookUp(work.ids[left], work.ids[right])
        work.pairs[left] = found
        if found != BytePairMerges.none { work.push(found & ~0xFFFF_FFFF | UInt64(left)) }
    }
}

/// What merging one word needs, kept from word to word.
struct MergeScratch: Sendable {
    /// In: the symbols of the word. Out: its tokens.
    fileprivate(set) var ids: [UInt32] = []
    /// Byte of the word at which each starts.
    fileprivate(set) var places: [UInt32] = []
    fileprivate var next: [Int32] = []
    fileprivate var previous: [Int32] = []
    fileprivate var pairs: [UInt64] = []
    fileprivate var isDead: [Bool] = []
    /// A binary heap, smallest first: rank in the high half, position in the low one.
    private var heap: [UInt64] = []

    mutating func clear() {
        ids.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
    }

    mutating func append(_ id: UInt32, at place: Int) {
        ids.append(id)
        places.append(UInt32(truncatingIfNeeded: place))
    }

    fileprivate mutating func prepare() {
        let count = ids.count
        heap.removeAll(keepingCapacity: true)
        next.removeAll(keepingCapacity: true)
        previous.removeAll(keepingCapacity: true)
        pairs.removeAll(keepingCapacity: true)
        isDead.removeAll(keepingCapacity: true)
        for index in 0..<Int32(count) {
            next.append(index + 1)
            previous.append(index - 1)
        }
        pairs.append(contentsOf: repeatElement(BytePairMerges.none, count: count))
        isDead.append(contentsOf: repeatElement(false, count: count))
    }

    fileprivate mutating func push(_ value: UInt64) {
        var at = heap.count
        heap.append(value)
        while at > 0 {
            let parent = (at - 1) / 2
            guard value < heap[parent] else { break }
            heap[at] = heap[parent]
            at = parent
        }
        heap[at] = value
    }

    fileprivate mutating func pop() -> UInt64? {
        guard let top = heap.first, let last = heap.popLast() else { return nil }
        let count = heap.count
        guard count > 0 else { return top }
        var at = 0
        while true {
            var child = 2 * at + 1
            guard child < count else { break }
            if child + 1 < count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < last else { break }
            heap[at] = heap[child]
            at = child
        }
        heap[at] = last
        return top
    }
}
