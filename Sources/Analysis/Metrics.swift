#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How many rows of each class were predicted as which; class 1 is positive.
public struct Confusion: Sendable, Hashable {
    /// Class 1 predicted as 1.
    public var truePositives = 0
    /// Class 0 predicted as 1.
    public var falsePositives = 0
    /// Class 0 predicted as 0.
    public var trueNegatives = 0
    /// Class 1 predicted as 0.
    public var falseNegatives = 0

    /// From counts.
    public init(truePositives: Int = 0, falsePositives: Int = 0, trueNegatives: Int = 0, falseNegatives: Int = 0) {
        self.truePositives = truePositives
        self.falsePositives = falsePositives
        self.trueNegatives = trueNegatives
        self.falseNegatives = falseNegatives
    }

    /// Counts row by row. O(n).
    ///
    /// - Precondition: as many predictions as labels.
    public init(predictions: [Bool], labels: [Bool]) {
        precondition(predictions.count == labels.count, "one prediction per label")
        for (predicted, label) in zip(predictions, labels) {
            switch (predicted, label) {
            case (true, true): truePositives += 1
            case (true, false): falsePositives += 1
            case (false, false): trueNegatives += 1
            case (false, true): falseNegatives += 1
            }
        }
    }

    /// All rows.
    public var total: Int { truePositives + falsePositives + trueNegatives + falseNegatives }
    /// Share of right predictions; NaN without rows.
    public var accuracy: Double { Double(truePositives + trueNegatives) / Double(total) }
    /// TP / (TP + FP); 0 where nothing was predicted positive.
    public var precision: Double { ratio(truePositives, truePositives + falsePositives) }
    /// TP / (TP + FN); 0 where nothing is positive.
    public var recall: Double { ratio(truePositives, truePositives + falseNegatives) }
    /// 2TP / (2TP + FP + FN); 0 where there is no positive of either kind.
    public var f1: Double { ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives) }

    private func ratio(_ a: Int, _ b: Int) -> Double { b == 0 ? 0 : Double(a) / Double(b) }
}

/// Scores of a binary classifier from its decisions w·x + b, as scikit-learn computes them with `zero_division=0`.
///
/// A row is predicted positive where its decision is > 0, which is probability > 0.5.
public struct Metrics: Sendable, Hashable {
    /// Counts at decision > 0.
    public let confusion: Confusion
    /// nil where one class is missing: no pair can be ranked.
    public let auroc: Double?
    /// Mean of −log p(label); NaN without rows.
    public let logLoss: Double

    /// Share of right predictions.
    public var accuracy: Double { confusion.accuracy }
    /// TP / (TP + FP), 0 for 0/0.
    public var precision: Double { confusion.precision }
    /// TP / (TP + FN), 0 for 0/0.
    public var recall: Double { confusion.recall }
    /// Harmonic mean of precision and recall, 0 for 0/0.
    public var f1: Double { confusion.f1 }

    /// O(n log n).
    ///
    /// - Precondition: as many decisions as labels, none NaN.
    public init(decisions: [Double], labels: [Bool]) {
        precondition(decisions.count == labels.count, "one decision per label")
        confusion = Confusion(predictions: decisions.map { $0 > 0 }, labels: labels)
        auroc = Self.auroc(scores: decisions, labels: labels)
        var sum = 0.0
        for (z, label) in zip(decisions, labels) {
            let m = label ? z : -z
            sum += max(0, -m) + log1p(exp(-abs(m)))
        }
        logLoss = sum / Double(labels.count)
    }

    /// P(score of a positive > score of a negative) + ½ P(equal): the Mann–Whitney statistic over P·N, which is the area
    /// under the ROC curve with ties. Counted in integers; nil where one class is missing. O(n log n).
    ///
    /// - Precondition: as many scores as labels, none NaN.
    public static func auroc(scores: [Double], labels: [Bool]) -> Double? {
        precondition(scores.count == labels.count, "one score per label")
        var ranked: (negatives: [Double], positives: [Double]) = ([], [])
        for (score, label) in zip(scores, labels) {
            precondition(!score.isNaN, "a score is NaN")
            if label { ranked.positives.append(score) } else { ranked.negatives.append(score) }
        }
        ranked.negatives.sort()
        ranked.positives.sort()
        let (below, positives) = (UInt64(ranked.negatives.count), UInt64(ranked.positives.count))
        var twice: UInt64 = 0
        // Negatives below a positive and those that tie with it, both moving up with it.
        var (lower, notAbove) = (0, 0)
        for score in ranked.positives {
            while lower < ranked.negatives.count, ranked.negatives[lower] < score { lower += 1 }
            while notAbove < ranked.negatives.count, ranked.negatives[notAbove] <= score { notAbove += 1 }
            twice += UInt64(lower + notAbove)
        }
        guard positives > 0, below > 0 else { return nil }
        return Double(twice) / (2 * Double(positives) * Double(below))
    }
}
