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
            let answer = try selected(arguments.string("select") ?? "", node)
            guard columns.map(\.name) == answer.columns else {
                throw QueryFailure(
                    "catalogue-changed", at: node, "the catalogue changed while the query ran", help: "run it again")
            }
            return Table(
                columns: columns,
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

    /// What only the rows of a SELECT can tell, such as an overflow or too many of them, is said at its place.
    private func selected(_ text: String, _ node: PlanNode) throws -> SQLResult {
        do {
            return try snapshot.sql(text)
        } catch {
            throw error.kind == .sql ? QueryFailure("sql", at: node, error.description) as any Error : error
        }
    }

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
