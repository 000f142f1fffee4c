import QueryLanguage
import Store
import Tensor

extension VerbImplementations {
    static let choosing: [String: Computation] = [
        "where": { try $0.chosen("where", $1, $2) },
        "head": { try $0.chosen("head", $1, $2) },
        "sample": { try $0.chosen("sample", $1, $2) },
        "sort": { try $0.chosen("sort", $1, $2) },
        "select": { try $0.chosen("select", $1, $2) },
        "last": { executor, _, node in
            let frame = try executor.frame(node.inputs[0])
            guard let entry = Executor.lastEntry(node) else { return .frame(frame) }
            if entry.dim == "token" { return .frame(frame.lastOfEachPrompt()) }
            let axes = frame.outer + frame.inner
            guard let label = axes.first(where: { $0.name == entry.dim })?.labels.last else { return .frame(frame) }
            return .frame(frame.choosing(entry.dim, labels: [label], drop: true))
        },
    ]
}

extension Executor {
    /// The entry that `last` takes, as `[dim=…]` would name it; nil where its label is not known before the value is there.
    static func lastEntry(_ node: PlanNode) -> DimensionChoice? {
        guard let input = node.inputs.first?.type, case .verb(_, let arguments) = node.operation else { return nil }
        let name = arguments.dims("dim").first ?? "token"
        if name == "token" { return DimensionChoice(dim: name, kept: .token(.index(-1))) }
        guard let label = input.dim(name)?.labels?.last else { return nil }
        return DimensionChoice(dim: name, kept: .one(label))
    }

    /// `where`, `head`, `sample`, `sort`, `select` on tables and computed arrays.
    func chosen(_ name: String, _ arguments: BoundArguments, _ node: PlanNode) throws -> Operand {
        let input = node.inputs[0]
        if case .table = input.type.element {
            guard case .table(let table) = try evaluate(input) else { preconditionFailure("a table is a table") }
            return .table(try chosen(name, arguments, from: table, node))
        }
        let frame = try frame(input)
        switch name {
        case "where":
            guard let predicate = arguments.predicate("condition") else { return .frame(frame) }
            guard predicate.isPromptOnly else {
                return .frame(try choosingTokens(of: frame, node) { try $0.filtered(predicate, readsTokens: true) })
            }
            let columns = frame.tables.map { PromptColumns($0) }
            return .frame(
                frame.keepingRows { cell, row in
                    let prompt = frame.prompts.map { Int($0[row]) } ?? 0
                    return predicate.holds { columns[cell].value($0.name, prompt: prompt) }
                })
        case "head": return .frame(first(arguments.int("n") ?? 10, of: frame, along: HeadVerb.dimension(node)))
        case "sample":
            let kept = (0..<frame.outer.cells).map { cell -> Set<Int32> in
                let prompts = frame.promptsInOrder(cell)
                let keys = prompts.map { frame.tables[cell].keys[Int($0)] }
                let drawn = Sample.drawn(arguments.int("n") ?? 0, of: keys, seed: arguments.int("seed") ?? 0)
                return Set(drawn.map { prompts[$0] })
            }
            return .frame(frame.keepingRows { cell, row in frame.prompts.map { kept[cell].contains($0[row]) } ?? true })
        default:
            let descending = arguments.bool("desc") ?? false
            if let column = arguments.column("by") {
                return .frame(frame.sortedRows(by: column.name, descending: descending))
            }
            return .frame(frame.sortedByValue(descending: descending))
        }
    }

    private func chosen(_ name: String, _ arguments: BoundArguments, from table: Table, _ node: PlanNode) throws
        -> Table
    {
        var copy = table
        switch name {
        case "where": return arguments.predicate("condition").map { table.filtered($0) } ?? table
        case "head": copy.rows = Array(table.rows.prefix(arguments.int("n") ?? 10))
        case "sample":
            // By id where the table has one: the same prompts as of a capture of them.
            let id = table.index(of: "id")
            let keys = table.rows.enumerated().map { place, row -> String in
                if let id, case .string(let key) = row[id] { return key }
                return String(place)
            }
            copy.rows = Sample.drawn(arguments.int("n") ?? 0, of: keys, seed: arguments.int("seed") ?? 0).map {
                table.rows[$0]
            }
        case "sort":
            let by = arguments.column("by")?.name ?? ""
            guard table.index(of: by) != nil else {
                throw QueryFailure(
                    "unknown-column", at: node, "the table has no column `\(by)`",
                    help: "it has \(table.columns.map(\.name).joined(separator: ", "))")
            }
            return table.sorted(by: by, descending: arguments.bool("desc") ?? false)
        default:
            for column in arguments.dims("columns") where table.index(of: column) == nil {
                throw QueryFailure("unknown-column", at: node, "the table has no column `\(column)`")
            }
            return table.selecting(arguments.dims("columns"))
        }
        return copy
    }

    private func first(_ count: Int, of frame: Frame, along dim: String) -> Frame {
        if dim == "prompt" {
            let kept = (0..<frame.outer.cells).map { Set(frame.promptsInOrder($0).prefix(count)) }
            return frame.keepingRows { cell, row in frame.prompts.map { kept[cell].contains($0[row]) } ?? true }
        }
        if dim == "token" {
            var seen = 0
            var last: (cell: Int, prompt: Int32)?
            return frame.keepingRows { cell, row in
                let prompt = frame.prompts?[row] ?? 0
                if last?.cell != cell || last?.prompt != prompt { seen = 0 }
                last = (cell, prompt)
                seen += 1
                return seen <= count
            }
        }
        guard let axis = (frame.outer + frame.inner).first(where: { $0.name == dim }) else { return frame }
        return frame.choosing(dim, labels: Array(axis.labels.prefix(count)), drop: false)
    }
}

extension Frame {
    /// The prompts of a cell, each once, in the order of its rows.
    func promptsInOrder(_ cell: Int) -> [Int32] {
        guard let prompts else { return [] }
        var seen: Set<Int32> = []
        return prompts[offsets[cell]..<offsets[cell + 1]].filter { seen.insert($0).inserted }
    }

    /// Rows of the same prompt from this one to its last, 1 for the last.
    func rowsToTheEnd(_ row: Int, _ cell: Int) -> Int {
        var end = row + 1
        while end < offsets[cell + 1], prompts.map({ $0[end] == $0[row] }) ?? true { end += 1 }
        return end - row
    }

    /// The last row of each prompt (of each cell, without prompts); the tokens are used up.
    func lastOfEachPrompt() -> Frame {
        var kept = keepingRows { cell, row in
            guard row + 1 < offsets[cell + 1] else { return true }
            return prompts.map { $0[row] != $0[row + 1] } ?? false
        }
        kept.tokens = nil
        return kept
    }

    /// Rows of every cell in another order.
    private func reorderingRows(_ order: (_ cell: Int, _ rows: Range<Int>) -> [Int]) -> Frame {
        var copy = self
        let rows = (0..<outer.cells).flatMap { order($0, offsets[$0]..<offsets[$0 + 1]) }
        copy.prompts = prompts.map { prompts in rows.map { prompts[$0] } }
        copy.tokens = tokens.map { tokens in rows.map { tokens[$0] } }
        copy.payload = payload.gathered((0..<storedCells).flatMap { cell in rows.map { cell * self.rows + $0 } })
        return copy
    }

    /// Rows by a column of their prompts, missing values last; ties keep their order.
    func sortedRows(by column: String, descending: Bool) -> Frame {
        reorderingRows { cell, rows in
            let columns = PromptColumns(tables[cell])
            let table = Table(
                columns: [TableColumn(column, .string), TableColumn("row", .int)],
                rows: rows.map { row in
                    [columns.value(column, prompt: prompts.map { Int($0[row]) } ?? 0), .int(row)]
                })
            return table.sorted(by: column, descending: descending).rows.compactMap {
                if case .int(let row) = $0[1] { row } else { nil }
            }
        }
    }

    /// The entries of a one-dimensional array by value, NaN last; ties keep their order.
    func sortedByValue(descending: Bool) -> Frame {
        let values: [Double]
        switch payload {
        case .numbers(let numbers): values = numbers
        case .stats(let stats): values = stats.map(\.mean)
        default: return self
        }
        func inOrder(_ places: [Int]) -> [Int] {
            places.sorted { a, b in
                if values[a].isNaN || values[b].isNaN {
                    return !values[a].isNaN && values[b].isNaN || (values[a].isNaN == values[b].isNaN && a < b)
                }
                if values[a] != values[b] { return (values[a] < values[b]) != descending }
                return a < b
            }
        }
        guard let axis = inner.first ?? outer.first else { return reorderingRows { _, rows in inOrder(Array(rows)) } }
        return choosing(axis.name, labels: inOrder(Array(values.indices)).map { axis.labels[$0] }, drop: false)
    }
}
