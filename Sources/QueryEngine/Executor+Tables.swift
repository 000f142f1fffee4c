import QueryLanguage
import Scan
import Store
import Tensor

extension VerbImplementations {
    static let catalogue: [String: Computation] = [
        "captures": { .table(try $0.table("captures", $1, $2)) },
        "models": { .table(try $0.table("models", $1, $2)) },
        "datasets": { .table(try $0.table("datasets", $1, $2)) },
        "prompts": { .table(try $0.table("prompts", $1, $2)) },
        "tokens": { .table(try $0.table("tokens", $1, $2)) },
        "sql": { .table(try $0.table("sql", $1, $2)) },
        "load": { try $0.load($1.string("name") ?? "", $2) },
    ]

    static let choosing: [String: Computation] = [
        "where": { try $0.chosen("where", $1, $2) },
        "head": { try $0.chosen("head", $1, $2) },
        "sort": { try $0.chosen("sort", $1, $2) },
        "select": { try $0.chosen("select", $1, $2) },
    ]
}

extension Executor {
    /// Source verbs that answer with a table.
    func table(_ name: String, _ arguments: BoundArguments, _ node: PlanNode) throws -> Table {
        let columns: [TableColumn] = if case .table(let columns) = node.type.element { columns } else { [] }
        switch name {
        case "captures":
            return Table(
                columns: columns,
                rows: snapshot.captures.map { capture in
                    let named = capture.columns.compactMap { column -> String? in
                        if case .perToken(let name) = column.id { return name }
                        return column.id.site?.point.rawValue
                    }
                    let sites = Set(named).sorted()
                    return [
                        .string(capture.model), .string(capture.dataset), .int(capture.promptCount),
                        .int(capture.rowCount), .string(sites.joined(separator: " ")), .bool(capture.isComplete),
                    ]
                })
        case "models":
            return Table(
                columns: columns,
                rows: snapshot.models.map { model in
                    [
                        .string(model.name), .string(model.architecture), .int(model.layerCount),
                        .int(model.hiddenSize), .int(snapshot.captures.count { $0.model == model.name }),
                    ]
                })
        case "datasets":
            return Table(
                columns: columns,
                rows: snapshot.datasets.map { dataset in
                    [
                        .string(dataset.name), .int(dataset.promptCount),
                        .string(dataset.columns.map(\.name).joined(separator: " ")),
                    ]
                })
        case "prompts":
            let table = try snapshot.prompts(ofDataset: arguments.string("dataset") ?? "")
            let values = PromptColumns(table)
            return Table(
                columns: columns,
                rows: table.keys.indices.map { prompt in
                    columns.map { column in
                        column.name == "text"
                            ? .string(table.sources[prompt]) : values.value(column.name, prompt: prompt)
                    }
                })
        case "tokens": return try tokens(node, columns)
        default:
            let answer = try snapshot.sql(arguments.string("select") ?? "")
            return Table(
                columns: answer.columns.map { TableColumn($0, .string) },
                rows: answer.rows.map { row in
                    row.map { value -> Constant in
                        switch value {
                        case .null: return .none
                        case .int(let number): return .int(number)
                        case .double(let number): return .double(number)
                        case .text(let text): return .string(text)
                        case .blob(let bytes): return .string("\(bytes.count) bytes")
                        }
                    }
                })
        }
    }

    /// Rows of a token table before it says that there are too many.
    static let tokenRowLimit = 1_000_000

    private func tokens(_ node: PlanNode, _ columns: [TableColumn]) throws -> Table {
        guard let stream = try stream(node.inputs[0], dry: false), let cell = stream.cells.first else {
            throw QueryFailure("wrong-type", at: node, "`tokens` takes a capture")
        }
        guard cell.rowCount <= Executor.tokenRowLimit else {
            throw QueryFailure(
                "too-large", at: node, "\(cell.rowCount) tokens are too many for one table",
                help: "take fewer prompts: `capture(…) | head(10) | tokens`")
        }
        var ids: [UInt32] = []
        var roles: [UInt32] = []
        let reader = cell.sides[0].reader
        try reader.readIntegers(.tokenID, rows: cell.segments.ranges(\.left), into: &ids)
        try reader.readIntegers(.role, rows: cell.segments.ranges(\.left), into: &roles)
        let pieces = try snapshot.tokenPieces(of: reader.capture)
        var rows: [[Constant]] = []
        rows.reserveCapacity(ids.count)
        var row = 0
        for segment in cell.segments {
            for offset in 0..<segment.count {
                let id = Int(ids[row])
                rows.append([
                    .string(cell.prompts.keys[Int(segment.prompt)]), .int(Int(segment.position) + offset), .int(id),
                    .string(UInt8(exactly: roles[row]).flatMap(TokenRole.init(rawValue:))?.name ?? ""),
                    .string(id < pieces.count ? String(decoding: pieces[id], as: UTF8.self) : ""),
                ])
                row += 1
            }
        }
        return Table(columns: columns, rows: rows)
    }

    /// `where`, `head`, `sort`, `select` on tables and computed arrays.
    func chosen(_ name: String, _ arguments: BoundArguments, _ node: PlanNode) throws -> Operand {
        let input = node.inputs[0]
        if case .table = input.type.element {
            guard case .table(let table) = try evaluate(input) else { preconditionFailure("a table is a table") }
            switch name {
            case "where": return .table(arguments.predicate("condition").map { table.filtered($0) } ?? table)
            case "head":
                var copy = table
                copy.rows = Array(table.rows.prefix(arguments.int("n") ?? 10))
                return .table(copy)
            case "sort":
                let by = arguments.column("by")?.name ?? ""
                guard table.index(of: by) != nil else {
                    throw QueryFailure(
                        "unknown-column", at: node, "the table has no column `\(by)`",
                        help: "it has \(table.columns.map(\.name).joined(separator: ", "))")
                }
                return .table(table.sorted(by: by, descending: arguments.bool("desc") ?? false))
            default:
                for column in arguments.dims("columns") where table.index(of: column) == nil {
                    throw QueryFailure("unknown-column", at: node, "the table has no column `\(column)`")
                }
                return .table(table.selecting(arguments.dims("columns")))
            }
        }
        let frame = try frame(input)
        switch name {
        case "where":
            guard let predicate = arguments.predicate("condition"), predicate.isPromptOnly else {
                throw QueryFailure(
                    "too-late", at: node, "tokens can't be chosen from numbers that are computed already",
                    help: "write `where(…)` before that")
            }
            let columns = frame.tables.map { PromptColumns($0) }
            return .frame(
                frame.keepingRows { cell, row in
                    let prompt = frame.prompts.map { Int($0[row]) } ?? 0
                    return predicate.holds { columns[cell].value($0.name, prompt: prompt) }
                })
        case "head":
            let count = arguments.int("n") ?? 10
            var kept: [Set<Int32>] = Array(repeating: [], count: frame.outer.cells)
            return .frame(
                frame.keepingRows { cell, row in
                    guard let prompt = frame.prompts.map({ $0[row] }) else { return true }
                    if kept[cell].contains(prompt) { return true }
                    guard kept[cell].count < count else { return false }
                    kept[cell].insert(prompt)
                    return true
                })
        default: return .frame(sorted(frame, descending: arguments.bool("desc") ?? false))
        }
    }

    /// The entries of a one-dimensional array by value, NaN last; ties keep their order.
    private func sorted(_ frame: Frame, descending: Bool) -> Frame {
        let values: [Double]
        switch frame.payload {
        case .numbers(let numbers): values = numbers
        case .stats(let stats): values = stats.map(\.mean)
        default: return frame
        }
        let order = values.indices.sorted { a, b in
            if values[a].isNaN || values[b].isNaN {
                return !values[a].isNaN && values[b].isNaN || (values[a].isNaN == values[b].isNaN && a < b)
            }
            if values[a] != values[b] { return (values[a] < values[b]) != descending }
            return a < b
        }
        if let place = frame.inner.indices.first {
            return frame.choosing(
                frame.inner[place].name, labels: order.map { frame.inner[place].labels[$0] }, drop: false)
        }
        if let axis = frame.outer.first {
            return frame.choosing(axis.name, labels: order.map { axis.labels[$0] }, drop: false)
        }
        var copy = frame
        copy.prompts = frame.prompts.map { prompts in order.map { prompts[$0] } }
        copy.tokens = frame.tokens.map { tokens in order.map { tokens[$0] } }
        copy.payload = frame.payload.gathered(order)
        return copy
    }
}

extension Executor {
    /// A value kept with `save`.
    func load(_ name: String, _ node: PlanNode) throws -> Operand {
        if let entry = try results?.load(name: name) {
            if let probes = try SavedProbe.probes(entry.kind, entry.payload) { return .probes(probes) }
            if let frame = try SavedValue.frame(entry.kind, entry.payload) { return .frame(frame) }
        }
        throw QueryFailure("damaged-saved-value", at: node, "the saved value `\(name)` does not fit its own type")
    }
}
