import QueryLanguage
import Scan
import Store

/// Pools the cells of a stream or frame over some of its dimensions.
struct Pooling: Sendable {
    var kind: PoolKind
    /// Dimensions that are averaged away.
    var gone: Set<String>
    /// Floats of a cell for vectors; nil for numbers.
    var width: Int?
    /// Rows grouped by a column of their prompts, with the classes in their order.
    var by: (column: String, values: [String])?

    func pool(_ frame: Frame) -> Frame {
        var total = PoolTotal(
            self, outer: frame.outer, inner: frame.inner, hasPrompt: frame.prompts != nil,
            hasToken: frame.tokens != nil, tables: frame.tables)
        for cell in 0..<frame.outer.cells {
            let range = frame.offsets[cell]..<frame.offsets[cell + 1]
            let rows = total.groups(
                cell, prompts: range.lazy.map { row in frame.prompts.map { $0[row] } ?? 0 },
                tokens: range.lazy.map { row in frame.tokens.map { $0[row] } ?? 0 })
            let places = (0..<frame.inner.cells).flatMap { inner in range.map { inner * frame.rows + $0 } }
            let block = Block(rows: range.count, inner: frame.inner, payload: frame.payload.gathered(places))
            var partial = total.partial(site: nil, source: nil)
            partial.add(block, rows)
            total.merge(partial, cell: cell)
        }
        return total.frame()
    }

    /// The class of every prompt of every cell; −1 for none of them.
    static func classNumbers(_ tables: [PromptTable], _ by: (column: String, values: [String])) -> [[Int]] {
        let number = Dictionary(by.values.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        return tables.map { table in
            let columns = PromptColumns(table)
            return table.keys.indices.map { prompt in
                columns.text(by.column, prompt: prompt).flatMap { number[$0] } ?? -1
            }
        }
    }
}

/// A pooled value while it comes together: which rows and cells fall into which state, and the states merged so far.
struct PoolTotal: Sendable {
    let pooling: Pooling
    /// Axes of the value that is pooled.
    private let inner: [Axis]
    /// Inner axes that stay, and the kept cell of each inner cell.
    private let kept: [Axis]
    private let keptCell: [Int]
    private let outer: [Axis]
    /// The kept outer cell of each outer cell.
    private let outerCell: [Int]
    private let keepPrompt: Bool
    private let keepToken: Bool
    private let tables: [PromptTable]
    private let classes: [[Int]]?
    /// For each kept outer cell.
    private var states: [PoolStates]

    init(
        _ pooling: Pooling, outer: [Axis], inner: [Axis], hasPrompt: Bool, hasToken: Bool, tables: [PromptTable]
    ) {
        self.pooling = pooling
        self.inner = inner
        self.tables = tables
        let gone = pooling.gone
        kept = inner.filter { !gone.contains($0.name) }
        keptCell = inner.cellMap(into: kept).map { $0 ?? 0 }
        self.outer = outer.filter { !gone.contains($0.name) }
        outerCell = outer.cellMap(into: self.outer).map { $0 ?? 0 }
        keepPrompt = hasPrompt && !gone.contains("prompt")
        keepToken = hasToken && !gone.contains("token")
        classes = pooling.by.map { Pooling.classNumbers(tables, $0) }
        states = Array(
            repeating: PoolStates(cells: kept.cells, width: pooling.stateWidth, need: pooling.kind.need),
            count: self.outer.cells)
    }

    /// Bytes that the states take, about.
    var approximateBytes: Int { states.reduce(0) { $0 + $1.state.cells * (8 + 24 * $1.state.width) } }

    /// Whether sites can be read one after the other: none of the stored axes is pooled, so every state belongs to one site.
    func allowsSites(_ source: SiteSource?) -> Bool {
        source?.axes.allSatisfy { !pooling.gone.contains($0.name) } ?? false
    }

    /// The group of every row.
    func groups<P: Sequence<Int32>, T: Sequence<Int32>>(_ cell: Int, prompts: P, tokens: T) -> PoolGroups {
        var rows = PoolGroups()
        for (prompt, token) in zip(prompts, tokens) {
            if let classes {
                let number = classes[cell][Int(prompt)]
                rows.add(number < 0 ? nil : number, rows: 1)
            } else {
                rows.add(PoolGroups.group(keepPrompt ? prompt : 0, keepToken ? token : 0), rows: 1)
            }
        }
        return rows
    }

    /// The group of every row of a batch.
    func groups(_ batch: Batch) -> PoolGroups {
        var rows = PoolGroups()
        rows.reserve(keepToken ? batch.rows : keepPrompt ? batch.segments.count : 1)
        for segment in batch.segments {
            if let classes {
                let number = classes[batch.cell][Int(segment.prompt)]
                rows.add(number < 0 ? nil : number, rows: segment.count)
            } else if keepToken {
                for offset in 0..<segment.count {
                    rows.add(
                        PoolGroups.group(keepPrompt ? segment.prompt : 0, segment.position + Int32(offset)), rows: 1)
                }
            } else {
                rows.add(PoolGroups.group(keepPrompt ? segment.prompt : 0, 0), rows: segment.count)
            }
        }
        return rows
    }

    /// Inner cells that a block of one site (or of all) has, as cells of the whole grid.
    private func reached(_ site: Int?, _ source: SiteSource?) -> [Int] {
        guard let site, let source else { return Array(0..<inner.cells) }
        let names = Set(source.axes.filter { $0.name != "rank" }.map(\.name))
        let here = inner.map { names.contains($0.name) ? Axis($0.name, Array($0.labels.prefix(1))) : $0 }
        return source.cells(ofSite: site, inner: here, in: inner)
    }

    /// The states of no rows, for the cells that one site (or all) reaches.
    func partial(site: Int?, source: SiteSource?) -> PoolPartial {
        let cells = reached(site, source).map { keptCell[$0] }
        let kept = Set(cells).sorted()
        let places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
        return PoolPartial(
            cells: kept, target: cells.map { places[$0] ?? 0 }, width: pooling.stateWidth, need: pooling.kind.need)
    }

    mutating func merge(_ partial: PoolPartial, cell: Int) {
        states[outerCell[cell]].merge(partial)
    }

    /// Lays the states out as a frame: a row for every group, or one a cell.
    func frame() -> Frame {
        // A row: its group, and where its states are.
        var rows: [(cell: Int, group: Int, first: Int)] = []
        var offsets = [0]
        var states = states
        for cell in 0..<outer.cells {
            if let by = pooling.by {
                for value in by.values.indices {
                    rows.append((cell, value, states[cell].place(of: value)))
                    offsets.append(rows.count)
                }
            } else {
                if keepPrompt || keepToken {
                    rows += states[cell].places.map { (cell, $0.group, $0.first) }
                } else {
                    rows.append((cell, 0, states[cell].place(of: 0)))
                }
                offsets.append(rows.count)
            }
        }
        var axes = outer
        if let by = pooling.by { axes.append(Axis(by.column, by.values.map { .string($0) })) }
        var result = Frame(outer: axes, inner: kept, payload: .numbers([]))
        result.offsets = offsets
        if keepPrompt {
            result.prompts = rows.map { Int32(truncatingIfNeeded: $0.group >> 32) }
            result.tables = tables
        }
        if keepToken { result.tokens = rows.map { Int32(truncatingIfNeeded: $0.group & 0xFFFF_FFFF) } }
        result.payload = payload(states.map(\.state), rows.map { (cell: $0.cell, first: $0.first) })
        return result
    }

    private func payload(_ states: [PoolState], _ rows: [(cell: Int, first: Int)]) -> Payload {
        let kind = pooling.kind
        if kind == .summary {
            var stats: [Stat] = []
            for inner in 0..<kept.cells {
                for (cell, first) in rows {
                    let (state, place) = (states[cell], first + inner)
                    stats.append(
                        Stat(mean: state.mean(place), sd: state.deviation(place), count: state.count[place]))
                }
            }
            return .stats(stats)
        }
        if let width = pooling.width, kind != .count {
            var values: [Float] = []
            values.reserveCapacity(kept.cells * rows.count * width)
            for inner in 0..<kept.cells {
                for (cell, first) in rows {
                    for component in 0..<width {
                        values.append(Float(kind.number(states[cell], first + inner, component: component)))
                    }
                }
            }
            return .vectors(values, width: width)
        }
        var values: [Double] = []
        values.reserveCapacity(kept.cells * rows.count)
        for inner in 0..<kept.cells {
            for (cell, first) in rows { values.append(kind.number(states[cell], first + inner)) }
        }
        return .numbers(values)
    }
}

extension Pooling {
    /// Components of a state.
    fileprivate var stateWidth: Int { width ?? 1 }
}
