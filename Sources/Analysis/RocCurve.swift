/// The receiver operating characteristic of scores, as scikit-learn's `roc_curve(drop_intermediate=False)`: one point for every
/// different score, from (0, 0) with threshold ∞ to (1, 1).
public struct RocCurve: Sendable, Hashable {
    /// Share of negatives with a score ≥ the threshold, rising.
    public let falsePositiveRates: [Double]
    /// Share of positives with a score ≥ the threshold, rising.
    public let truePositiveRates: [Double]
    /// Falling; the first is ∞.
    public let thresholds: [Double]

    /// nil where one class is missing. O(n log n).
    ///
    /// - Precondition: as many scores as labels, none NaN.
    public init?(scores: [Double], labels: [Bool]) {
        precondition(scores.count == labels.count, "one score per label")
        let positives = labels.count { $0 }
        let negatives = labels.count - positives
        guard positives > 0, negatives > 0 else { return nil }
        let order = scores.indices.sorted { scores[$0] > scores[$1] }
        var (hits, alarms) = (0, 0)
        var x = [0.0]
        var y = [0.0]
        var t = [Double.infinity]
        for (place, index) in order.enumerated() {
            precondition(!scores[index].isNaN, "a score is NaN")
            if labels[index] { hits += 1 } else { alarms += 1 }
            if place + 1 < order.count, scores[order[place + 1]] == scores[index] { continue }
            x.append(Double(alarms) / Double(negatives))
            y.append(Double(hits) / Double(positives))
            t.append(scores[index])
        }
        (falsePositiveRates, truePositiveRates, thresholds) = (x, y, t)
    }

    /// The true positive rate at a share of false alarms: the curve's straight lines between points, the upper end where it
    /// rises straight up. O(log n) a rate.
    ///
    /// - Precondition: 0 ≤ rate ≤ 1.
    public func truePositiveRate(at rate: Double) -> Double {
        // The last point that is not beyond the rate.
        var low = 0
        var high = falsePositiveRates.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if falsePositiveRates[middle] <= rate { low = middle } else { high = middle - 1 }
        }
        guard low + 1 < falsePositiveRates.count else { return truePositiveRates[low] }
        let (x0, x1) = (falsePositiveRates[low], falsePositiveRates[low + 1])
        let share = (rate - x0) / (x1 - x0)
        return truePositiveRates[low] + share * (truePositiveRates[low + 1] - truePositiveRates[low])
    }

    /// The area under the curve by trapezes; `Metrics.auroc` counts the same in integers.
    public var area: Double {
        var sum = 0.0
        for i in falsePositiveRates.indices.dropFirst() {
            sum +=
                (falsePositiveRates[i] - falsePositiveRates[i - 1]) * (truePositiveRates[i] + truePositiveRates[i - 1])
                / 2
        }
        return sum
    }
}
