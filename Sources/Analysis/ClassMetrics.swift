/// Scores of a classifier of several classes, each class weighed alike, as scikit-learn's `average="macro"` with
/// `zero_division=0` over all classes that rows or predictions have.
public struct ClassMetrics: Sendable, Hashable {
    /// classes × classes: row is the true class, column the predicted one.
    public let confusion: [Int]
    /// Share of right predictions; NaN without rows.
    public let accuracy: Double
    /// Mean of the classes' TP / (TP + FP), 0 for 0/0.
    public let precision: Double
    /// Mean of the classes' TP / (TP + FN), 0 for 0/0.
    public let recall: Double
    /// Mean of the classes' F1.
    public let f1: Double
    /// Mean over classes of the AUROC of that class against the rest; nil where a class is missing.
    public let auroc: Double?

    /// - Parameter scores: classes × rows, probabilities where there are some; empty for no AUROC.
    /// - Precondition: as many predictions as labels, all within 0 ..< classes. O(classes · n log n).
    public init(predictions: [Int], labels: [Int], classes: Int, scores: [Double] = []) {
        precondition(predictions.count == labels.count, "one prediction per label")
        let n = labels.count
        var table = [Int](repeating: 0, count: classes * classes)
        for (predicted, label) in zip(predictions, labels) { table[label * classes + predicted] += 1 }
        confusion = table
        var right = 0
        var used = 0
        var (p, r, f) = (0.0, 0.0, 0.0)
        for k in 0..<classes {
            let hits = table[k * classes + k]
            let actual = (0..<classes).reduce(0) { $0 + table[k * classes + $1] }
            let claimed = (0..<classes).reduce(0) { $0 + table[$1 * classes + k] }
            right += hits
            guard actual + claimed > 0 else { continue }
            used += 1
            p += claimed == 0 ? 0 : Double(hits) / Double(claimed)
            r += actual == 0 ? 0 : Double(hits) / Double(actual)
            f += Double(2 * hits) / Double(actual + claimed)
        }
        accuracy = Double(right) / Double(n)
        let share = Double(max(1, used))
        (precision, recall, f1) = (p / share, r / share, f / share)
        guard !scores.isEmpty, scores.count == classes * n else {
            auroc = nil
            return
        }
        var sum = 0.0
        for k in 0..<classes {
            guard let one = Metrics.auroc(scores: Array(scores[k * n..<(k + 1) * n]), labels: labels.map { $0 == k })
            else {
                auroc = nil
                return
            }
            sum += one
        }
        auroc = sum / Double(classes)
    }
}

extension ClassMetrics {
    /// Mean of −log p(label), probabilities held at ε from 0, as scikit-learn's `log_loss`; NaN without rows.
    ///
    /// - Parameter probabilities: classes × rows.
    public static func logLoss(_ probabilities: [Double], labels: [Int]) -> Double {
        guard !labels.isEmpty, probabilities.count >= labels.count else { return .nan }
        var sum = 0.0
        for (row, k) in labels.enumerated() {
            sum -= logarithm(max(Double.ulpOfOne, probabilities[k * labels.count + row]))
        }
        return sum / Double(labels.count)
    }

    /// Mean over rows of Σ (p − 1[label])² over all classes (Brier 1950); NaN without rows.
    ///
    /// - Parameter probabilities: classes × rows.
    public static func brier(_ probabilities: [Double], labels: [Int]) -> Double {
        let n = labels.count
        guard n > 0, !probabilities.isEmpty else { return .nan }
        var sum = 0.0
        for k in 0..<probabilities.count / n {
            for (row, label) in labels.enumerated() {
                let off = probabilities[k * n + row] - (label == k ? 1 : 0)
                sum += off * off
            }
        }
        return sum / Double(n)
    }
}

/// Scores of a regression, as scikit-learn's `r2_score`, `mean_squared_error` and `mean_absolute_error`.
public struct RegressionMetrics: Sendable, Hashable {
    /// 1 − Σ(y − ŷ)² / Σ(y − ȳ)²; where y doesn't vary 1 for a perfect answer, else 0. NaN below two rows.
    public let r2: Double
    /// Mean of (y − ŷ)².
    public let meanSquaredError: Double
    /// Mean of |y − ŷ|.
    public let meanAbsoluteError: Double

    /// O(n).
    ///
    /// - Precondition: as many predictions as targets.
    public init(predictions: [Double], targets: [Double]) {
        precondition(predictions.count == targets.count, "one prediction per target")
        let n = Double(targets.count)
        let middle = targets.reduce(0, +) / n
        var (squares, sizes, spread) = (0.0, 0.0, 0.0)
        for (p, y) in zip(predictions, targets) {
            squares += (y - p) * (y - p)
            sizes += abs(y - p)
            spread += (y - middle) * (y - middle)
        }
        meanSquaredError = squares / n
        meanAbsoluteError = sizes / n
        r2 = targets.count < 2 ? .nan : spread > 0 ? 1 - squares / spread : squares == 0 ? 1 : 0
    }
}
