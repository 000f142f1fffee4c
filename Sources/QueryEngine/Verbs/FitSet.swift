import Analysis
import QueryLanguage
import Scan

/// Fitted probes over a grid: outer × inner × contrast × split × C, each with what its test rows got.
struct FitSet: Sendable {
    /// One fitted probe.
    struct Probe: Sendable {
        var weights: [Double]
        var bias: Double
        /// Rows of the frame that were held out, with the decision w·x + b and the true class of each.
        var testRows: [Int]
        var decisions: [Double]
        var labels: [Bool]
        var converged: Bool
        var iterations: Int
        var trainRows: Int
    }

    /// The rows that were learned from.
    var frame: Frame
    var outer: [Axis]
    /// Inner axes, then `contrast`, `rep` or `fold`, and `C`.
    var inner: [Axis]
    /// `probes[inner cell · outer cells + outer cell]`.
    var probes: [Probe]
    var features: Int
    var notes: [FitNote]

    /// Accuracy, precision, recall, F1, AUROC and nonzero weights, along a new last axis `metric`.
    func scores(metric: String?) -> Frame {
        let names = metric.map { [$0] } ?? VerbTable.metrics
        let cells = inner.cells
        let rows = outer.cells
        var values = [Double](repeating: .nan, count: cells * names.count * rows)
        for cell in 0..<cells {
            for row in 0..<rows {
                let probe = probes[cell * rows + row]
                let metrics = Metrics(decisions: probe.decisions, labels: probe.labels)
                for (place, name) in names.enumerated() {
                    let value: Double
                    switch name {
                    case "accuracy": value = metrics.accuracy
                    case "precision": value = metrics.precision
                    case "recall": value = metrics.recall
                    case "f1": value = metrics.f1
                    case "auroc": value = metrics.auroc ?? .nan
                    default: value = Double(probe.weights.count { $0 != 0 })
                    }
                    values[(cell * names.count + place) * rows + row] = value
                }
            }
        }
        let axes = metric == nil ? inner + [Axis("metric", names.map { .string($0) })] : inner
        return Frame(outer: outer, inner: axes, payload: .numbers(values))
    }

    /// What each C means for this many rows: λ = 1/(C·n), the penalty's weight against the mean loss.
    func penaltyText(cs: [Double]) -> String {
        let rows = probes.map(\.trainRows)
        guard let low = rows.min(), let high = rows.max() else { return "nothing was fitted" }
        let parts = cs.map { c in
            let least = NumberText.short(1 / (c * Double(high)))
            let most = NumberText.short(1 / (c * Double(low)))
            return "\(least == most ? least : "\(least) … \(most)") at C = \(Constant.text(of: c))"
        }
        return "λ = 1/(C·n): " + parts.joined(separator: ", ")
            + " (n = \(low == high ? "\(low)" : "\(low) … \(high)") training rows)"
    }

    /// The weights as vectors over the features.
    var weights: Frame {
        Frame(
            outer: outer, inner: inner,
            payload: .vectors(probes.flatMap { $0.weights.map { Float($0) } }, width: features))
    }

    /// The held-out prediction of every row: `fold` is used up.
    var predictions: Frame {
        var result = frame
        var axes = inner
        guard let place = axes.index(of: "fold") else { return frame }
        axes.remove(at: place)
        var values = [Prediction](
            repeating: Prediction(label: -1, probability: .nan), count: axes.cells * frame.rows)
        let target = inner.cellMap(into: axes).map { $0 ?? 0 }
        for cell in 0..<inner.cells {
            for row in 0..<outer.cells {
                let probe = probes[cell * outer.cells + row]
                for (index, testRow) in probe.testRows.enumerated() {
                    let decision = probe.decisions[index]
                    values[target[cell] * frame.rows + testRow] = Prediction(
                        label: decision > 0 ? 1 : 0, probability: 1 / (1 + Exponential.of(-decision)))
                }
            }
        }
        result.inner = axes
        result.payload = .predictions(values)
        return result
    }
}
