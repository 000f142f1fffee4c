import QueryLanguage
import Scan
import Store

/// Pools the cells of a stream or frame over some of its dimensions.
///
/// Each batch gives a partial state for the groups it touches; states merge in batch order.
struct Pooling: Sendable {
    var kind: PoolKind
    /// Dimensions that are averaged away.
    var gone: Set<String>
    /// Floats of a cell for vectors; nil for numbers.
    var width: Int?
    /// Rows grouped by a column of their prompts, with the classes in their order.
    var by: (column: String, values: [String])?

    /// What a batch adds: states of some groups, each `entries` numbers.
    private struct Partial: Sendable {
        var groups: [Int]
        var state: PoolState
    }

    /// Rows of the batch by group: which groups, and the place of each row's group among them.
    private struct Grouping {
        var groups: [Int] = []
        var slotOfRow: [Int] = []
        private var slots: [Int: Int] = [:]

        mutating func add(_ group: Int) {
            if let last = groups.last, last == group {
                slotOfRow.append(groups.count - 1)
            } else if let slot = slots[group] {
                slotOfRow.append(slot)
            } else {
                slots[group] = groups.count
                slotOfRow.append(groups.count)
                groups.append(group)
            }
        }

        mutating func skip() { slotOfRow.append(-1) }
    }

    // MARK: - Streams

    func pool(_ stream: RowStream, threads: Int) throws -> Frame {
        let batches = stream.batches()
        let axes = stream.inner
        let plan = InnerPlan(axes: axes, gone: gone)
        let keepPrompt = stream.hasPrompt && !gone.contains("prompt")
        let keepToken = stream.hasToken && !gone.contains("token")
        let classes = by.map { by in classNumbers(stream.cells.map(\.prompts), by) }
        let outer = stream.outer.filter { !gone.contains($0.name) }
        let target = stream.outer.cellMap(into: outer).map { $0 ?? 0 }
        var states: [[Int: PoolState]] = Array(repeating: [:], count: outer.cells)
        try ParallelScan.run(count: batches.count, threads: threads) { index -> Partial in
            let batch = batches[index]
            let block = try stream.block(batch)
            var grouping = Grouping()
            for segment in batch.segments {
                for offset in 0..<segment.count {
                    if let classes {
                        let number = classes[batch.cell][Int(segment.prompt)]
                        if number < 0 { grouping.skip() } else { grouping.add(number) }
                    } else {
                        grouping.add(
                            Pooling.group(
                                keepPrompt ? segment.prompt : 0, keepToken ? segment.position + Int32(offset) : 0))
                    }
                }
            }
            return add(block, plan, grouping)
        } merge: { index, partial in
            merge(partial, into: &states[target[batches[index].cell]])
        }
        return frame(
            outer: outer, states: states, plan: plan, keepPrompt: keepPrompt, keepToken: keepToken,
            tables: stream.cells.map(\.prompts))
    }

    private static func group(_ prompt: Int32, _ token: Int32) -> Int { Int(prompt) << 32 | Int(token) }

    // MARK: - Frames

    func pool(_ frame: Frame) -> Frame {
        let plan = InnerPlan(axes: frame.inner, gone: gone)
        let keepPrompt = frame.prompts != nil && !gone.contains("prompt")
        let keepToken = frame.tokens != nil && !gone.contains("token")
        let classes = by.map { by in classNumbers(frame.tables, by) }
        // Outer axes that stay; cells that differ only in others merge.
        let outer = frame.outer.filter { !gone.contains($0.name) }
        let target = frame.outer.cellMap(into: outer)
        var states: [[Int: PoolState]] = Array(repeating: [:], count: outer.cells)
        for cell in 0..<frame.outer.cells {
            let range = frame.offsets[cell]..<frame.offsets[cell + 1]
            var grouping = Grouping()
            for row in range {
                let prompt = frame.prompts.map { $0[row] } ?? 0
                if let classes {
                    let number = classes[cell][Int(prompt)]
                    if number < 0 { grouping.skip() } else { grouping.add(number) }
                } else {
                    grouping.add(
                        Pooling.group(keepPrompt ? prompt : 0, keepToken ? frame.tokens.map { $0[row] } ?? 0 : 0))
                }
            }
            let places = (0..<frame.inner.cells).flatMap { inner in range.map { inner * frame.rows + $0 } }
            let block = Block(rows: range.count, inner: frame.inner, payload: frame.payload.gathered(places))
            let partial = add(block, plan, grouping)
            if let cell = target[cell] { merge(partial, into: &states[cell]) }
        }
        return self.frame(
            outer: outer, states: states, plan: plan, keepPrompt: keepPrompt, keepToken: keepToken, tables: frame.tables
        )
    }

    // MARK: -

    /// Which inner cells fall together.
    private struct InnerPlan: Sendable {
        var kept: [Axis]
        /// The kept cell of each inner cell.
        var target: [Int]

        init(axes: [Axis], gone: Set<String>) {
            kept = axes.filter { !gone.contains($0.name) }
            target = axes.cellMap(into: kept).map { $0 ?? 0 }
        }
    }

    /// The state of a block's numbers, an entry for (group, kept inner cell, component).
    private func add(_ block: Block, _ plan: InnerPlan, _ grouping: Grouping) -> Partial {
        let kept = plan.kept.cells
        switch block.payload {
        case .numbers(let values):
            var state = PoolState(entries: grouping.groups.count * kept)
            for (cell, target) in plan.target.enumerated() {
                for row in 0..<block.rows where grouping.slotOfRow[row] >= 0 {
                    state.add(values[cell * block.rows + row], to: grouping.slotOfRow[row] * kept + target)
                }
            }
            return Partial(groups: grouping.groups, state: state)
        case .vectors(let values, let width):
            var state = PoolState(entries: grouping.groups.count * kept * width)
            for (cell, target) in plan.target.enumerated() {
                for row in 0..<block.rows where grouping.slotOfRow[row] >= 0 {
                    let source = (cell * block.rows + row) * width
                    let entry = (grouping.slotOfRow[row] * kept + target) * width
                    if kind == .mean || kind == .sum {
                        for component in 0..<width {
                            state.sum[entry + component] += Double(values[source + component])
                            state.count[entry + component] += 1
                        }
                    } else {
                        for component in 0..<width {
                            state.add(Double(values[source + component]), to: entry + component)
                        }
                    }
                }
            }
            return Partial(groups: grouping.groups, state: state)
        default:
            preconditionFailure("only numbers and vectors are pooled")
        }
    }

    private func merge(_ partial: Partial, into states: inout [Int: PoolState]) {
        guard !partial.groups.isEmpty else { return }
        let entries = partial.state.count.count / partial.groups.count
        for (slot, group) in partial.groups.enumerated() {
            var state = states.removeValue(forKey: group) ?? PoolState(entries: entries)
            for entry in 0..<entries { state.merge(partial.state, from: slot * entries + entry, into: entry) }
            states[group] = state
        }
    }

    /// The class of every prompt of every cell; −1 for none of them.
    private func classNumbers(_ tables: [PromptTable], _ by: (column: String, values: [String])) -> [[Int]] {
        let number = Dictionary(by.values.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        return tables.map { table in
            let columns = PromptColumns(table)
            return table.keys.indices.map { prompt in
                columns.text(by.column, prompt: prompt).flatMap { number[$0] } ?? -1
            }
        }
    }

    /// Lays the states out as a frame: a row for every group, or one a cell.
    private func frame(
        outer: [Axis], states: [[Int: PoolState]], plan: InnerPlan, keepPrompt: Bool, keepToken: Bool,
        tables: [PromptTable]
    ) -> Frame {
        let kept = plan.kept.cells
        let components = width ?? 1
        var places: [(cell: Int, group: Int)] = []
        var offsets = [0]
        for cell in 0..<outer.cells {
            if let by {
                for value in by.values.indices {
                    places.append((cell, value))
                    offsets.append(places.count)
                }
            } else if keepPrompt || keepToken {
                places += states[cell].keys.sorted().map { (cell, $0) }
                offsets.append(places.count)
            } else {
                places.append((cell, 0))
                offsets.append(places.count)
            }
        }
        var axes = outer
        if let by { axes.append(Axis(by.column, by.values.map { .string($0) })) }
        var result = Frame(outer: axes, inner: plan.kept, payload: .numbers([]))
        result.offsets = offsets
        if keepPrompt {
            result.prompts = places.map { Int32(truncatingIfNeeded: $0.group >> 32) }
            result.tables = tables
        }
        if keepToken { result.tokens = places.map { Int32(truncatingIfNeeded: $0.group & 0xFFFF_FFFF) } }

        let empty = PoolState(entries: kept * components)
        let found = places.map { states[$0.cell][$0.group] ?? empty }
        if kind == .summary {
            var stats: [Stat] = []
            for inner in 0..<kept {
                for state in found {
                    stats.append(Stat(mean: state.mean(inner), sd: state.deviation(inner), count: state.count[inner]))
                }
            }
            result.payload = .stats(stats)
        } else if let width, kind != .count {
            var values: [Float] = []
            values.reserveCapacity(kept * found.count * width)
            for inner in 0..<kept {
                for state in found {
                    for component in 0..<width { values.append(Float(kind.number(state, inner * width + component))) }
                }
            }
            result.payload = .vectors(values, width: width)
        } else {
            var values: [Double] = []
            for inner in 0..<kept {
                for state in found { values.append(kind.number(state, inner * components)) }
            }
            result.payload = .numbers(values)
        }
        return result
    }
}
