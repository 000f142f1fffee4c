import Analysis
import QueryLanguage
import Scan

/// Fitted models over a grid: outer × inner × contrast × split × swept parameter, each with what its test rows got.
struct FitSet: Sendable {
    /// One fitted model.
    struct Probe: Sendable {
        /// In units of the scaled features where there is a scaler.
        var model: LinearModel
        var scaler: Standardizer?
        /// Rows of the frame that were held out, with the decisions (outputs × rows) and the true class of each.
        var testRows: [Int]
        var decisions: [Double]
        var labels: [Int32]
        /// The true numbers, for a regression.
        var targets: [Double]
        var converged: Bool
        var iterations: Int
        var isSingular: Bool
        var trainRows: Int
        /// Features without variation among the training rows.
        var constantColumns = 0
    }

    /// The rows that were learned from.
    var frame: Frame
    var outer: [Axis]
    /// Inner axes, then `contrast`, `rep` and `fold`, and the parameter that sweeps.
    var inner: [Axis]
    /// `probes[inner cell · outer cells + outer cell]`.
    var probes: [Probe]
    var features: Int
    /// The classes' names: of each contrast, or of the one column.
    var comparisons: [[String]]
    var isRegression: Bool
    var notes: [FitNote]

    /// Names of all classes, each once; predictions count in these.
    var classNames: [String] {
        var names: [String] = []
        for name in comparisons.joined() where !names.contains(name) { names.append(name) }
        return names
    }

    /// For every inner cell, the place in `classNames` of classes 0, 1, ….
    var classPlaces: [[Int16]] {
        let names = classNames
        let places = comparisons.map { list in list.map { name in Int16(names.firstIndex(of: name) ?? 0) } }
        let contrasts = inner.filter { $0.name == "contrast" }
        return inner.cellMap(into: contrasts).map { places[$0 ?? 0] }
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

    /// The weights as vectors over the features, in the units that were fitted.
    var weights: Frame {
        let models = probes.map(\.model)
        return ProbeSet.weights(models, outer: outer, inner: inner, features: features, classes: classNames)
    }

    /// The models without their data, for rows that aren't scaled.
    var detached: ProbeSet {
        ProbeSet(
            outer: outer, inner: inner,
            models: probes.map { probe in probe.scaler.map { probe.model.unscaled($0) } ?? probe.model },
            features: features, classNames: classNames, classPlaces: classPlaces)
    }

    /// The held-out prediction of every row: `fold` is used up.
    var predictions: Frame {
        var result = frame
        var axes = inner
        guard let place = axes.index(of: "fold") else { return frame }
        axes.remove(at: place)
        let target = inner.cellMap(into: axes).map { $0 ?? 0 }
        let places = classPlaces
        var numbers = [Double](repeating: Missing.number, count: isRegression ? axes.cells * frame.rows : 0)
        var values = [Prediction](repeating: .none, count: isRegression ? 0 : axes.cells * frame.rows)
        for cell in 0..<inner.cells {
            for row in 0..<outer.cells {
                let probe = probes[cell * outer.cells + row]
                if isRegression {
                    for (index, testRow) in probe.testRows.enumerated() {
                        numbers[target[cell] * frame.rows + testRow] = probe.decisions[index]
                    }
                } else {
                    let predicted = Prediction.of(probe.decisions, probe.model, places: places[cell])
                    for (index, testRow) in probe.testRows.enumerated() {
                        values[target[cell] * frame.rows + testRow] = predicted[index]
                    }
                }
            }
        }
        result.inner = axes
        result.payload = isRegression ? .numbers(numbers) : .predictions(values)
        result.classNames = classNames
        return result
    }
}

extension FitSet {
    /// Keeps the fits with those labels along an axis; `drop` removes the axis.
    func choosing(_ name: String, labels: [Label], drop: Bool) -> FitSet {
        var copy = self
        let cells = outer.cells
        if let place = inner.index(of: name) {
            var axes = inner
            axes[place].labels = labels
            copy.probes = axes.cellMap(into: inner).compactMap { $0 }.flatMap { probes[$0 * cells..<($0 + 1) * cells] }
            if name == "contrast" {
                copy.comparisons = labels.compactMap { label in
                    inner[place].labels.firstIndex(of: label).map { comparisons[$0] }
                }
            }
            if drop { axes.remove(at: place) }
            copy.inner = axes
        } else if let place = outer.index(of: name) {
            var axes = outer
            axes[place].labels = labels
            let kept = axes.cellMap(into: outer).compactMap { $0 }
            copy.probes = (0..<inner.cells).flatMap { cell in kept.map { probes[cell * cells + $0] } }
            // Rows of the cells that stay move up, and the test rows of their fits with them.
            var rows = frame
            // Which rows they are is asked of it, never their numbers, which may not be there.
            rows.inner = []
            rows.payload = .numbers([Double](repeating: .nan, count: frame.rows))
            copy.frame = rows.choosing(name, labels: labels, drop: drop)
            for (new, old) in kept.enumerated() {
                let shift = copy.frame.offsets[new] - frame.offsets[old]
                for cell in 0..<inner.cells {
                    let place = cell * kept.count + new
                    copy.probes[place].testRows = copy.probes[place].testRows.map { $0 + shift }
                }
            }
            if drop { axes.remove(at: place) }
            copy.outer = axes
        }
        return copy
    }
}

extension Prediction {
    /// No fit held the row out.
    static let none = Prediction(label: -1, probability: .nan, score: .nan)

    /// What a model makes of decisions, outputs × rows.
    static func of(_ decisions: [Double], _ model: LinearModel, places: [Int16]) -> [Prediction] {
        let predicted = LinearModel.predictions(decisions, outputs: model.outputs)
        let probabilities = model.probabilities(decisions)
        let rows = predicted.count
        return predicted.enumerated().map { row, k in
            Prediction(
                label: places[k], probability: probabilities.map { $0[k * rows + row] } ?? .nan,
                score: decisions[(model.outputs > 1 ? k : 0) * rows + row])
        }
    }
}
