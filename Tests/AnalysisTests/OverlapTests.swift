import Kernels
import Tensor
import Testing

@testable import Analysis

@Suite struct OverlapTests {
    /// Lists without repeats, some short, from a dictionary of `latents`.
    static func lists(seed: UInt64, tokens: Int, width: Int, latents: Int) -> [UInt32] {
        let draw = SeededDraw(seed: seed, repeat: 0, purpose: .permutation)
        return (0..<tokens).flatMap { token -> [UInt32] in
            let order = (0..<latents).sorted {
                draw.number(key: UInt64(token), part: $0) < draw.number(key: UInt64(token), part: $1)
            }
            let active = Int(draw.number(key: UInt64(token), part: -1) % UInt64(width + 3))
            return (0..<width).map { $0 < active && $0 < latents ? UInt32(order[$0]) : ColumnID.noLatent }
        }
    }

    @Test(arguments: [(1, 1, 4), (8, 8, 12), (8, 5, 9), (64, 64, 70)])
    func equalsTheNaiveSets(_ leftWidth: Int, _ rightWidth: Int, _ latents: Int) throws {
        let tokens = 1500
        let a = Self.lists(seed: 1, tokens: tokens, width: leftWidth, latents: latents)
        let b = Self.lists(seed: 2, tokens: tokens, width: rightWidth, latents: latents)
        var overlap = try Overlap(k: Array(1...min(leftWidth, rightWidth)))
        var ranks = overlap.makeRanks(latents: latents)
        try overlap.add(left: a.span, leftWidth: leftWidth, right: b.span, rightWidth: rightWidth, ranks: &ranks)
        #expect(overlap.tokens == tokens)
        var sums = [Int](repeating: 0, count: overlap.k.count)
        let overlaps = overlap.k.indices.map { place in
            var all = [Double](repeating: 0, count: tokens)
            var out = all.mutableSpan
            overlap.overlaps(place: place, into: &out)
            return all
        }
        for token in 0..<tokens {
            for (place, k) in overlap.k.enumerated() {
                let left = Set(a[token * leftWidth..<token * leftWidth + k]).subtracting([ColumnID.noLatent])
                let right = Set(b[token * rightWidth..<token * rightWidth + k]).subtracting([ColumnID.noLatent])
                let both = left.intersection(right).count
                sums[place] += both
                if overlaps[place][token] != Double(both) / Double(k) { Issue.record("token \(token), k \(k)") }
                let union = left.union(right).count
                let jaccard = overlap.jaccard(token: token, place: place)
                if union == 0 ? !jaccard.isNaN : jaccard != Double(both) / Double(union) {
                    Issue.record("jaccard of token \(token), k \(k)")
                }
            }
        }
        #expect(overlap.meanOverlap == zip(sums, overlap.k).map { Double($0) / (Double($1) * Double(tokens)) })
    }

    @Test func unusedPlacesNeverMatch() throws {
        let none = [UInt32](repeating: ColumnID.noLatent, count: 8)
        var overlap = try Overlap(k: [4, 1])
        var ranks = overlap.makeRanks(latents: 10)
        try overlap.add(left: none.span, leftWidth: 4, right: none.span, rightWidth: 4, ranks: &ranks)
        #expect(overlap.intersections == [0, 0, 0, 0])
        #expect(overlap.jaccard(token: 0, place: 0).isNaN)
        #expect(overlap.tokensShortOf == [2, 2])
    }

    @Test func damagedListsStayWithinBounds() throws {
        // Repeated and impossible indices: each real latent counts once, the rest not at all.
        let left: [UInt32] = [3, 3, 99, 4_000_000_000]
        let right: [UInt32] = [3, 99, 3, 4_000_000_000]
        var overlap = try Overlap(k: [1, 4])
        var ranks = overlap.makeRanks(latents: 10)
        try overlap.add(left: left.span, leftWidth: 4, right: right.span, rightWidth: 4, ranks: &ranks)
        #expect(overlap.intersections == [1, 1])
    }

    /// Lists that name latents twice and beyond the dictionary, for the ways of all and of a few k, on every instruction set.
    @Test(arguments: [(5, 7, 5), (16, 16, 16), (64, 70, 64), (100, 100, 99), (300, 300, 300)])
    func everyWayCountsTheSame(_ leftWidth: Int, _ rightWidth: Int, _ most: Int) throws {
        let (tokens, latents) = (400, 2 * most + 3)
        let draw = SeededDraw(seed: 7, repeat: 0, purpose: .permutation)
        func lists(_ width: Int, _ side: Int) -> [UInt32] {
            (0..<tokens * width).map { place in
                let number = Int(draw.number(key: UInt64(place), part: side) % UInt64(latents + 4))
                return number == latents + 3 ? ColumnID.noLatent : UInt32(number)
            }
        }
        let (a, b) = (lists(leftWidth, 1), lists(rightWidth, 2))
        func counts(_ k: [Int]) throws -> [UInt32] {
            var overlap = try Overlap(k: k)
            var ranks = overlap.makeRanks(latents: latents)
            try overlap.add(left: a.span, leftWidth: leftWidth, right: b.span, rightWidth: rightWidth, ranks: &ranks)
            return overlap.intersections
        }
        // Places of a number that is there already count no more.
        func first(_ list: ArraySlice<UInt32>) -> [UInt32: Int] {
            var found: [UInt32: Int] = [:]
            for (place, number) in list.enumerated() where Int(number) < latents {
                found[number] = min(place, found[number] ?? place)
            }
            return found
        }
        let few = [most, 1, (most + 1) / 2]
        var expected: [UInt32] = []
        for token in 0..<tokens {
            let left = first(a[token * leftWidth..<token * leftWidth + most])
            let right = first(b[token * rightWidth..<token * rightWidth + most])
            for k in few { expected.append(UInt32(left.count { $0.value < k && right[$0.key, default: k] < k })) }
        }
        defer { CPU.forceInstructionSet(nil) }
        for set in CPU.InstructionSet.allCases where set.rawValue <= CPU.bestInstructionSet.rawValue {
            CPU.forceInstructionSet(set)
            #expect(try counts(few) == expected, "\(set)")
        }
        CPU.forceInstructionSet(nil)
        let all = try counts(Array(1...most))
        #expect(
            (0..<tokens).allSatisfy { token in
                few.indices.allSatisfy { all[token * most + few[$0] - 1] == expected[token * few.count + $0] }
            })
    }

    @Test func mergesInOrder() throws {
        let a = Self.lists(seed: 5, tokens: 40, width: 6, latents: 20)
        let b = Self.lists(seed: 6, tokens: 40, width: 6, latents: 20)
        var whole = try Overlap(k: [1, 2, 6])
        var ranks = whole.makeRanks(latents: 20)
        try whole.add(left: a.span, leftWidth: 6, right: b.span, rightWidth: 6, ranks: &ranks)
        var parts = try Overlap(k: [1, 2, 6])
        for range in [0..<90, 90..<240] {
            var part = try Overlap(k: [1, 2, 6])
            try part.add(
                left: a.span.extracting(range), leftWidth: 6, right: b.span.extracting(range), rightWidth: 6,
                ranks: &ranks)
            parts.merge(part)
        }
        #expect(parts == whole)
    }

    @Test func refusesWhatIsNotStored() throws {
        #expect(throws: AnalysisError.self) { try Overlap(k: []) }
        #expect(throws: AnalysisError.self) { try Overlap(k: [0, 1]) }
        var overlap = try Overlap(k: [5])
        var ranks = overlap.makeRanks(latents: 10)
        let list: [UInt32] = [1, 2, 3, 4]
        #expect(throws: AnalysisError.self) {
            try overlap.add(left: list.span, leftWidth: 4, right: list.span, rightWidth: 4, ranks: &ranks)
        }
    }
}
