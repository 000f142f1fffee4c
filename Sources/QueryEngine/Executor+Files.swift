import Foundation
import QueryLanguage
import Store
import TensorFiles

extension VerbImplementations {
    static let files: [String: Computation] = [
        "read": { try $0.read($1.string("file") ?? "", $2) },
        "results": { executor, _, node in .table(try executor.savedResults(node)) },
        "rename": { try $0.renamed($1.renamings("new=old"), $2) },
    ]
}

extension Executor {
    /// A file as it was when the query was checked, or a complaint that it is another now.
    func read(_ path: String, _ node: PlanNode) throws -> Operand {
        let file: DataFile
        do throws(FileError) {
            file = try DataFile(path: path)
        } catch {
            throw QueryFailure("cannot-read", at: node, error.description)
        }
        guard file.type == node.type else {
            throw QueryFailure(
                "file-changed", at: node, "\(path) changed while the query ran: it was \(node.type)",
                help: "run it again")
        }
        switch file {
        case .table(let table): return .table(table)
        case .frame(let frame): return .frame(frame)
        }
    }

    /// What `save` kept, by name; then what was shown at prompts, newest first.
    func savedResults(_ node: PlanNode) throws -> Table {
        let columns: [TableColumn] = if case .table(let columns) = node.type.element { columns } else { [] }
        func row(_ name: String, _ type: String, _ facts: Provenance, _ time: Int) -> [Constant] {
            [
                .string(name), .string(type), .string(facts.query), .string(facts.parameters),
                facts.generation.map { .int($0) } ?? .none, .string(facts.version), .string(facts.plan),
                .string(Date(timeIntervalSince1970: Double(time)).formatted(.iso8601)),
            ]
        }
        let saved = try (results?.list() ?? []).map { entry in
            row(
                entry.name, QuerySession.type(ofSaved: entry.kind)?.description ?? "of another version",
                Provenance(json: entry.provenance), entry.savedAt)
        }
        let shown = (log?.list() ?? []).reversed().map { row("@\($0.number)", $0.type, $0.provenance, $0.shownAt) }
        return Table(columns: columns, rows: saved + shown)
    }

    /// Other names for columns, or for axes: those of captures become axes like any other.
    func renamed(_ pairs: [BoundArguments.Renaming], _ node: PlanNode) throws -> Operand {
        if case .table = node.inputs[0].type.element {
            guard case .table(var table) = try evaluate(node.inputs[0]) else {
                preconditionFailure("a table is a table")
            }
            for place in table.columns.indices { table.columns[place].name = pairs.name(of: table.columns[place].name) }
            return .table(table)
        }
        let frame = try frame(node.inputs[0])
        func named(_ axes: [Axis]) -> [Axis] { axes.map { Axis(pairs.name(of: $0.name), $0.labels) } }
        var result = frame
        result.inner = named(frame.inner)
        let moved = frame.outer.filter { axis in pairs.contains { $0.old == axis.name } }
        guard !moved.isEmpty else { return .frame(result) }
        // Without rows a cell of the payload is at (inner cell) · (outer cells) + (outer cell).
        let outer = frame.outer.filter { axis in !moved.contains(axis) }
        let inner = moved + frame.inner
        var order: [Int] = []
        for place in 0..<inner.cells {
            let coordinates = inner.coordinates(of: place)
            for cell in 0..<outer.cells {
                let kept = outer.coordinates(of: cell)
                var (from, left) = (0, 0)
                for axis in frame.outer {
                    let position = moved.firstIndex(of: axis).map { coordinates[$0] } ?? kept[left]
                    if !moved.contains(axis) { left += 1 }
                    from = from * axis.count + position
                }
                var innerCell = 0
                for (axis, position) in zip(frame.inner, coordinates.dropFirst(moved.count)) {
                    innerCell = innerCell * axis.count + position
                }
                order.append(innerCell * frame.outer.cells + from)
            }
        }
        return .frame(Frame(outer: outer, inner: named(inner), payload: frame.payload.gathered(order)))
    }
}
