/// Resampling whole units (prompts): how often each is in a sample of as many, drawn with replacement (Efron 1979).
///
/// Draw i of resample b takes unit ⌊u·n⌋ where u is the number of (seed, b, i): the counts don't depend on the order in which
/// resamples are made, and two values with the same prompts, seed and n see the same resamples, so that ratios and
/// differences of bootstrapped means are paired.
public struct Bootstrap: Sendable, Hashable {
    public var seed: UInt64

    public init(seed: UInt64) { self.seed = seed }

    /// How often each of `units` is drawn in resample `index`. Units are in the order of their keys' hashes, so that the
    /// order of rows doesn't matter. O(units).
    ///
    /// - Parameter keys: one per unit, all different.
    public func order(_ keys: [String]) -> [Int] {
        let hashes = keys.map(SeededDraw.hash)
        return keys.indices.sorted { (hashes[$0], keys[$0]) < (hashes[$1], keys[$1]) }
    }

    /// Multiplicities of the units of an `order` in resample `index`; they sum to the number of units. O(units).
    public func counts(_ order: [Int], resample index: Int) -> [Int32] {
        var counts = [Int32](repeating: 0, count: order.count)
        let draw = SeededDraw(seed: seed, repeat: index, purpose: .bootstrap)
        let n = UInt64(order.count)
        for i in order.indices {
            // The high half of a 128-bit product: uniform to 2⁻⁶⁴.
            let place = draw.number(key: UInt64(i)).multipliedFullWidth(by: n).high
            counts[order[Int(place)]] += 1
        }
        return counts
    }
}
