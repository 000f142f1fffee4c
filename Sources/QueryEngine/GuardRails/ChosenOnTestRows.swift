import QueryLanguage

/// The best of several layers (or C, k, models …) is taken by the very test rows that its score is told on.
///
/// Best is the largest accuracy and the smallest error: `max` of a loss or `min` of an AUROC picks the worst, which flatters nobody.
/// Scores are followed through pools, choices, arithmetic, `rename`, `stack` and `ci`; of a difference of two scores either end counts.
enum ChosenOnTestRows {
    /// What to say about a step that chooses; nil for every other.
    static func text(_ node: PlanNode) -> String? {
        guard case .verb(let name, let arguments) = node.operation, let input = node.inputs.first,
            let taken = taken(name, arguments, from: input), let score = HeldOutScore(input),
            !taken.isDisjoint(with: score.best)
        else { return nil }
        let choices = chosen(name, arguments, from: input).filter {
            !$0.isSample && !score.notChosen.contains($0.name) && $0.bound > 1
        }
        guard !choices.isEmpty else { return nil }
        let count = choices.reduce(1) { $0 * $1.bound }
        let names = choices.map(\.name).joined(separator: " × ")
        return
            "the best of \(count) (\(names)) is chosen on the same test rows that its score comes from, which flatters it: "
            + "choose on one part of the prompts (`where`, another data set) and report on the other"
    }

    /// Which ends of its input a verb takes; nil for verbs that don't choose.
    private static func taken(_ name: String, _ arguments: BoundArguments, from input: PlanNode) -> Set<End>? {
        switch name {
        case "max", "argmax", "top": return [.largest]
        case "min", "argmin", "bottom": return [.smallest]
        case "quantile":
            let ends = arguments.items("q").compactMap { item -> End? in
                switch item.number {
                case 1: .largest
                case 0: .smallest
                default: nil
                }
            }
            return ends.isEmpty ? nil : Set(ends)
        case "head", "last":
            guard let isDescending = sorting(input) else { return nil }
            return [(name == "head") == isDescending ? .largest : .smallest]
        default: return nil
        }
    }

    /// Along which dimensions it chooses.
    private static func chosen(_ name: String, _ arguments: BoundArguments, from input: PlanNode) -> [Dimension] {
        let named = arguments.dims("dims") + arguments.dims("dim")
        switch name {
        case "top", "bottom", "head", "last":
            return input.type.dims.filter { named.isEmpty || named.contains($0.name) }
        default: return input.type.dims.filter { named.contains($0.name) }
        }
    }

    /// Whether entries are sorted by their values, and if so falling.
    private static func sorting(_ node: PlanNode) -> Bool? {
        guard case .verb("sort", let arguments) = node.operation, arguments.column("by") == nil else { return nil }
        return arguments.bool("desc") ?? false
    }
}

/// The upper or the lower end of some numbers.
enum End: Hashable {
    case largest
    case smallest

    var opposite: End { self == .largest ? .smallest : .largest }
}
