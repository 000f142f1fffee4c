import TestSupport
import Testing

@testable import QueryEngine

/// Quantiles of many sets in bounded memory are those of sorting.
@Suite struct RankSearchTests {
    private static let shares = [0, 0.1, 0.25, 0.5, 0.77, 1]

    /// Sets of other sizes and shapes: noise, few different values, powers, zeros of both signs, infinities, one number, nothing.
    private static func sets(_ generator: inout SeededGenerator) -> [[Double]] {
        var sets: [[Double]] = [[], [3.5], [0, -0.0, 0, -0.0], [.infinity, 1, -.infinity, 2]]
        for size in [2, 3, 10, 101, 2000] {
            sets.append((0..<size).map { _ in Double.random(in: -1...1, using: &generator) })
            sets.append((0..<size).map { _ in Double(Int.random(in: 0...3, using: &generator)) })
            sets.append((0..<size).map { _ in Double.random(in: 1...1.000001, using: &generator) })
            sets.append((0..<size).map { Double($0 % 40) * ($0 % 2 == 0 ? 1e-300 : -1e300) })
            sets.append(Array(repeating: 7, count: size))
        }
        return sets
    }

    private static func quantile(_ values: [Double], _ share: Double) -> Double {
        guard !values.isEmpty else { return .nan }
        let sorted = values.sorted()
        let place = share * Double(sorted.count - 1)
        let low = Int(place)
        let t = place - Double(low)
        guard t > 0, sorted[low] != sorted[low + 1] else { return sorted[low] }
        let (a, b) = (sorted[low], sorted[low + 1])
        return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t)
    }

    @Test("any budget gives the same, in more passes", arguments: [1 << 20, 20_000, 6_000, 500, 10])
    func agreesWithSorting(budget: Int) {
        var generator = SeededGenerator(seed: 7)
        let sets = Self.sets(&generator)
        let total = sets.reduce(0) { $0 + $1.count }
        var search = RankSearch(sets: sets.count, expected: total, shares: Self.shares, budget: budget, counters: 1000)
        var passes = 0
        while search.answer == nil {
            guard search.isPossible else { break }
            passes += 1
            guard passes <= 64 else { break }
            let empty = search.nextPass()
            var pass = empty
            // In pieces, as from batches.
            for piece in 0..<7 {
                var seen = empty.empty
                for (set, values) in sets.enumerated() {
                    for (index, value) in values.enumerated() where index % 7 == piece { seen.add(value, to: set) }
                }
                pass.merge(seen)
            }
            search.finish(pass)
        }
        #expect(passes == 1 || budget < total)
        #expect(search.answer != nil)
        for (set, values) in sets.enumerated() {
            for (place, share) in Self.shares.enumerated() {
                let (found, wanted) = (search.answer?[set][place] ?? -1, Self.quantile(values, share))
                #expect(found == wanted || (found.isNaN && wanted.isNaN), "set \(set) at \(share): \(found) \(wanted)")
            }
        }
    }

    @Test func aNaNIsTheAnswerAndAMissingNumberIsLeftOut() {
        for budget in [100, 4] {
            var search = RankSearch(sets: 2, expected: 8, shares: [0.5], budget: budget, counters: 16)
            while search.answer == nil {
                var pass = search.nextPass()
                for value in [1, .nan, 3, 4] { pass.add(value, to: 0) }
                for value in [1, Missing.number, 3, 5] { pass.add(value, to: 1) }
                search.finish(pass)
            }
            #expect(search.answer?[0][0].isNaN == true)
            #expect(search.answer?[1][0] == 3)
        }
    }

    @Test func moreSetsThanCountersAreRefused() {
        #expect(!RankSearch(sets: 1000, expected: 1_000_000, shares: [0.5], budget: 10_000, counters: 3_999).isPossible)
        #expect(RankSearch(sets: 1000, expected: 9_000, shares: [0.5], budget: 10_000, counters: 3_999).isPossible)
    }
}
