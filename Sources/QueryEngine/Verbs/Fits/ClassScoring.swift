import Analysis
import QueryLanguage
import Store

/// `auroc` and `accuracy`: rows of a frame against a column of their prompts.
struct ClassScoring {
    var frame: Frame
    /// The classes compared, one entry per contrast; nil for a column whose names predicted classes are compared with.
    var comparisons: [(title: String, names: [String])]
    var column: String
    /// Numbers above it predict class 1.
    var threshold: Double

    /// The area under the ROC curve of every inner cell and contrast.
    func auroc() -> Frame {
        each { scores, classes in
            var kept: [Double] = []
            var labels: [Bool] = []
            for (score, k) in zip(scores, classes) where k >= 0 && !score.isNaN {
                kept.append(score)
                labels.append(k == 1)
            }
            return Metrics.auroc(scores: kept, labels: labels) ?? .nan
        }
    }

    /// The share of numbers on the right side of the threshold.
    func accuracy() -> Frame {
        each { scores, classes in
            var (right, all) = (0, 0)
            for (score, k) in zip(scores, classes) where k >= 0 && !score.isNaN {
                all += 1
                if (score > threshold) == (k == 1) { right += 1 }
            }
            return all == 0 ? .nan : Double(right) / Double(all)
        }
    }

    /// The share of predicted classes whose name is the column's value.
    func namedAccuracy() -> Frame {
        guard case .predictions(let values) = frame.payload else { return frame }
        let cells = frame.outer.cells
        var out = [Double](repeating: .nan, count: frame.inner.cells * cells)
        for cell in 0..<cells {
            let columns = PromptColumns(frame.tables[cell])
            let range = frame.offsets[cell]..<frame.offsets[cell + 1]
            let truth = range.map { row in columns.text(column, prompt: frame.prompts.map { Int($0[row]) } ?? 0) }
            for inner in 0..<frame.inner.cells {
                var (right, all) = (0, 0)
                for (place, row) in range.enumerated() {
                    let label = values[inner * frame.rows + row].label
                    guard label >= 0, let name = truth[place] else { continue }
                    all += 1
                    if frame.classNames[Int(label)] == name { right += 1 }
                }
                if all > 0 { out[inner * cells + cell] = Double(right) / Double(all) }
            }
        }
        return Frame(outer: frame.outer, inner: frame.inner, payload: .numbers(out))
    }

    private func each(_ measure: ([Double], [Int32]) -> Double) -> Frame {
        let cells = frame.outer.cells
        let isContrasted = comparisons.count > 1 || comparisons.first?.title != column
        var axes = frame.inner
        if isContrasted { axes.append(Axis("contrast", comparisons.map { .string($0.title) })) }
        var out = [Double](repeating: .nan, count: frame.inner.cells * comparisons.count * cells)
        for cell in 0..<cells {
            let range = frame.offsets[cell]..<frame.offsets[cell + 1]
            for (index, comparison) in comparisons.enumerated() {
                let targets = RowTargets(frame.tables[cell], column: column, names: comparison.names)
                let classes = range.map { row in targets.classes[frame.prompts.map { Int($0[row]) } ?? 0] }
                for inner in 0..<frame.inner.cells {
                    let scores = range.map { row in score(inner * frame.rows + row, comparison.names) }
                    out[(inner * comparisons.count + index) * cells + cell] = measure(scores, classes)
                }
            }
        }
        return Frame(outer: frame.outer, inner: axes, payload: .numbers(out))
    }

    /// A row's number: of a predicted class its decision, turned where its classes stand the other way round.
    private func score(_ place: Int, _ names: [String]) -> Double {
        switch frame.payload {
        case .numbers(let values): values[place]
        case .predictions(let values): values[place].score
        default: .nan
        }
    }
}
