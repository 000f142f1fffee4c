internal import CKernels

/// |A ∩ B| of two value-sorted index lists for every prefix length at once.
///
/// An index counts from k = max(its rank on the left, its rank on the right) on, so one integer histogram of that
/// maximum and its prefix sums answer every k ≤ K: O(K) a token. Unused places hold `UInt32.max` and match nothing;
/// an index that a damaged list names twice counts once. The rank table is kept from token to token: its entries carry
/// the token's own base, so nothing is cleared. One value per thread.
public struct RankIntersection: ~Copyable {
    /// K: prefixes 1 … K are counted.
    public let topK: Int
    /// F, and two places behind the latents' own.
    private let latents: Int
    private var ranks: [UInt32]
    private var base: UInt32 = 0
    private var histogram: [UInt32]

    /// - Parameter latents: F; indices ≥ F match nothing.
    public init(latents: Int, topK: Int) {
        precondition(latents >= 0 && topK > 0 && topK < 1 << 24)
        self.topK = topK
        self.latents = latents
        ranks = [UInt32](repeating: 0, count: latents + 2)
        histogram = [UInt32](repeating: 0, count: topK)
    }

    /// Whether `intersect` with these prefixes is the faster way: K is short, and they are few.
    public func suits(_ prefixes: [UInt32]) -> Bool {
        topK <= Int(VARVE_OVERLAPS_K) && latents < Int(Int32.max) && prefixes.reduce(0) { $0 + Int($1) } <= 16 * topK
    }

    /// Per token, the intersection of the first k of both lists for some k: O(K + Σ k / 16) a token.
    ///
    /// - Parameters:
    ///   - left: tokens × leftWidth, row-major, leftWidth ≥ K; only the first K of a row are read.
    ///   - right: tokens × rightWidth, row-major, rightWidth ≥ K.
    ///   - prefixes: each at most K; `suits` them.
    ///   - counts: tokens × prefixes, row-major.
    public mutating func intersect(
        left: Span<UInt32>, leftWidth: Int, right: Span<UInt32>, rightWidth: Int, tokens: Int, prefixes: [UInt32],
        counts: inout MutableSpan<UInt32>
    ) {
        precondition(tokens >= 0 && leftWidth >= topK && rightWidth >= topK, "lists shorter than K")
        precondition(left.count >= tokens * leftWidth && right.count >= tokens * rightWidth, "lists are too short")
        precondition(counts.count >= tokens * prefixes.count, "no room for the counts")
        precondition(suits(prefixes) && prefixes.allSatisfy { $0 <= topK }, "prefixes for the other way")
        unsafe left.withUnsafeBufferPointer { left in
            unsafe right.withUnsafeBufferPointer { right in
                unsafe counts.withUnsafeMutableBufferPointer { counts in
                    guard let left = left.baseAddress, let right = right.baseAddress, let counts = counts.baseAddress
                    else { return }
                    unsafe varve_overlaps(
                        left, leftWidth, right, rightWidth, tokens, topK, prefixes, prefixes.count, &ranks,
                        UInt32(latents), &base, counts)
                }
            }
        }
    }

    /// Per token, the intersection of the first k of both lists for k = 1 … K.
    ///
    /// - Parameters:
    ///   - left: tokens × leftWidth, row-major; only the first K of a row are read.
    ///   - right: tokens × rightWidth, row-major.
    ///   - counts: tokens × K, row-major; `counts[t · K + k − 1]` = |Aₖ ∩ Bₖ| of token t.
    public mutating func intersect(
        left: Span<UInt32>, leftWidth: Int, right: Span<UInt32>, rightWidth: Int, tokens: Int,
        counts: inout MutableSpan<UInt32>
    ) {
        precondition(leftWidth >= 0 && rightWidth >= 0 && tokens >= 0, "a negative size")
        precondition(left.count >= tokens * leftWidth && right.count >= tokens * rightWidth, "lists are too short")
        precondition(counts.count >= tokens * topK, "no room for the counts")
        let k = topK
        let leftK = min(k, leftWidth)
        let rightK = min(k, rightWidth)
        unsafe left.withUnsafeBufferPointer { left in
            unsafe right.withUnsafeBufferPointer { right in
                unsafe counts.withUnsafeMutableBufferPointer { counts in
                    unsafe ranks.withUnsafeMutableBufferPointer { ranks in
                        unsafe histogram.withUnsafeMutableBufferPointer { histogram in
                            for token in 0..<tokens {
                                // Entries of earlier tokens are below `base + 1`; 0 means never seen.
                                if base > UInt32.max - UInt32(2 * k + 2) {
                                    unsafe ranks.update(repeating: 0)
                                    base = 0
                                }
                                let from = unsafe UnsafeBufferPointer(
                                    rebasing: left[token * leftWidth..<token * leftWidth + leftK])
                                let to = unsafe UnsafeBufferPointer(
                                    rebasing: right[token * rightWidth..<token * rightWidth + rightK])
                                let row = unsafe UnsafeMutableBufferPointer(
                                    rebasing: counts[token * k..<(token + 1) * k])
                                unsafe Self.one(from, to, latents: latents, base: base, ranks, histogram, row)
                                base += UInt32(k) + 1
                            }
                        }
                    }
                }
            }
        }
    }

    @inline(__always)
    private static func one(
        _ left: UnsafeBufferPointer<UInt32>, _ right: UnsafeBufferPointer<UInt32>, latents: Int, base: UInt32,
        _ ranks: UnsafeMutableBufferPointer<UInt32>, _ histogram: UnsafeMutableBufferPointer<UInt32>,
        _ row: UnsafeMutableBufferPointer<UInt32>
    ) {
        let latents = UInt32(truncatingIfNeeded: min(latents, Int(UInt32.max)))
        unsafe histogram.update(repeating: 0)
        for rank in 0..<left.count {
            let index = unsafe left[rank]
            // Written as base + rank + 1; the first, lower rank of a repeated index stands.
            if index < latents, unsafe ranks[Int(index)] <= base {
                unsafe ranks[Int(index)] = base &+ UInt32(truncatingIfNeeded: rank) &+ 1
            }
        }
        for rank in 0..<right.count {
            let index = unsafe right[rank]
            guard index < latents else { continue }
            let seen = unsafe ranks[Int(index)]
            guard seen > base else { continue }
            unsafe histogram[max(Int(seen &- base &- 1), rank)] &+= 1
            unsafe ranks[Int(index)] = base  // counted: a repeated index on the right finds nothing
        }
        var sum: UInt32 = 0
        for place in 0..<row.count {
            unsafe sum &+= histogram[place]
            unsafe row[place] = sum
        }
    }
}
