import QueryLanguage

extension VerbImplementations {
    static let rankings: [String: Computation] = [
        "top": { .table(try $0.ranked($1, $2, largest: true)) },
        "bottom": { .table(try $0.ranked($1, $2, largest: false)) },
        "argmax": { .frame(try $0.extreme($1, $2, largest: true)) },
        "argmin": { .frame(try $0.extreme($1, $2, largest: false)) },
    ]
}

/// The n best entries of each group of cells: a bounded list a group, merged in the order of the rows.
struct Ranking: Sendable {
    /// One cell of the value, or one component of a vector.
    struct Entry: Sendable, Hashable {
        var value: Double
        /// Outer cell, row and inner cell of the value.
        var cell: Int32
        var prompt: Int32
        var token: Int32
        var inner: Int32
        /// The component of a vector; 0 for numbers.
        var feature: Int32
    }

    /// What the entries of one list share.
    struct Key: Sendable, Hashable {
        var group: RowGroup
        /// Cell of the inner axes that stay.
        var inner: Int
    }

    let limit: Int
    let largest: Bool
    /// Compares |x| instead of x.
    let byMagnitude: Bool
    private(set) var lists: [Key: [Entry]] = [:]

    init(limit: Int, largest: Bool, byMagnitude: Bool = false) {
        self.limit = limit
        self.largest = largest
        self.byMagnitude = byMagnitude
    }

    /// Takes an entry in, after all earlier ones: of equal values the first is kept. NaN and missing numbers are left out.
    mutating func add(_ entry: Entry, to key: Key) {
        guard !entry.value.isNaN, limit > 0 else { return }
        Ranking.insert(entry, into: &lists[key, default: []], limit: limit, isBefore: isBefore)
    }

    /// Takes the entries of a later piece in.
    mutating func merge(_ other: Ranking) {
        for (key, entries) in other.lists {
            guard var list = lists.removeValue(forKey: key) else {
                lists[key] = entries
                continue
            }
            for entry in entries { Ranking.insert(entry, into: &list, limit: limit, isBefore: isBefore) }
            lists[key] = list
        }
    }

    private func isBefore(_ a: Entry, _ b: Entry) -> Bool {
        let (x, y) = byMagnitude ? (abs(a.value), abs(b.value)) : (a.value, b.value)
        return largest ? x > y : x < y
    }

    private static func insert(
        _ entry: Entry, into list: inout [Entry], limit: Int, isBefore: (Entry, Entry) -> Bool
    ) {
        if list.count == limit {
            guard isBefore(entry, list[limit - 1]) else { return }
            list.removeLast()
        }
        let place = list.partitioningIndex { isBefore(entry, $0) }
        list.insert(entry, at: place)
    }
}

extension Executor {
    /// Rows of a `top` table at most.
    private static let rankedRowLimit = 1_000_000

    /// `top` and `bottom`: the best entries over the dimensions named (or all), for each cell of the others.
    fileprivate func ranked(_ arguments: BoundArguments, _ node: PlanNode, largest: Bool) throws -> Table {
        let input = node.inputs[0]
        let named = arguments.dims("dims")
        let gone = Set(named.isEmpty ? input.type.dims.map(\.name) : named)
        let value = try grouped(input, gone: gone)
        let kept = value.inner.filter { !gone.contains($0.name) }
        let ranking = try rank(
            value, kept: kept,
            Ranking(
                limit: arguments.int("n") ?? 10, largest: largest,
                byMagnitude: arguments.bool("abs") ?? false))
        let columns: [TableColumn] = if case .table(let columns) = node.type.element { columns } else { [] }
        let entries = ranking.lists.sorted { ($0.key.group, $0.key.inner) < ($1.key.group, $1.key.inner) }
            .flatMap(\.value)
        guard entries.count <= Executor.rankedRowLimit else {
            throw QueryFailure(
                "too-large", at: node, "\(entries.count) rows are too many for one table",
                help: "take fewer: a smaller n, or name more dimensions to search through")
        }
        let isVector = input.type.element.isVector
        let isWhole = input.type.element == .int
        return Table(
            columns: columns,
            rows: entries.map { entry in
                var row = labels(of: entry, in: value).map(\.constant)
                if isVector { row.append(.int(Int(entry.feature))) }
                if input.type.element == .bool {
                    row.append(.bool(entry.value != 0))
                } else {
                    row.append(isWhole ? .int(Int(entry.value)) : .double(entry.value))
                }
                return row
            })
    }

    /// The labels of an entry along every dimension, in the order of the type.
    private func labels(of entry: Ranking.Entry, in value: GroupedValue) -> [Label] {
        var labels = zip(value.outer, value.outer.coordinates(of: Int(entry.cell))).map { $0.labels[$1] }
        if value.hasPrompt { labels.append(.string(value.groups.promptKey(entry.prompt, cell: Int(entry.cell)))) }
        if value.hasToken { labels.append(.int(Int(entry.token))) }
        return labels + zip(value.inner, value.inner.coordinates(of: Int(entry.inner))).map { $0.labels[$1] }
    }

    /// `argmax` and `argmin`: the label of the best entry along one dimension; missing where every entry is NaN.
    fileprivate func extreme(_ arguments: BoundArguments, _ node: PlanNode, largest: Bool) throws -> Frame {
        let name = arguments.dims("dim").first ?? ""
        let value = try grouped(node.inputs[0], gone: [name])
        let kept = value.inner.filter { $0.name != name }
        let ranking = try rank(value, kept: kept, Ranking(limit: 1, largest: largest))
        var found: Set<RowGroup> = []
        try value.scanRows { cell, prompt, token in
            if let group = value.groups.group(cell: cell, prompt: prompt, token: token) { found.insert(group) }
        }
        let names =
            value.outer.map(\.name) + (value.hasPrompt ? ["prompt"] : []) + (value.hasToken ? ["token"] : [])
            + value.inner.map(\.name)
        let place = names.firstIndex(of: name) ?? 0
        return value.groups.frame(found, inner: kept) { groups in
            let best = (0..<kept.cells).flatMap { inner in
                groups.map { group in
                    ranking.lists[Ranking.Key(group: group, inner: inner)]?.first.map {
                        labels(of: $0, in: value)[place]
                    }
                }
            }
            if node.type.element == .string {
                return .texts(best.map { $0?.description })
            }
            return .numbers(
                best.map { label in
                    switch label {
                    case .int(let number): Double(number)
                    case .double(let number): number
                    case .string, nil: Missing.number
                    }
                })
        }
    }

    private func rank(_ value: GroupedValue, kept: [Axis], _ empty: Ranking) throws -> Ranking {
        let target = value.inner.cellMap(into: kept).map { $0 ?? 0 }
        var all = empty
        try value.scan(threads: threads) { piece -> Ranking in
            var ranking = empty
            let rows = piece.block.rows
            for row in 0..<rows {
                let (prompt, token) = (piece.prompts[row], piece.tokens[row])
                guard let group = value.groups.group(cell: piece.cell, prompt: prompt, token: token) else { continue }
                for (cell, inner) in target.enumerated() {
                    let key = Ranking.Key(group: group, inner: inner)
                    func add(_ number: Double, feature: Int) {
                        ranking.add(
                            Ranking.Entry(
                                value: number, cell: Int32(piece.cell), prompt: prompt, token: token,
                                inner: Int32(cell), feature: Int32(feature)), to: key)
                    }
                    switch piece.block.payload {
                    case .numbers(let values): add(values[cell * rows + row], feature: 0)
                    case .stats(let stats): add(stats[cell * rows + row].mean, feature: 0)
                    case .vectors(let values, let width):
                        for component in 0..<width {
                            add(Double(values[(cell * rows + row) * width + component]), feature: component)
                        }
                    default: break
                    }
                }
            }
            return ranking
        } merge: {
            all.merge($0)
        }
        return all
    }
}

extension Label {
    /// The label as a cell of a table.
    var constant: Constant {
        switch self {
        case .int(let value): .int(value)
        case .double(let value): .double(value)
        case .string(let value): .string(value)
        }
    }
}
