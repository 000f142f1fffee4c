import Analysis
import QueryLanguage
import Scan

/// What the test rows of fits tell, cell by cell.
extension FitSet {
    /// Accuracy, precision, recall, F1, AUROC and nonzero weights (R², errors for numbers), along a new last axis `metric`.
    func scores(metric: String?, threads: Int) throws -> Frame {
        let names = metric.map { [$0] } ?? (isRegression ? VerbTable.regressionMetrics : VerbTable.metrics)
        let axis = metric == nil ? [Axis("metric", names.map { .string($0) })] : []
        return try filled(axis, names.count, threads: threads) { probe in
            if isRegression {
                let scores = RegressionMetrics(predictions: probe.decisions, targets: probe.targets)
                return names.map { name in
                    switch name {
                    case "r2": scores.r2
                    case "mse": scores.meanSquaredError
                    case "mae": scores.meanAbsoluteError
                    default: Double(probe.model.weights.count { $0 != 0 })
                    }
                }
            }
            return probe.model.outputs > 1 ? several(probe, names) : two(probe, names)
        }
    }

    private func two(_ probe: Probe, _ names: [String]) -> [Double] {
        let labels = probe.labels.map { $0 == 1 }
        let metrics = Metrics(decisions: probe.decisions, labels: labels)
        return names.map { name in
            switch name {
            case "accuracy": metrics.accuracy
            case "precision": metrics.precision
            case "recall": metrics.recall
            case "f1": metrics.f1
            case "auroc": metrics.auroc ?? .nan
            case "log_loss": metrics.logLoss
            case "brier":
                Calibration(probabilities: probe.decisions.map(LinearModel.sigmoid), labels: labels, bins: 1).brier
            default: Double(probe.model.weights.count { $0 != 0 })
            }
        }
    }

    private func several(_ probe: Probe, _ names: [String]) -> [Double] {
        let k = probe.model.outputs
        let labels = probe.labels.map { Int($0) }
        let probabilities = probe.model.probabilities(probe.decisions)
        let metrics = ClassMetrics(
            predictions: LinearModel.predictions(probe.decisions, outputs: k), labels: labels, classes: k,
            scores: probabilities ?? probe.decisions)
        return names.map { name in
            switch name {
            case "accuracy": metrics.accuracy
            case "precision": metrics.precision
            case "recall": metrics.recall
            case "f1": metrics.f1
            case "auroc": metrics.auroc ?? .nan
            case "log_loss": ClassMetrics.logLoss(probabilities ?? [], labels: labels)
            case "brier": ClassMetrics.brier(probabilities ?? [], labels: labels)
            default: Double(probe.model.weights.count { $0 != 0 })
            }
        }
    }

    /// True positive rates at evenly spaced false positive rates, along a new last axis `fpr`.
    func curves(points: Int, threads: Int) throws -> Frame {
        let rates = VerbTable.rates(points)
        return try filled([Axis("fpr", rates.map { .double($0) })], points, threads: threads) { probe in
            guard let curve = RocCurve(scores: probe.decisions, labels: probe.labels.map { $0 == 1 }) else {
                return [Double](repeating: .nan, count: points)
            }
            return rates.map { curve.truePositiveRate(at: $0) }
        }
    }

    /// Counts by true and predicted class, along new last axes `actual` and `predicted`.
    func confusion(_ labels: [Label], threads: Int) throws -> Frame {
        let k = labels.count
        return try filled([Axis("actual", labels), Axis("predicted", labels)], k * k, threads: threads) { probe in
            let predicted = LinearModel.predictions(probe.decisions, outputs: probe.model.outputs)
            return ClassMetrics(predictions: predicted, labels: probe.labels.map { Int($0) }, classes: k)
                .confusion.map { Double($0) }
        }
    }

    /// Predicted probability, observed share and rows of each bin, along new last axes `bin` and `column`.
    func calibration(bins: Int, threads: Int) throws -> Frame {
        let axes = [
            Axis("bin", VerbTable.binMiddles(bins).map { .double($0) }),
            Axis("column", ["predicted", "observed", "rows"].map { .string($0) }),
        ]
        return try filled(axes, bins * 3, threads: threads) { probe in
            let found = Calibration(
                probabilities: probe.decisions.map(LinearModel.sigmoid), labels: probe.labels.map { $0 == 1 },
                bins: bins)
            return (0..<bins).flatMap { [found.predicted[$0], found.observed[$0], Double(found.counts[$0])] }
        }
    }

    /// A frame with `count` numbers of every fit along new last axes.
    private func filled(
        _ axes: [Axis], _ count: Int, threads: Int, _ make: @Sendable (Probe) -> [Double]
    ) throws -> Frame {
        let rows = outer.cells
        var values = [Double](repeating: .nan, count: inner.cells * count * rows)
        // Several at a time: what one takes is less than handing it over.
        let (all, together) = (inner.cells * rows, 8)
        try ParallelScan.run(count: (all + together - 1) / together, threads: threads) { part -> [[Double]] in
            (part * together..<min((part + 1) * together, all)).map { make(probes[$0]) }
        } merge: { part, found in
            for (offset, numbers) in found.enumerated() {
                let (cell, row) = (part * together + offset).quotientAndRemainder(dividingBy: rows)
                for (place, value) in numbers.enumerated() { values[(cell * count + place) * rows + row] = value }
            }
        }
        return Frame(outer: outer, inner: inner + axes, payload: .numbers(values))
    }
}
