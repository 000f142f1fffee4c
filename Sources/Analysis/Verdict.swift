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

    /// One group of models against another: every pair of them.
    public struct Comparison: Sendable {
        /// Which models, by numbers that all comparisons share.
        public var wanted: [Int]
        public var other: [Int]
        /// 1, ½ or 0 of every pair, wanted × other.
        public var outcomes: [[Double]]

        public init(wanted: [Int], other: [Int], outcomes: [[Double]]) {
            self.wanted = wanted
            self.other = other
            self.outcomes = outcomes
        }

        var pairs: Int { wanted.count * other.count }
    }

    /// The accuracy's interval by DeLong, DeLong & Clarke-Pearson (1988): pairs are right or wrong together with their models,
    /// so variances are taken over the models of each side. NaN bounds with fewer than two models on a side.
    ///
    /// Over several comparisons the accuracy is that of all their pairs. Each model moves it by w·(mean of its own pairs − A)/m,
    /// w the comparison's share of the pairs, A its accuracy and m the models on its side; what one model does in several
    /// comparisons is added up before it is squared, so that models that stand in more than one of them count as the one
    /// model they are. The variance is Σ (√(m/(m − 1)) · that)², which for one comparison is DeLong's.
    public static func modelInterval(_ comparisons: [Comparison], level: Double) -> Interval {
        let total = comparisons.reduce(0) { $0 + $1.pairs }
        guard total > 0 else { return Interval(estimate: .nan, low: .nan, high: .nan, count: 0) }
        var estimate = 0.0
        var moves: [Int: Double] = [:]
        for one in comparisons where one.pairs > 0 {
            let (m, n) = (one.wanted.count, one.other.count)
            let rows = one.outcomes.map { $0.reduce(0, +) / Double(n) }
            let columns = (0..<n).map { j in one.outcomes.reduce(0.0) { $0 + $1[j] } / Double(m) }
            let mean = rows.reduce(0, +) / Double(m)
            let weight = Double(one.pairs) / Double(total)
            estimate += weight * mean
            for (models, means) in [(one.wanted, rows), (one.other, columns)] {
                // One model alone says nothing of how much models differ: 0/0, and the bounds are NaN.
                let spread = Double(models.count * (models.count - 1)).squareRoot()
                for (model, value) in zip(models, means) {
                    moves[model, default: 0] += weight * (spread > 0 ? (value - mean) / spread : .nan)
                }
            }
        }
        // In the order of the models: sums of doubles depend on their order.
        let error = moves.sorted { $0.key < $1.key }.reduce(0.0) { $0 + $1.value * $1.value }.squareRoot()
        let z = Distributions.normalQuantile((1 + level) / 2)
        guard !error.isNaN else { return Interval(estimate: estimate, low: .nan, high: .nan, count: total) }
        return Interval(
            estimate: estimate, low: max(0, estimate - z * error), high: min(1, estimate + z * error), count: total)
    }
}
