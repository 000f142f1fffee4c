/// Resampling whole units (prompts): how often each is in a sample of as many, drawn with replacement (Efron 1979).
///
/// Draw i of resample b takes unit ⌊u·n⌋ where u is the number of (seed, b, set of units, i): the counts don't depend on the
/// order in which resamples are made; two values of the same prompts see the same resamples, so that ratios and
/// differences of bootstrapped means are paired, and other sets of prompts see independent ones.
public struct Bootstrap: Sendable, Hashable {
    public var seed: UInt64

    public init(seed: UInt64) { self.seed = seed }

    /// A set of units to draw from.
    public struct Sample: Sendable, Hashable {
        /// Places of the units in the order of their keys' hashes: the order of rows doesn't matter.
        let order: [Int]
        /// A number of the whole set: other sets draw by other numbers, so that theirs are independent.
        let identity: UInt64
    }

    /// - Parameter keys: one per unit, all different. O(n log n).
    public func sample(_ keys: [String]) -> Sample {
        let hashes = keys.map(SeededDraw.hash)
        let order = keys.indices.sorted { (hashes[$0], keys[$0]) < (hashes[$1], keys[$1]) }
        var identity: UInt64 = 0xCBF2_9CE4_8422_2325
        for unit in order { identity = (identity ^ hashes[unit]) &* 0x0000_0100_0000_01B3 }
        return Sample(order: order, identity: identity)
    }

    /// How often each unit is drawn in resample `index`; the counts sum to the number of units. O(units).
    public func counts(_ sample: Sample, resample index: Int) -> [Int32] {
        var counts = [Int32](repeating: 0, count: sample.order.count)
        let draw = SeededDraw(seed: seed, repeat: index, purpose: .bootstrap)
        let n = UInt64(sample.order.count)
        for i in sample.order.indices {
            // The high half of a 128-bit product: uniform to 2⁻⁶⁴.
            let place = draw.number(key: sample.identity, part: i).multipliedFullWidth(by: n).high
            counts[sample.order[Int(place)]] += 1
        }
        return counts
    }
}
