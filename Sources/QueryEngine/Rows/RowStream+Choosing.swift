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
            let chosen = axes.cellMap(into: outer).compactMap { $0 }
            copy.cells = chosen.map { cells[$0] }
            // Steps that hold something for each cell know the cells by their old numbers.
            copy.steps = steps.map { $0.renumbered(chosen) }
            if drop { axes.remove(at: place) }
            copy.outer = axes
            return copy
        }
        // Only the chosen columns are read. A step may still ask for the label (`cosine(v)` of one v a layer), so the axis
        // itself goes after the steps.
        let isMixed = steps.contains { $0.mixes.contains(name) }
        if !isMixed, let chosen = source?.choosing(name, labels: labels, drop: drop && steps.isEmpty) {
            copy.source = chosen
            return drop && !steps.isEmpty ? copy.adding(.choosing(name, labels: labels, drop: true)) : copy
        }
        return adding(.choosing(name, labels: labels, drop: drop))
    }
}
