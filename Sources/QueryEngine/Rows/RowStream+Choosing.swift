import QueryLanguage
import Tensor

extension RowStream {
    /// `[dim=…]` on lazy rows: tokens and prompts choose rows, `layer` and `module` choose columns before any is read.
    func choosing(_ choice: DimensionChoice, _ node: PlanNode) throws -> RowStream {
        switch choice.kept {
        case .token(let position): return try token(position, node)
        case .tokens(let from, let to): return tokens(from: from, to: to)
        case .promptKey(let key): return prompt(key)
        case .one(let label): return choosing(choice.dim, [label], drop: true)
        case .several(let labels): return choosing(choice.dim, labels, drop: false)
        }
    }

    private func choosing(_ name: String, _ labels: [Label], drop: Bool) -> RowStream {
        var copy = self
        if let place = outer.index(of: name) {
            var axes = outer
            axes[place].labels = labels
            copy.cells = axes.cellMap(into: outer).compactMap { $0.map { cells[$0] } }
            if drop { axes.remove(at: place) }
            copy.outer = axes
            return copy
        }
        // Steps leave an axis alone or use it up, so an axis that is still there can be chosen at the source.
        if let chosen = source?.choosing(name, labels: labels, drop: drop) {
            copy.source = chosen
            return copy
        }
        return adding(.choosing(name, labels: labels, drop: drop))
    }
}
