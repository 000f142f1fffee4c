import Analysis
import QueryLanguage
import Store

extension RowStream {
    /// n prompts of each cell, those with the smallest drawn numbers; they keep their order.
    ///
    /// The number of a prompt depends on the seed and its id alone: every model and layer sees the same prompts.
    func sampledPrompts(_ count: Int, seed: Int) -> RowStream {
        var copy = self
        for index in cells.indices {
            let keys = cells[index].prompts.keys
            let prompts = cells[index].promptRuns.map { cells[index].segments[$0.lowerBound].prompt }
            let kept = Set(Sample.drawn(count, of: prompts.map { keys[Int($0)] }, seed: seed).map { prompts[$0] })
            copy.cells[index].segments.removeAll { !kept.contains($0.prompt) }
        }
        return copy
    }
}

extension RowStream {
    /// `head`: the first prompts, the first tokens of each prompt that are left, or the first entries of a grid dimension.
    func first(_ count: Int, _ node: PlanNode) throws -> RowStream {
        let name = HeadVerb.dimension(node)
        switch name {
        case "prompt": return firstPrompts(count)
        case "token":
            var copy = self
            for index in cells.indices {
                copy.cells[index].segments = cells[index].promptRuns.flatMap { run in
                    var left = count
                    return cells[index].segments[run].compactMap { segment in
                        var kept = segment
                        kept.count = min(left, segment.count)
                        left -= kept.count
                        return kept.count > 0 ? kept : nil
                    }
                }
            }
            return copy
        default:
            guard let labels = node.inputs.first?.type.dim(name)?.labels else { return self }
            return try choosing(DimensionChoice(dim: name, kept: .several(Array(labels.prefix(count)))), node)
        }
    }
}

/// `sample`: which of some keys are drawn.
enum Sample {
    /// The places of n keys, in rising order.
    static func drawn(_ count: Int, of keys: [String], seed: Int) -> [Int] {
        let draw = SeededDraw(seed: UInt64(bitPattern: Int64(seed)), repeat: 0, purpose: .sample)
        let numbers = keys.map { draw.number(key: SeededDraw.hash($0)) }
        let order = keys.indices.sorted { (numbers[$0], $0) < (numbers[$1], $1) }
        return order.prefix(max(0, count)).sorted()
    }
}
