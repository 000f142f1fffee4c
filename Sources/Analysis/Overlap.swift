public import Kernels

/// How much two top-k lists of latents agree, token by token, for several k from one pass.
///
/// overlap(k) = |Aₖ ∩ Bₖ| / k; jaccard(k) = |Aₖ ∩ Bₖ| / |Aₖ ∪ Bₖ| with the latents that are active: Aₖ holds
/// min(k, active) of them. Sums over tokens are integers, so they merge in any order.
public struct Overlap: Sendable, Hashable {
    /// The prefix lengths asked for, in the order asked.
    public let k: [Int]
    /// tokens × k, row-major: |Aₖ ∩ Bₖ|.
    public private(set) var intersections: [UInt32] = []
    /// Active latents per token among the first max(k), left and right.
    public private(set) var leftActive: [UInt32] = []
    /// The same on the right.
    public private(set) var rightActive: [UInt32] = []

    /// - Throws: `.parameter` for an empty list of k or one below 1.
    public init(k: [Int]) throws(AnalysisError) {
        guard let least = k.min(), least >= 1, let most = k.max(), most < 1 << 24 else {
            throw AnalysisError(
                .parameter, "k = \(k) has no prefix to compare", mend: "give one or more k between 1 and the stored K")
        }
        self.k = k
    }

    /// Tokens seen so far.
    public var tokens: Int { leftActive.count }

    /// A rank table for one thread's calls to `add`.
    ///
    /// - Parameter latents: F, the size of the dictionary; indices beyond it match nothing.
    public func makeRanks(latents: Int) -> RankIntersection { RankIntersection(latents: latents, topK: k.max() ?? 1) }

    /// Takes in the lists of some tokens: tokens × width each, row-major, by falling value, unused places
    /// `ColumnID.noLatent`. O(tokens · max k).
    ///
    /// - Throws: `.parameter` where a k is larger than a stored width, `.shape` for lists of different lengths.
    public mutating func add(
        left: Span<UInt32>, leftWidth: Int, right: Span<UInt32>, rightWidth: Int, ranks: inout RankIntersection
    ) throws(AnalysisError) {
        let most = k.max() ?? 1
        guard most <= leftWidth, most <= rightWidth else {
            throw AnalysisError(
                .parameter, "k = \(most), but only the top \(min(leftWidth, rightWidth)) latents are stored",
                mend: "ask for k up to \(min(leftWidth, rightWidth))")
        }
        let tokens = left.count / leftWidth
        guard left.count == tokens * leftWidth, right.count == tokens * rightWidth else {
            throw AnalysisError(
                .shape, "\(left.count) and \(right.count) indices don't make lists of the same tokens",
                mend: "pair captures of the same prompts")
        }
        precondition(ranks.topK == most, "a rank table of another K")
        leftActive.reserveCapacity(self.tokens + tokens)
        rightActive.reserveCapacity(self.tokens + tokens)
        for token in 0..<tokens {
            leftActive.append(Self.active(left, token * leftWidth, most))
            rightActive.append(Self.active(right, token * rightWidth, most))
        }
        let prefixes = k.map { UInt32($0) }
        if ranks.suits(prefixes) {
            var found = [UInt32](repeating: 0, count: tokens * k.count)
            var out = found.mutableSpan
            ranks.intersect(
                left: left, leftWidth: leftWidth, right: right, rightWidth: rightWidth, tokens: tokens,
                prefixes: prefixes, counts: &out)
            // Most often these are the first tokens: the array is taken over.
            if intersections.isEmpty { intersections = found } else { intersections += found }
            return
        }
        // In pieces, so that the counts of every k up to K never fill more than a cache.
        let piece = 1024
        var counts = [UInt32](repeating: 0, count: piece * most)
        intersections.reserveCapacity(intersections.count + tokens * k.count)
        for first in stride(from: 0, to: tokens, by: piece) {
            let count = min(piece, tokens - first)
            let leftPart = left.extracting(first * leftWidth..<(first + count) * leftWidth)
            let rightPart = right.extracting(first * rightWidth..<(first + count) * rightWidth)
            var out = counts.mutableSpan
            ranks.intersect(
                left: leftPart, leftWidth: leftWidth, right: rightPart, rightWidth: rightWidth, tokens: count,
                counts: &out)
            for token in 0..<count {
                for k in k { intersections.append(counts[token * most + k - 1]) }
            }
        }
    }

    /// Puts another state's tokens behind these.
    ///
    /// - Precondition: the same k.
    public mutating func merge(_ other: Overlap) {
        precondition(other.k == k, "states of different k")
        intersections += other.intersections
        leftActive += other.leftActive
        rightActive += other.rightActive
    }

    /// |Aₖ ∩ Bₖ| / k of every token, k by its place in the list: O(tokens + k), as each of the k + 1 quotients is worked out once.
    public func overlaps(place: Int, into out: inout MutableSpan<Double>, from first: Int = 0) {
        precondition(first >= 0 && out.count >= first + tokens, "no room for the overlaps")
        let quotients = (0...k[place]).map { Double($0) / Double(k[place]) }
        let (quotient, found, step) = (quotients.span, intersections.span, k.count)
        for token in 0..<tokens { out[first + token] = quotient[Int(found[token * step + place])] }
    }

    /// |Aₖ ∩ Bₖ| / |Aₖ ∪ Bₖ|; NaN where neither side has an active latent.
    public func jaccard(token: Int, place: Int) -> Double {
        let both = Int(intersections[token * k.count + place])
        let left = min(k[place], Int(leftActive[token]))
        let right = min(k[place], Int(rightActive[token]))
        return Double(both) / Double(left + right - both)
    }

    /// The mean overlap over all tokens per k, from an integer sum; NaN without tokens.
    public var meanOverlap: [Double] {
        k.indices.map { place in
            var sum: UInt64 = 0
            for token in 0..<tokens { sum += UInt64(intersections[token * k.count + place]) }
            return Double(sum) / (Double(k[place]) * Double(tokens))
        }
    }

    /// Tokens with fewer than k active latents on some side, per k.
    public var tokensShortOf: [Int] {
        k.map { k in (0..<tokens).count { min(leftActive[$0], rightActive[$0]) < k } }
    }

    /// Used places among the first `count`: lists are sorted, so unused ones come last.
    private static func active(_ list: Span<UInt32>, _ start: Int, _ count: Int) -> UInt32 {
        if list[start + count - 1] != .max { return UInt32(count) }
        var used: UInt32 = 0
        for place in start..<start + count where list[place] != .max { used += 1 }
        return used
    }
}
