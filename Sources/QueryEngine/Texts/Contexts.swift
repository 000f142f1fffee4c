import QueryLanguage
import Store

extension VerbImplementations {
    static let texts: [String: Computation] = [
        "context": { .table(try $0.contexts($1, $2)) },
        "examples": { .table(try $0.examples($1, $2)) },
    ]
}

extension Executor {
    /// Rows of a table of texts at most.
    private static let textRowLimit = 100_000

    /// The captures behind a value, in the order of their grid.
    func captureRecords(_ grid: CaptureGrid) -> [CaptureRecord?] {
        grid.cells.map { snapshot.capture(model: $0.model, dataset: $0.dataset) }
    }

    /// `context`: the rows of a table, a capture or numbers, with the text around each token.
    fileprivate func contexts(_ arguments: BoundArguments, _ node: PlanNode) throws -> Table {
        let input = node.inputs[0]
        guard let grid = input.captureGrids.first else { preconditionFailure("checked: there is a capture") }
        let table = try rowsBeforeTexts(input)
        guard table.rows.count <= Executor.textRowLimit else {
            throw QueryFailure(
                "too-large", at: node, "\(table.rows.count) rows are too many for texts",
                help: "take fewer: `top(20)`, `where(…)` or `head(10)` first")
        }
        let width = arguments.int("n") ?? 5
        let prompt = table.index(of: "prompt") ?? 0
        let token =
            ["position", "token"].compactMap { name in table.columns.firstIndex { $0.name == name && $0.kind == .int } }
            .first ?? 0
        let records = captureRecords(grid)
        let axes = grid.dims.map { Axis($0) }
        var texts: [Int: TokenTexts] = [:]
        var answer = Table(columns: table.columns + [TableColumn("text", .string)], rows: [])
        for row in table.rows {
            var text: String?
            let cell = cell(of: row, in: table, axes)
            if let cell, let record = records[cell], case .string(let key) = row[prompt],
                case .int(let position) = row[token]
            {
                if texts[cell] == nil { texts[cell] = try TokenTexts(record, self, node) }
                if let ordinal = texts[cell]?.ordinal(key) {
                    text = try texts[cell]?.text(prompt: ordinal, position: position, width: width)
                }
            }
            answer.rows.append(row + [text.map { .string($0) } ?? .none])
        }
        return answer
    }

    /// Which capture a row is of, by the columns named as the dimensions of the grid.
    private func cell(of row: [Constant], in table: Table, _ axes: [Axis]) -> Int? {
        var cell = 0
        for axis in axes {
            guard let place = table.index(of: axis.name), case .string(let name) = row[place],
                let position = axis.labels.firstIndex(of: .string(name))
            else { return nil }
            cell = cell * axis.count + position
        }
        return cell
    }

    /// The table itself, or one row for every stored token or cell.
    private func rowsBeforeTexts(_ input: PlanNode) throws -> Table {
        if case .table = input.type.element {
            guard case .table(let table) = try evaluate(input) else { preconditionFailure("a table is a table") }
            return table
        }
        var table = Table(columns: input.type.dims.map(VerbTable.column), rows: [])
        if input.type.element == .capture, let stream = try stream(input, dry: false) {
            for (place, cell) in stream.cells.enumerated() {
                let outer = zip(stream.outer, stream.outer.coordinates(of: place)).map { $0.labels[$1].constant }
                for segment in cell.segments {
                    guard table.rows.count <= Executor.textRowLimit else { return table }
                    for offset in 0..<segment.count {
                        table.rows.append(
                            outer + [
                                .string(cell.prompts.keys[Int(segment.prompt)]), .int(Int(segment.position) + offset),
                            ])
                    }
                }
            }
            return table
        }
        let frame = try frame(input)
        table.columns.append(TableColumn(input.type.quantity ?? "value", .double))
        guard case .numbers(let values) = frame.payload else { return table }
        FrameEntries(frame).each { labels, place in
            table.rows.append(labels.map(\.constant) + [.double(values[place])])
        }
        return table
    }
}
