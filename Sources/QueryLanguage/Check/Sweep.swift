/// A list where one value was expected: everything behind it is computed for each entry, and the answers stand side by side along a new
/// dimension with the parameter's name.
public struct Sweep: Sendable, Hashable {
    /// The parameter, and so the dimension.
    public var name: String
    /// Its values, in the order written.
    public var labels: [Label]
    /// The dimensions that were there before: the new one comes behind those that are left.
    var earlier: Set<String>
    /// Whether each value keeps rows of its own, so that rows can't stand side by side.
    var choosesRows: Bool
    /// The verb that was given the list.
    var verb: String
    /// Where the list stands.
    var span: SourceSpan

    /// Most values of one list; each runs all steps behind it.
    static let limit = 1000
    /// Most combinations of several lists.
    static let combinations = 10_000

    /// Labels of one kind: numbers as numbers, anything mixed with a text as texts.
    static func uniform(_ labels: [Label]) -> [Label] {
        var (texts, fractions) = (0, 0)
        for label in labels {
            switch label {
            case .string: texts += 1
            case .double: fractions += 1
            case .int: continue
            }
        }
        guard texts > 0 || fractions > 0 else { return labels }
        return labels.map { label in
            if texts > 0 { return .string(label.description) }
            if case .int(let value) = label { return .double(Double(value)) }
            return label
        }
    }

    /// Where the dimension stands among those of one value: behind rows, and behind all that were there when the list was written.
    func place(among dims: [Dimension]) -> Int {
        let rows: Set<String> = ["prompt", "token", "boot"]
        return (dims.lastIndex { $0.isOuter || rows.contains($0.name) || earlier.contains($0.name) } ?? -1) + 1
    }
}

extension QueryType {
    /// The columns of a table; none of anything else.
    fileprivate var tableColumns: [TableColumn] { if case .table(let columns) = element { columns } else { [] } }
}

extension PlanNode {
    /// The sweep that the value is, while what follows can still be computed for each entry alone. Tables hold all entries already.
    var sweep: Sweep? {
        guard case .sweep(let sweep) = operation, !type.element.isTable else { return nil }
        return sweep
    }

    /// How many values of lists the node stands for.
    public var combinations: Int {
        guard case .sweep = operation else { return 1 }
        return inputs.reduce(0) { $0 + $1.combinations }
    }
}

/// The type of values side by side, and why they can't stand so.
struct SweptType {
    let sweep: Sweep
    let types: [QueryType]

    /// What the value is as soon as nothing is in the way; until then what its entries have in common.
    var type: QueryType {
        guard var type = types.first else { return QueryType(.table([])) }
        if case .table(let columns) = type.element {
            let kind: TableColumn.Kind =
                switch sweep.labels.first {
                case .int?: .int
                case .double?: .double
                default: .string
                }
            let merged = columns.enumerated().map { place, column in
                var column = column
                column.values = types.flatMap { $0.tableColumns[place].values }.unique
                return column
            }
            return QueryType(.table([TableColumn(sweep.name, kind)] + (element == nil ? columns : merged)))
        }
        type.element = element ?? type.element
        type.dims = type.dims.map { dim in
            let others = types.dropFirst().compactMap { $0.dim(dim.name) }
            if others.allSatisfy({ $0.labels == dim.labels && $0.extent == dim.extent }) { return dim }
            return Dimension(dim.name, extent: .atMost(([dim] + others).map(\.bound).max() ?? dim.bound))
        }
        type.dims.insert(Dimension(sweep.name, labels: sweep.labels), at: sweep.place(among: type.dims))
        type.spent[sweep.name] = nil
        if types.contains(where: { $0.quantity != type.quantity }) { type.quantity = nil }
        return type
    }

    /// What cells of all entries are together; nil where they are of different kinds.
    private var element: Element? {
        guard let first = types.first?.element else { return nil }
        if types.allSatisfy({ $0.element == first }) { return first }
        if first.isTable {
            // Which values a column holds may differ.
            let shapes = types.map { $0.element.isTable ? $0.tableColumns.map { [$0.name, $0.kind.rawValue] } : [] }
            return shapes.allSatisfy { $0 == shapes[0] } ? first : nil
        }
        return types.allSatisfy(\.element.isNumeric) ? .float : nil
    }

    /// What keeps the entries from being one value; nil where nothing does.
    var problem: Diagnostic? {
        guard let first = types.first else { return nil }
        let each = "each `\(sweep.name)` of `\(sweep.verb)`"
        guard let element else {
            let other = types.first { $0.element != first.element } ?? first
            return uneven(
                "\(each) gives another kind of answer: \(first.element) and \(other.element)",
                help: first.element.isTable ? "`select` the columns that all have, or write one value" : nil)
        }
        guard SweptType.stands(element), !types.contains(where: \.isLabelled) else {
            let left = types.contains(where: \.isLabelled) ? "rows that wait for a fit" : "\(element)"
            return Diagnostic(
                "uneven-sweep", sweep.span, "\(each) leaves \(left), which can't stand side by side yet",
                help: "go on in the same pipeline, up to numbers: "
                    + (first.isLabelled ? "fit and `score`" : "choose a site and pool it"))
        }
        if element.isTable { return nil }
        if types.contains(where: { $0.fit?.classes != first.fit?.classes }) {
            return uneven(
                "\(each) has other classes", help: "`score` the fits in the same pipeline, or write one value")
        }
        return unevenDimension(each, first)
    }

    private func unevenDimension(_ each: String, _ first: QueryType) -> Diagnostic? {
        if sweep.choosesRows, let row = first.dims.first(where: { $0.name == "prompt" || $0.name == "token" }) {
            return uneven(
                "\(each) keeps other rows, so that `\(row.name)` differs",
                help: "pool the rows in the same pipeline, such as with `mean`, or write one value")
        }
        for type in types.dropFirst() {
            let (own, other) = (first.dims.map(\.name), type.dims.map(\.name))
            if let lone = own.first(where: { !other.contains($0) }) ?? other.first(where: { !own.contains($0) }) {
                return uneven("not \(each) has a dimension `\(lone)`", pooling: nil)
            }
            for dim in first.dims
            where type.dim(dim.name).map({ $0.labels != dim.labels || $0.extent != dim.extent }) == true {
                return uneven("\(each) gives `\(dim.name)` other entries", pooling: dim.name)
            }
        }
        return nil
    }

    private func uneven(_ message: String, pooling dim: String?) -> Diagnostic {
        uneven(
            message,
            help: dim.map {
                "use `\($0)` up in the same pipeline, such as with `mean(\(SyntaxPrinter.name($0)))`, or write one value"
            })
    }

    private func uneven(_ message: String, help: String? = nil) -> Diagnostic {
        Diagnostic(
            "uneven-sweep", sweep.span, message + ": the answers make no one array",
            help: help ?? "write one value, and a line of its own for each other")
    }

    /// Whether cells of a kind can stand along a dimension.
    private static func stands(_ element: Element) -> Bool {
        switch element {
        case .vector, .set, .float, .int, .bool, .string, .label, .stat, .interval, .test, .fit, .probe, .table: true
        case .pair(let left, let right): stands(left) && stands(right)
        case .capture, .topLatents, .plot: false
        }
    }
}
