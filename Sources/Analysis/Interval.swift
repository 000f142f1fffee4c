/// An estimate between two bounds.
public struct Interval: Sendable, Hashable {
    public let estimate: Double
    public let low: Double
    public let high: Double
    /// What it rests on: rows, resamples or pairs.
    public let count: Int

    public init(estimate: Double, low: Double, high: Double, count: Int) {
        self.estimate = estimate
        self.low = low
        self.high = high
        self.count = count
    }

    /// Percentiles (1 − level)/2 and (1 + level)/2 of resamples, with their mean as the estimate (Efron 1979; the same bounds as
    /// `scipy.stats.bootstrap(method="percentile")`). Resamples without a value (NaN) are left out; nothing left gives NaN.
    public static func percentile(_ resamples: [Double], level: Double) -> Interval {
        let values = resamples.filter { !$0.isNaN }.sorted()
        guard !values.isEmpty else { return Interval(estimate: .nan, low: .nan, high: .nan, count: 0) }
        return Interval(
            estimate: values.reduce(0, +) / Double(values.count), low: quantile(ofSorted: values, (1 - level) / 2),
            high: quantile(ofSorted: values, (1 + level) / 2), count: values.count)
    }

    /// Linear between order statistics, as `numpy.quantile`.
    ///
    /// - Precondition: rising values, at least one; 0 ≤ share ≤ 1.
    public static func quantile(ofSorted values: [Double], _ share: Double) -> Double {
        let place = share * Double(values.count - 1)
        let below = min(values.count - 1, max(0, Int(place)))
        let above = min(values.count - 1, below + 1)
        let part = place - Double(below)
        let step = values[above] - values[below]
        // numpy's lerp: from the nearer end, so that the ends come out exactly.
        return part >= 0.5 ? values[above] - step * (1 - part) : values[below] + step * part
    }

    /// Mean ± t·s/√n with Student's t of n − 1 degrees of freedom and s with ddof 1, as `scipy.stats.t.interval`: for
    /// independent values. NaN bounds for one value.
    public static func student(_ values: [Double], level: Double) -> Interval {
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        guard values.count > 1 else { return Interval(estimate: mean, low: .nan, high: .nan, count: values.count) }
        let squares = values.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) }
        let half =
            (squares / (n - 1) / n).squareRoot() * Distributions.studentQuantile(tail: 1 - level, freedom: n - 1)
        return Interval(estimate: mean, low: mean - half, high: mean + half, count: values.count)
    }

    /// Wilson's score interval of a share (1927). `hits` may be fractional where ties count as a half.
    ///
    /// - Precondition: 0 ≤ hits ≤ trials.
    public static func wilson(hits: Double, trials: Int, level: Double) -> Interval {
        guard trials > 0 else { return Interval(estimate: .nan, low: .nan, high: .nan, count: 0) }
        let n = Double(trials)
        let p = hits / n
        let z = Distributions.normalQuantile((1 + level) / 2)
        let middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        return Interval(
            estimate: p, low: hits == 0 ? 0 : max(0, middle - half), high: hits == n ? 1 : min(1, middle + half),
            count: trials)
    }

    /// Clopper & Pearson's exact interval of a share (1934): covers at least as often as the level says.
    ///
    /// - Precondition: 0 ≤ hits ≤ trials.
    public static func exact(hits: Double, trials: Int, level: Double) -> Interval {
        guard trials > 0 else { return Interval(estimate: .nan, low: .nan, high: .nan, count: 0) }
        let n = Double(trials)
        let tail = (1 - level) / 2
        return Interval(
            estimate: hits / n, low: hits == 0 ? 0 : Distributions.betaQuantile(tail, hits, n - hits + 1),
            high: hits == n ? 1 : Distributions.betaQuantile(1 - tail, hits + 1, n - hits), count: trials)
    }
}
