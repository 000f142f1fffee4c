import QueryLanguage
import Scan
import Store
import Tensor

/// What reading one column group of a stream touches.
struct ColumnUse: Sendable {
    /// `resid_post.0…5 of base/general`.
    var name: String
    var columns: Int
    var chunks: Int
    var bytes: Int
}

extension RowStream {
    /// The chunks and stored bytes that reading the stream touches, by capture.
    func uses() throws -> [ColumnUse] {
        guard let source = source?.reading(nil, values: needsLatentValues) else { return [] }
        var uses: [ColumnUse] = []
        for cell in cells {
            for (index, side) in cell.sides.enumerated() {
                let rows = cell.segments.ranges(index == 0 ? \.left : \.right)
                guard !rows.isEmpty else { continue }
                var bytes = 0
                for column in source.columns { bytes += try side.reader.storedBytes(of: column, rows: rows) }
                let capture = side.reader.capture
                uses.append(
                    ColumnUse(
                        name: "\(source.title) of \(capture.model)/\(capture.dataset)", columns: source.columns.count,
                        chunks: Set(source.columns.flatMap { side.reader.chunks(of: $0, holding: rows).map(\.name) })
                            .count,
                        bytes: bytes))
            }
        }
        return uses
    }
}

extension SiteSource {
    /// `resid_post[0…5]`, `resid_post[3]`.
    fileprivate var title: String {
        if case .tokenColumn(let name) = kind { return name }
        guard let first = sites.first else { return "nothing" }
        let layers = Set(sites.compactMap(\.layer)).sorted()
        let place: String
        if let low = layers.first, let high = layers.last {
            place =
                layers.count == 1
                ? "[\(low)]"
                : high - low + 1 == layers.count
                    ? "[\(low)…\(high)]" : "[\(layers.map(String.init).joined(separator: ","))]"
        } else {
            place = ""
        }
        return first.point.rawValue + place
    }
}

extension VerbImplementations {
    static let explanations: [String: Computation] = [
        "explain": { executor, arguments, node in
            var explanation = Explanation(executor)
            if arguments.bool("run") == true { try explanation.run(node.inputs[0]) }
            return .table(try explanation.table(of: node.inputs[0]))
        },
        "describe": { executor, _, node in .table(Explanation(executor).description(of: node.inputs[0].type)) },
    ]
    /// Say how a value is drawn or where it goes; the value itself passes through.
    static let outputs: Set<String> = ["table", "bar", "plot", "spark", "heatmap", "export", "save"]
}

/// `explain` and `describe`: the plan as a table, without reading anything but chunk footers.
struct Explanation {
    let executor: Executor
    /// What the passes of each node have cost; nil where nothing was run.
    private var costs: [ObjectIdentifier: PassRecord]?

    init(_ executor: Executor) { self.executor = executor }

    /// Computes the value, to tell what that takes.
    mutating func run(_ node: PlanNode) throws {
        let before = executor.passes.count
        let value = try executor.evaluate(node)
        if case .stream(let stream) = value, stream.source != nil { _ = try executor.gather(stream, node) }
        costs = [:]
        for pass in executor.passes[before...] {
            var sum = costs?[pass.node] ?? PassRecord(node: pass.node, rows: 0, bytes: 0, seconds: 0)
            sum.rows += pass.rows
            sum.bytes += pass.bytes
            sum.seconds += pass.seconds
            costs?[pass.node] = sum
        }
    }

    /// One row a step, in the order they run; what is read stands at the step that chooses the columns.
    func table(of node: PlanNode) throws -> Table {
        var rows: [[Constant]] = []
        var seen: Set<ObjectIdentifier> = []
        try walk(node, stream: nil, into: &rows, &seen)
        var columns = ["step", "kind", "type", "reads"].map { TableColumn($0, .string) }
        if costs != nil {
            columns += [TableColumn("rows", .int), TableColumn("seconds", .double), TableColumn("GB/s", .double)]
        }
        return Table(columns: columns, rows: rows)
    }

    private func walk(
        _ node: PlanNode, stream outer: RowStream?, into rows: inout [[Constant]], _ seen: inout Set<ObjectIdentifier>
    ) throws {
        guard seen.insert(ObjectIdentifier(node)).inserted else { return }
        // The outermost lazy value knows which rows and columns are really read.
        let stream = try outer ?? executor.stream(node, dry: true)
        for input in node.inputs { try walk(input, stream: stream, into: &rows, &seen) }
        var reads = "–"
        switch node.operation {
        case .site:
            if let stream {
                let uses = try stream.uses()
                reads = uses.isEmpty ? "nothing" : Explanation.summary(uses)
            }
        case .verb("where", let arguments):
            if let predicate = arguments.predicate("condition"), !predicate.isPromptOnly,
                case .table = node.type.element
            {
                reads = "–"
            } else if let predicate = arguments.predicate("condition"), !predicate.isPromptOnly {
                let names = Set(predicate.columns.filter { $0.level == .token }.map(\.name)).subtracting(["position"])
                if !names.isEmpty { reads = "token columns " + names.sorted().joined(separator: ", ") }
            } else if case .table = node.type.element {
                reads = "–"
            } else {
                reads = "catalogue only"
            }
        case .verb("pair", _): reads = "token ids of both sides"
        case .captures:
            reads =
                stream?.cells.contains { $0.kept != nil } == true ? "positions of the kept tokens" : "catalogue only"
        default: break
        }
        var row: [Constant] = [
            .string(node.text), .string(kind(node)), .string(node.type.description), .string(reads),
        ]
        if let costs {
            if let cost = costs[ObjectIdentifier(node)] {
                let speed = cost.seconds > 0 ? Double(cost.bytes) / cost.seconds / 1e9 : 0
                row += [.int(cost.rows), .double(cost.seconds), .double(speed)]
            } else {
                row += [.none, .none, .none]
            }
        }
        rows.append(row)
    }

    private func kind(_ node: PlanNode) -> String {
        switch node.operation {
        case .constant: "constant"
        case .captures: VerbKind.source.rawValue
        case .site, .negate, .not, .choose, .arithmetic: VerbKind.map.rawValue
        case .verb(let name, _): VerbTable.verb(name)?.kind.rawValue ?? "map"
        case .sweep: VerbKind.gather.rawValue
        }
    }

    /// `6 columns, 2 chunks, 1.2 MB: resid_post[0…5] of base/general, …`.
    private static func summary(_ uses: [ColumnUse]) -> String {
        let bytes = uses.reduce(0) { $0 + $1.bytes }
        let chunks = uses.reduce(0) { $0 + $1.chunks }
        let columns = uses.map(\.columns).max() ?? 0
        let names =
            uses.prefix(4).map(\.name).joined(separator: ", ") + (uses.count > 4 ? " and \(uses.count - 4) more" : "")
        return "\(columns) column\(columns == 1 ? "" : "s"), \(chunks) chunk\(chunks == 1 ? "" : "s"), "
            + "\(ByteText.of(bytes)): \(names)"
    }

    /// The type, dimension by dimension.
    func description(of type: QueryType) -> Table {
        var rows: [[Constant]] = [[.string("type"), .string(type.description)]]
        for dim in type.dims {
            let labels = dim.labels.map { labels in
                labels.prefix(40).map(\.description).joined(separator: ", ") + (labels.count > 40 ? ", …" : "")
            }
            rows.append([.string(dim.name), .string(labels ?? dim.description)])
        }
        for column in type.columns {
            let values = column.values.isEmpty ? "" : ": " + column.values.joined(separator: ", ")
            rows.append([
                .string("column \(column.name)"),
                .string("\(column.kind.rawValue) of each \(column.level == .prompt ? "prompt" : "token")\(values)"),
            ])
        }
        if case .table(let columns) = type.element {
            for column in columns { rows.append([.string("column \(column.name)"), .string(column.kind.rawValue)]) }
        }
        return Table(columns: [TableColumn("what", .string), TableColumn("value", .string)], rows: rows)
    }
}

/// Bytes for people: 1.2 MB.
public enum ByteText {
    /// Decimal units, two digits: `512 B`, `1.2 kB`, `34 MB`.
    public static func of(_ bytes: Int) -> String {
        var value = Double(bytes)
        for unit in ["B", "kB", "MB", "GB"] {
            if value < 1000 { return number(value, unit) }
            value /= 1000
        }
        return number(value, "TB")
    }

    private static func number(_ value: Double, _ unit: String) -> String {
        if unit == "B" || value >= 10 { return "\(Int(value.rounded())) \(unit)" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(unit)"
    }
}
