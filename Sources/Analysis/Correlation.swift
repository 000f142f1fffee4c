/// Correlation of two columns of numbers, with the probability of one at least as large under independence.
public struct Correlation: Sendable, Hashable {
    /// −1 … 1; NaN where a side doesn't vary or there are fewer than two rows.
    public let coefficient: Double
    /// Two-sided, from t = r√((n − 2)/(1 − r²)) with n − 2 degrees of freedom, as `scipy.stats.spearmanr` and `pearsonr`;
    /// NaN below three rows.
    public let pValue: Double
    /// Rows.
    public let count: Int

    /// Pearson's r. O(n).
    ///
    /// - Precondition: as many x as y, none NaN.
    public static func pearson(_ x: [Double], _ y: [Double]) -> Correlation {
        precondition(x.count == y.count, "one y per x")
        let n = Double(x.count)
        guard x.count > 1 else { return Correlation(.nan, count: x.count) }
        let (a, b) = (x.reduce(0, +) / n, y.reduce(0, +) / n)
        var (xx, yy, xy) = (0.0, 0.0, 0.0)
        for (u, v) in zip(x, y) {
            xx += (u - a) * (u - a)
            yy += (v - b) * (v - b)
            xy += (u - a) * (v - b)
        }
        // Equal numbers whose mean rounds leave dust: they don't vary.
        let isFlat = x.allSatisfy { $0 == x[0] } || y.allSatisfy { $0 == y[0] }
        guard !isFlat, xx > 0, yy > 0 else { return Correlation(.nan, count: x.count) }
        // One root where the product fits: ranks in the same order then give exactly 1.
        let product = xx * yy
        let scale = product.isNormal ? product.squareRoot() : xx.squareRoot() * yy.squareRoot()
        return Correlation(max(-1, min(1, xy / scale)), count: x.count)
    }

    /// Spearman's ρ: Pearson's r of the ranks, equal values sharing their mean rank. O(n log n).
    ///
    /// - Precondition: as many x as y, none NaN.
    public static func spearman(_ x: [Double], _ y: [Double]) -> Correlation { pearson(ranks(x), ranks(y)) }

    /// Ranks from 1, ties at their mean, as `scipy.stats.rankdata`. O(n log n).
    public static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        var ranks = [Double](repeating: 0, count: values.count)
        var place = 0
        while place < order.count {
            var end = place
            while end + 1 < order.count, values[order[end + 1]] == values[order[place]] { end += 1 }
            for k in place...end { ranks[order[k]] = Double(place + end) / 2 + 1 }
            place = end + 1
        }
        return ranks
    }

    private init(_ coefficient: Double, count: Int) {
        self.coefficient = coefficient
        self.count = count
        let freedom = Double(count - 2)
        if coefficient.isNaN || count < 3 {
            pValue = .nan
        } else if abs(coefficient) == 1 {
            pValue = 0
        } else {
            let t = coefficient * (freedom / ((1 + coefficient) * (1 - coefficient))).squareRoot()
            pValue = Distributions.studentTwoSided(t, freedom: freedom)
        }
    }
}
