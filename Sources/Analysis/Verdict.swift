/// Which of two models is the one that is looked for, by a score: over many pairs, with ties counted as a half.
///
/// The share of right pairs over all pairs of two groups is the area under the ROC curve of the score. Pairs share models, so
/// an interval that takes them as independent is too narrow; `models` is the one that doesn't.
public struct Verdict: Sendable, Hashable {
    /// Pairs in which the wanted model was chosen.
    public let right: Int
    public let wrong: Int
    /// Pairs without a choice.
    public let ties: Int

    public init(right: Int, wrong: Int, ties: Int) {
        self.right = right
        self.wrong = wrong
        self.ties = ties
    }

    public var pairs: Int { right + wrong + ties }
    /// Right pairs, a tie as a half.
    public var hits: Double { Double(right) + Double(ties) / 2 }

    /// +1 where the wanted model of a pair is chosen, −1 where the other is, 0 for a tie: by the sign of the votes' sum. A vote
    /// is the sign of (wanted − other); NaN abstains.
    public static func choice(wanted: [Double], other: [Double], higher: Bool) -> Int {
        var sum = 0
        for (a, b) in zip(wanted, other) where !a.isNaN && !b.isNaN { sum += a > b ? 1 : a < b ? -1 : 0 }
        return (higher ? sum : -sum).signum()
    }

    /// The accuracy's interval by DeLong, DeLong & Clarke-Pearson (1988): pairs are right or wrong together with their models,
    /// so variances are taken over the models of each side. NaN bounds with fewer than two models on a side.
    ///
    /// - Parameter outcomes: 1, ½ or 0 of every pair, wanted models × others.
    public static func modelInterval(_ outcomes: [[Double]], level: Double) -> Interval {
        let m = outcomes.count
        let n = outcomes.first?.count ?? 0
        guard m > 0, n > 0 else { return Interval(estimate: .nan, low: .nan, high: .nan, count: 0) }
        let rows = outcomes.map { $0.reduce(0, +) / Double(n) }
        let columns = (0..<n).map { j in outcomes.reduce(0.0) { $0 + $1[j] } / Double(m) }
        let mean = rows.reduce(0, +) / Double(m)
        guard m > 1, n > 1 else { return Interval(estimate: mean, low: .nan, high: .nan, count: m * n) }
        func variance(_ values: [Double]) -> Double {
            values.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
        }
        let error = (variance(rows) / Double(m) + variance(columns) / Double(n)).squareRoot()
        let z = Distributions.normalQuantile((1 + level) / 2)
        return Interval(
            estimate: mean, low: max(0, mean - z * error), high: min(1, mean + z * error), count: m * n)
    }
}
