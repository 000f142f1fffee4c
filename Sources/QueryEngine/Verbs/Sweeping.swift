import Analysis
import QueryLanguage
import Store

extension Executor {
    /// What was computed for each value of a list, side by side.
    func swept(_ sweep: Sweep, _ node: PlanNode) throws -> Operand {
        var values: [Operand] = []
        var said: [[Note]] = []
        let before = notes
        sweeps += 1
        defer {
            sweeps -= 1
            if sweeps == 0 { sweptRows = nil }
        }
        try poolTogether(node.inputs)
        for branch in node.inputs {
            notes = []
            let value = try evaluate(branch)
            if case .stream(let stream) = value {
                values.append(.frame(try gather(stream, branch)))
            } else {
                values.append(value)
            }
            said.append(notes)
        }
        notes = before
        note(said, of: sweep)
        switch values.first {
        case .table?: return .table(Table.swept(values, sweep))
        case .fits?: return .fits(try FitSet.swept(values, sweep, node))
        case .probes?: return .probes(try ProbeSet.swept(values, sweep, node))
        default: return .frame(try sweptFrames(values, sweep, node))
        }
    }

    /// The rows of the first value of a sweep, where those are lazy still.
    func lazyRows(ofSweep node: PlanNode) throws -> RowStream? {
        guard case .sweep = node.operation, let first = node.inputs.first else { return nil }
        if case .sweep = first.operation { return try lazyRows(ofSweep: first) }
        return try stream(first, dry: false)
    }

    /// What all values have said is said once, anything else with the value that it is about.
    private func note(_ said: [[Note]], of sweep: Sweep) {
        for (label, notes) in zip(sweep.labels, said) {
            for one in notes {
                let isShared = said.allSatisfy { $0.contains(one) }
                note(isShared ? one : Note(code: one.code, text: "\(sweep.name) = \(label): \(one.text)"))
            }
        }
    }

    private func sweptFrames(_ values: [Operand], _ sweep: Sweep, _ node: PlanNode) throws -> Frame {
        let frames = try values.map { value -> Frame in
            guard case .frame(let frame) = value else {
                throw QueryFailure("wrong-type", at: node, "the values of `\(sweep.name)` are no arrays")
            }
            return frame
        }
        guard var result = frames.first else { preconditionFailure("a list has at least one value") }
        for frame in frames.dropFirst() {
            guard frame.isAligned(with: result) else { throw Executor.uneven(sweep, node) }
        }
        let cells = result.inner.cells * result.rows
        try memory.check(frames.count * cells * result.payload.cellBytes, at: node, help: Executor.fewerRows)
        let axes = SweptAxes(sweep, before: result.inner, node.type)
        // An inner cell lies whole in the payload: those of the next value follow.
        guard let all = Payload.joined(frames.map { ($0.payload, cells) }, inner: 1) else { return result }
        result.payload = axes.isFirst ? all : all.gathered(axes.order(run: result.rows))
        result.inner = axes.inner
        return result
    }

    /// What the type could not tell.
    static func uneven(_ sweep: Sweep, _ node: PlanNode) -> QueryFailure {
        QueryFailure(
            "uneven-sweep", at: node,
            "the values of `\(sweep.name)` give answers with different rows or labels, which make no one array",
            help: "pool what differs in the same pipeline, or write one value")
    }
}

/// Where the dimension of a sweep goes among the inner axes, and where each cell comes from.
private struct SweptAxes {
    var before: [Axis]
    var inner: [Axis]
    private var place: Int

    init(_ sweep: Sweep, before: [Axis], _ type: QueryType) {
        self.before = before
        let names = type.dims.map(\.name)
        let behind = names.firstIndex(of: sweep.name).map { Set(names[($0 + 1)...]) } ?? []
        place = before.firstIndex { behind.contains($0.name) } ?? before.count
        inner = before
        inner.insert(Axis(sweep.name, sweep.labels), at: place)
    }

    /// Whether the values lie one after the other as they are.
    var isFirst: Bool { place == 0 }

    /// For each inner cell in order: which value it is of, and its cell there.
    var cells: [(value: Int, cell: Int)] {
        inner.cellMap(into: before).enumerated().map { cell, own in (inner.coordinates(of: cell)[place], own ?? 0) }
    }

    /// The places of all cells among those of the values one after the other.
    ///
    /// - Parameter run: entries that lie together in one inner cell
    func order(run: Int) -> [Int] {
        let size = before.cells
        return cells.flatMap { value, cell in
            let start = (value * size + cell) * run
            return start..<start + run
        }
    }
}

extension Frame {
    /// Whether both have the same rows and labels, so that their cells can stand side by side.
    fileprivate func isAligned(with other: Frame) -> Bool {
        outer == other.outer && inner == other.inner && offsets == other.offsets && prompts == other.prompts
            && tokens == other.tokens && classNames == other.classNames
            && zip(tables, other.tables).allSatisfy { $0.keys == $1.keys }
    }
}

extension Payload {
    /// Bytes of one cell, about.
    var cellBytes: Int {
        switch self {
        case .vectors(_, let width): 4 * width
        case .pair(let left, let right): left.cellBytes + right.cellBytes
        case .sets, .texts: 256
        default: 32
        }
    }
}

extension Table {
    /// The rows of all values, with the value in front.
    fileprivate static func swept(_ values: [Operand], _ sweep: Sweep) -> Table {
        let tables = values.compactMap { if case .table(let table) = $0 { table } else { nil } }
        let first = Constant(sweep.labels.first ?? .string(""))
        let kind: TableColumn.Kind =
            switch first {
            case .int: .int
            case .double: .double
            default: .string
            }
        return Table(
            columns: [TableColumn(sweep.name, kind)] + (tables.first?.columns ?? []),
            rows: zip(sweep.labels, tables).flatMap { label, table in table.rows.map { [Constant(label)] + $0 } })
    }
}

extension FitSet {
    /// The fits of all values along a new axis.
    fileprivate static func swept(_ values: [Operand], _ sweep: Sweep, _ node: PlanNode) throws -> FitSet {
        let sets = values.compactMap { if case .fits(let set) = $0 { set } else { nil } }
        guard var result = sets.first, sets.count == values.count else { throw Executor.uneven(sweep, node) }
        guard
            sets.allSatisfy({
                $0.outer == result.outer && $0.inner == result.inner && $0.features == result.features
                    && $0.comparisons == result.comparisons && $0.isRegression == result.isRegression
                    && $0.frame.isAligned(with: result.frame)
            })
        else { throw Executor.uneven(sweep, node) }
        let axes = SweptAxes(sweep, before: result.inner, node.type)
        let all = sets.flatMap(\.probes)
        result.probes = axes.order(run: result.outer.cells).map { all[$0] }
        result.inner = axes.inner
        return result
    }
}

extension ProbeSet {
    /// The probes of all values along a new axis.
    fileprivate static func swept(_ values: [Operand], _ sweep: Sweep, _ node: PlanNode) throws -> ProbeSet {
        let sets = values.compactMap { if case .probes(let set) = $0 { set } else { nil } }
        guard var result = sets.first, sets.count == values.count,
            sets.allSatisfy({
                $0.outer == result.outer && $0.inner == result.inner && $0.features == result.features
                    && $0.classNames == result.classNames
            })
        else { throw Executor.uneven(sweep, node) }
        let axes = SweptAxes(sweep, before: result.inner, node.type)
        let all = sets.flatMap(\.models)
        result.models = axes.order(run: result.outer.cells).map { all[$0] }
        result.classPlaces = axes.cells.map { sets[$0.value].classPlaces[$0.cell] }
        result.inner = axes.inner
        return result
    }
}
