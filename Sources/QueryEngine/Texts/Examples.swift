import QueryLanguage
import Scan
import Store

extension Executor {
    /// `examples`: the prompts in which each latent is most active, with the text around its best token.
    func examples(_ arguments: BoundArguments, _ node: PlanNode) throws -> Table {
        let input = node.inputs[0]
        guard let wanted = arguments.node("of"), let grid = input.captureGrids.first else {
            preconditionFailure("checked: latents of a capture are asked for")
        }
        let value = try grouped(input, gone: [])
        // Latents for every outer × inner cell, in the order of the answer.
        let latents = try latents(of: wanted, outer: value.outer, inner: value.inner, node)
        let cells = value.inner.cells
        let places = latents.map { list in
            Dictionary(list.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        }
        let limit = arguments.int("n") ?? 5
        var best = ActiveTexts(limit: limit)
        try value.scan(threads: threads) { piece -> ActiveTexts in
            var found = ActiveTexts(limit: limit)
            guard case .latents(let lists) = piece.block.payload else { return found }
            let rows = piece.block.rows
            for cell in 0..<cells {
                let group = piece.cell * cells + cell
                let wanted = places[group]
                guard !wanted.isEmpty else { continue }
                for row in 0..<rows {
                    let start = (cell * rows + row) * lists.stored
                    for index in start..<start + lists.stored where lists.indices[index] != UInt32.max {
                        guard let place = wanted[lists.indices[index]], lists.values[index] > 0 else { continue }
                        found.add(
                            ActiveTexts.Entry(
                                value: lists.values[index], prompt: piece.prompts[row], token: piece.tokens[row]),
                            to: ActiveTexts.Key(group: group, place: place))
                    }
                }
            }
            return found
        } merge: {
            best.merge($0)
        }

        let records = captureRecords(grid)
        var texts: [Int: TokenTexts] = [:]
        let columns: [TableColumn] = if case .table(let columns) = node.type.element { columns } else { [] }
        var table = Table(columns: columns, rows: [])
        let gridAxes = grid.dims.map { Axis($0) }
        let captureOf = value.outer.cellMap(into: gridAxes.filter { value.outer.index(of: $0.name) != nil })
        var silent: [UInt32] = []
        for group in latents.indices {
            let (outer, inner) = (group / max(1, cells), group % max(1, cells))
            let labels =
                zip(value.outer, value.outer.coordinates(of: outer)).map { $0.labels[$1].constant }
                + zip(value.inner, value.inner.coordinates(of: inner)).map { $0.labels[$1].constant }
            for (place, latent) in latents[group].enumerated() {
                let entries = best.lists[ActiveTexts.Key(group: group, place: place)] ?? []
                if entries.isEmpty { silent.append(latent) }
                for entry in entries {
                    let record = try record(of: outer, in: input, records, captureOf)
                    if texts[outer] == nil { texts[outer] = try TokenTexts(record, self, node) }
                    let text = try texts[outer]?.text(
                        prompt: entry.prompt, position: Int(entry.token), width: arguments.int("context") ?? 8)
                    table.rows.append(
                        labels + [
                            .int(Int(latent)), .double(Double(entry.value)),
                            .string(value.groups.promptKey(entry.prompt, cell: outer)), .int(Int(entry.token)),
                            text.map { .string($0) } ?? .none,
                        ])
                }
            }
        }
        if !silent.isEmpty {
            let shown = Set(silent).sorted()
            note(
                .silentLatents,
                "never active here: latent\(shown.count == 1 ? "" : "s") "
                    + shown.prefix(10).map(String.init).joined(separator: ", ") + (shown.count > 10 ? ", …" : ""))
        }
        return table
    }

    /// The capture of an outer cell of a lazy value.
    private func record(of outer: Int, in input: PlanNode, _ records: [CaptureRecord?], _ map: [Int?]) throws
        -> CaptureRecord
    {
        if let stream = try stream(input, dry: false), outer < stream.cells.count {
            return stream.cells[outer].sides[0].reader.capture
        }
        guard let cell = map[outer], cell < records.count, let record = records[cell] else {
            throw QueryFailure("no-capture", at: input, "the capture behind these latents is not known any more")
        }
        return record
    }

    /// The latents that `of=` names, for every outer × inner cell.
    private func latents(of wanted: PlanNode, outer: [Axis], inner: [Axis], _ node: PlanNode) throws -> [[UInt32]] {
        let count = outer.cells * inner.cells
        func whole(_ numbers: [Double]) throws -> [[UInt32]] {
            var seen: Set<UInt32> = []
            var list: [UInt32] = []
            for number in numbers {
                guard let latent = UInt32(exactly: number) else {
                    throw QueryFailure(
                        "wrong-argument", at: wanted, "\(Constant.text(of: number)) is no latent",
                        help: "latents are whole numbers from 0")
                }
                if seen.insert(latent).inserted { list.append(latent) }
            }
            return Array(repeating: list, count: count)
        }
        switch try evaluate(wanted) {
        case .constant(.int(let latent)): return try whole([Double(latent)])
        case .constant(.list(let items)): return try whole(items.map { $0.number ?? .nan })
        case .constant(let constant): return try whole([constant.number ?? .nan])
        case .table(let table):
            let place = table.index(of: "latent") ?? 0
            return try whole(table.rows.compactMap { $0[place].number })
        default:
            let frame = try frame(wanted)
            if case .numbers(let numbers) = frame.payload { return try whole(numbers) }
            guard case .sets(let sets) = frame.payload else { return try whole([]) }
            let outerMap = outer.cellMap(into: frame.outer)
            let innerMap = inner.cellMap(into: frame.inner)
            return (0..<outer.cells).flatMap { cell in
                (0..<inner.cells).map { place in
                    guard let a = outerMap[cell], let b = innerMap[place] else { return [] }
                    return sets[b * frame.rows + frame.offsets[a]]
                }
            }
        }
    }
}

/// The prompts in which latents are most active: for each the token with the largest value, the first of equal ones.
struct ActiveTexts: Sendable {
    struct Entry: Sendable {
        var value: Float
        var prompt: Int32
        var token: Int32
    }

    /// Outer × inner cell, and the place of the latent among those asked for.
    struct Key: Sendable, Hashable {
        var group: Int
        var place: Int
    }

    let limit: Int
    private(set) var lists: [Key: [Entry]] = [:]

    init(limit: Int) { self.limit = limit }

    /// Takes an entry in, after all earlier ones.
    mutating func add(_ entry: Entry, to key: Key) {
        var list = lists.removeValue(forKey: key) ?? []
        defer { lists[key] = list }
        if let same = list.firstIndex(where: { $0.prompt == entry.prompt }) {
            guard entry.value > list[same].value else { return }
            list.remove(at: same)
        } else if list.count == limit {
            guard let last = list.last, entry.value > last.value else { return }
            list.removeLast()
        }
        list.insert(entry, at: list.partitioningIndex { $0.value < entry.value })
    }

    /// Takes the entries of a later piece in.
    mutating func merge(_ other: ActiveTexts) {
        for (key, entries) in other.lists {
            for entry in entries { add(entry, to: key) }
        }
    }
}
