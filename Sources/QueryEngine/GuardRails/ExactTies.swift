import QueryLanguage

/// `argmax` and `argmin` give the first of equal entries: how often there was one to choose.
enum ExactTies {
    /// What to say about a step; nil for other verbs, for values with rows, and where every best entry is alone.
    static func text(_ node: PlanNode, _ executor: Executor) throws -> String? {
        guard case .verb(let name, let arguments) = node.operation, name == "argmax" || name == "argmin",
            let input = node.inputs.first, input.type.sampleDims.isEmpty, let dim = arguments.dims("dim").first,
            case .frame(let frame) = try executor.evaluate(input)
        else { return nil }
        let values: [Double]
        switch frame.payload {
        case .numbers(let numbers): values = numbers
        case .stats(let stats): values = stats.map(\.mean)
        default: return nil
        }
        // Inner axes run slower than the outer ones, whose cells are the rows.
        let axes = frame.inner + frame.outer
        guard values.count == axes.cells, let place = axes.index(of: dim) else { return nil }
        var kept = axes
        kept.remove(at: place)
        var groups = [(best: Double, count: Int)](repeating: (.nan, 0), count: kept.cells)
        for (cell, target) in axes.cellMap(into: kept).enumerated() {
            guard let target, !values[cell].isNaN else { continue }
            let value = name == "argmax" ? values[cell] : -values[cell]
            if groups[target].count == 0 || value > groups[target].best {
                groups[target] = (value, 1)
            } else if value == groups[target].best {
                groups[target].count += 1
            }
        }
        let tied = groups.count { $0.count > 1 }
        guard tied > 0 else { return nil }
        return
            "\(tied) of \(groups.count) best entries \(tied == 1 ? "is" : "are") shared with another along `\(dim)`, "
            + "exactly equal: the first is given"
    }
}
