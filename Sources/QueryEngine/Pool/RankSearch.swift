import Tensor

/// Finds quantiles of many sets of numbers exactly and in bounded memory, from numbers that pass by several times.
///
/// Where all numbers fit, they are collected and sorted. Otherwise each pass counts the numbers that share the leading bits
/// known so far by their next bits (of the order-preserving integer form), which narrows down where the wanted ranks lie, until
/// what shares the known bits fits. 64 bits in steps of b: at most 64 / b passes.
struct RankSearch: Sendable {
    /// q of each quantile wanted.
    let shares: [Double]
    /// Numbers that may be held at a time.
    let budget: Int
    /// Counters of one pass: pieces on several threads have theirs at the same time.
    let counterLimit: Int
    /// What is left to look through: numbers of one set that share their leading bits.
    private var slots: [Slot]
    /// Slots of each set.
    private var slotsOfSet: [Range<Int>]
    private var knownBits = 0
    private var counts: [Int]
    private var hasNaN: [Bool]
    /// The answer: for each set a number for each share. Nil until it is known.
    private(set) var answer: [[Double]]?

    private struct Slot: Sendable {
        var set: Int
        var prefix: UInt64
        /// Rank of its smallest number within the set.
        var base: Int
        var count: Int
    }

    /// What one pass, or a piece of it, has seen.
    struct Pass: Sendable {
        fileprivate let prefixes: [UInt64]
        fileprivate let slotsOfSet: [Range<Int>]
        fileprivate let knownBits: Int
        /// Bits that are counted by; 0 where the numbers are collected.
        fileprivate let bits: Int
        fileprivate var counters: [Int]
        fileprivate var slots: [Int32] = []
        fileprivate var values: [Double] = []
        fileprivate var nans: Set<Int> = []

        /// Takes a number of a set in; missing ones are left out.
        mutating func add(_ value: Double, to set: Int) {
            if value.isNaN {
                if !Missing.holds(value) { nans.insert(set) }
                return
            }
            let key = RankSearch.key(value)
            let prefix = knownBits == 0 ? 0 : key >> UInt64(64 - knownBits)
            for slot in slotsOfSet[set] where prefixes[slot] == prefix {
                if bits == 0 {
                    slots.append(Int32(slot))
                    values.append(value)
                } else {
                    let next = Int(truncatingIfNeeded: key >> UInt64(64 - knownBits - bits)) & (1 << bits - 1)
                    counters[slot << bits + next] += 1
                }
            }
        }

        /// Takes a later piece in.
        mutating func merge(_ other: Pass) {
            for index in other.counters.indices { counters[index] += other.counters[index] }
            slots += other.slots
            values += other.values
            nans.formUnion(other.nans)
        }

        /// The same pass with nothing seen, for a piece.
        var empty: Pass {
            var copy = self
            copy.counters = [Int](repeating: 0, count: counters.count)
            copy.slots = []
            copy.values = []
            copy.nans = []
            return copy
        }
    }

    /// - Parameters:
    ///   - sets: how many sets.
    ///   - expected: numbers of all sets together, an upper bound.
    init(sets: Int, expected: Int, shares: [Double], budget: Int = 1 << 25, counters: Int = 1 << 20) {
        self.shares = shares
        self.budget = budget
        counterLimit = counters
        slots = (0..<sets).map { Slot(set: $0, prefix: 0, base: 0, count: 0) }
        slotsOfSet = (0..<sets).map { $0..<$0 + 1 }
        counts = [Int](repeating: 0, count: sets)
        hasNaN = [Bool](repeating: false, count: sets)
        expectedLeft = expected
    }

    private var expectedLeft: Int

    /// Whether there is room to the end: a set is narrowed down to two slots for every share at most.
    var isPossible: Bool { expectedLeft <= budget || slotsOfSet.count * 2 * shares.count * 2 <= counterLimit }

    /// What the next pass looks for.
    func nextPass() -> Pass {
        var bits = 0
        if expectedLeft > budget {
            bits = 1
            while bits < 16, bits < 64 - knownBits, slots.count << (bits + 1) <= counterLimit { bits += 1 }
        }
        return Pass(
            prefixes: slots.map(\.prefix), slotsOfSet: slotsOfSet, knownBits: knownBits, bits: bits,
            counters: [Int](repeating: 0, count: bits == 0 ? 0 : slots.count << bits))
    }

    /// Takes what a pass has seen; afterwards there is an answer, or another pass is needed.
    mutating func finish(_ pass: Pass) {
        for set in pass.nans { hasNaN[set] = true }
        if pass.bits == 0 { collect(pass) } else { narrow(pass) }
    }

    private mutating func narrow(_ pass: Pass) {
        if knownBits == 0 {
            for (index, slot) in slots.enumerated() {
                counts[slot.set] = pass.counters[index << pass.bits..<(index + 1) << pass.bits].reduce(0, +)
            }
        }
        var next: [Slot] = []
        var ranges: [Range<Int>] = []
        for set in slotsOfSet.indices {
            let first = next.count
            let ranks = wantedRanks(set)
            for index in slotsOfSet[set] {
                var base = slots[index].base
                for bucket in 0..<1 << pass.bits {
                    let count = pass.counters[index << pass.bits + bucket]
                    defer { base += count }
                    guard count > 0, ranks.contains(where: { $0 >= base && $0 < base + count }) else { continue }
                    next.append(
                        Slot(
                            set: set, prefix: slots[index].prefix << UInt64(pass.bits) | UInt64(bucket), base: base,
                            count: count))
                }
            }
            ranges.append(first..<next.count)
        }
        slots = next
        slotsOfSet = ranges
        knownBits += pass.bits
        expectedLeft = slots.reduce(0) { $0 + $1.count }
        guard knownBits == 64 else { return }
        // Every bit is known: all numbers of a slot are the same.
        answer = slotsOfSet.indices.map { set in
            quantiles(set) { rank in
                slots[slotsOfSet[set]].first { rank >= $0.base && rank < $0.base + $0.count }
                    .map { RankSearch.value($0.prefix) } ?? .nan
            }
        }
    }

    private mutating func collect(_ pass: Pass) {
        var found: [[Double]] = Array(repeating: [], count: slots.count)
        for (place, (slot, value)) in zip(pass.slots, pass.values).enumerated() {
            if place & 0xFFFFF == 0, WorkWatch.isCancelled { break }
            found[Int(slot)].append(value)
        }
        if knownBits == 0 { for index in found.indices { counts[slots[index].set] = found[index].count } }
        var sorted: [SortedRuns] = []
        sorted.reserveCapacity(found.count)
        for index in found.indices {
            sorted.append(SortedRuns(found[index]))
            found[index] = []
        }
        answer = slotsOfSet.indices.map { set in
            quantiles(set) { rank in
                for index in slotsOfSet[set] where rank >= slots[index].base {
                    let place = rank - slots[index].base
                    if place < sorted[index].count { return sorted[index].number(ofRank: place) }
                }
                return .nan
            }
        }
    }

    /// Where a share lies among n sorted numbers: (n − 1) q, between two ranks.
    private func position(_ share: Double, _ count: Int) -> (rank: Int, between: Double) {
        let place = share * Double(count - 1)
        let rank = min(count - 1, max(0, Int(place)))
        return (rank, place - Double(rank))
    }

    private func wantedRanks(_ set: Int) -> [Int] {
        guard counts[set] > 0 else { return [] }
        return shares.flatMap { share -> [Int] in
            let (rank, between) = position(share, counts[set])
            return between > 0 ? [rank, min(rank + 1, counts[set] - 1)] : [rank]
        }
    }

    /// Linear interpolation as in `numpy.quantile`, with its rounding; NaN of nothing and where a number is NaN.
    private func quantiles(_ set: Int, at rank: (Int) -> Double) -> [Double] {
        guard counts[set] > 0, !hasNaN[set] else { return shares.map { _ in .nan } }
        return shares.map { share in
            let (low, t) = position(share, counts[set])
            let a = rank(low)
            let b = t > 0 ? rank(min(low + 1, counts[set] - 1)) : a
            guard a != b else { return a }
            return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t)
        }
    }

    /// The integer that orders as the number does; −0 counts as 0.
    static func key(_ value: Double) -> UInt64 {
        let bits = (value + 0).bitPattern
        return bits >> 63 == 1 ? ~bits : bits | 1 << 63
    }

    static func value(_ key: UInt64) -> Double {
        Double(bitPattern: key >> 63 == 1 ? key & ~(1 << 63) : ~key)
    }
}
