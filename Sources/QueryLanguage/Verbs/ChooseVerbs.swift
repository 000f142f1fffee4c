extension VerbTable {
    static let chooseVerbs: [Verb] = [
        Verb(
            "where", .map, "Keeps the rows for which the condition holds.",
            [Parameter("condition", .predicate, isRequired: true)]
        ) { (call) throws(Diagnostic) in
            if case .table = call.input.element { return call.input }
            guard call.input.hasRows else {
                throw call.mismatch("a table, or a value that still has prompts or tokens")
            }
            var type = call.input
            let predicate = call.arguments.predicate("condition")
            if let predicate { type.columns = type.columns.map { $0.narrowed(by: predicate) } }
            type.dims = type.dims.map { dim in
                guard
                    dim.name == "token"
                        || (dim.name == "prompt" && predicate?.columns.contains { $0.level == .prompt } != false)
                else { return dim }
                return Dimension(dim.name, extent: .atMost(dim.bound))
            }
            return type
        },
        Verb(
            "head", .map,
            "The first n rows of a table, the first n prompts, or the first n entries along another dimension.",
            [Parameter("n", .integer, standard: .int(10)).choosingRows, Parameter("dim", .dimension)]
        ) { (call) throws(Diagnostic) in
            let count = call.arguments.int("n") ?? 10
            guard count >= 0 else { throw call.wrong("n", "`head` takes a number of rows, not \(count)") }
            if case .table = call.input.element { return call.input }
            try refuseFits(call)
            let name = HeadVerb.dimension(call.input, call.arguments)
            guard let dim = call.input.dim(name) else {
                throw call.mismatch(
                    "a table, a value that still has prompts, or the dimension to begin",
                    help: call.input.dims.last.map { "`head(\(count), \($0.name))`" })
            }
            var type = call.input
            let shorter: Dimension
            if let labels = dim.labels {
                guard count > 0 else { throw call.wrong("n", "`head(0)` would leave no \(name)") }
                shorter = Dimension(name, labels: Array(labels.prefix(count)))
            } else {
                shorter = Dimension(name, extent: .atMost(min(dim.bound, count)))
            }
            type.dims = type.dims.map { $0.name == name ? shorter : $0 }
            return type
        },
        Verb(
            "sample", .map,
            "n prompts of each data set (or rows of a table) at random, in their order; the draw depends on seed and ids alone.",
            [
                Parameter("n", .integer, isRequired: true).choosingRows,
                Parameter("seed", .integer, standard: .int(0)).choosingRows,
            ]
        ) { (call) throws(Diagnostic) in
            let count = call.arguments.int("n") ?? 0
            guard count >= 0 else { throw call.wrong("n", "`sample` takes a number of prompts, not \(count)") }
            if case .table = call.input.element { return call.input }
            guard call.input.has("prompt") else { throw call.mismatch("a table, or a value that still has prompts") }
            var type = call.input
            type.dims = type.dims.map {
                $0.name == "prompt" ? Dimension("prompt", extent: .atMost(min($0.bound, count))) : $0
            }
            return type
        },
        Verb(
            "sort", .gather, "Rows by a column, or the entries of one dimension by value; ties keep their order.",
            [Parameter("by", .column), Parameter("desc", .boolean, standard: .bool(false)).single]
        ) { (call) throws(Diagnostic) in
            if case .table = call.input.element {
                guard call.arguments.column("by") != nil else {
                    throw call.wrong("by", "`sort` needs the column to sort by", help: "`sort(tokens, desc=true)`")
                }
                return call.input
            }
            if let by = call.arguments.column("by") {
                guard by.level == .prompt, call.input.has("prompt") else {
                    throw call.wrong(
                        "by", "`sort` orders rows by a column of their prompts; `\(by.name)` is one of tokens")
                }
                guard !call.input.element.sides.contains(.capture) else {
                    throw call.mismatch("a table, or values with prompts", help: wordsForSite(.capture))
                }
                return call.input
            }
            guard call.input.element.isNumeric || call.input.element == .stat, call.input.dims.count == 1 else {
                throw call.mismatch(
                    "a table, numbers along one dimension, or the column of the prompts to sort by",
                    help: wordsForSort(call))
            }
            var type = call.input
            if let labels = type.dims[0].labels {
                type.dims[0] = Dimension(type.dims[0].name, extent: .exact(labels.count))
            }
            return type
        },
        Verb(
            "select", .map, "Some columns of a table, in the order given.",
            [Parameter("columns", .column, isRequired: true, isVariadic: true)]
        ) { (call) throws(Diagnostic) in
            guard case .table(let columns) = call.input.element else { throw selectOnArray(call) }
            let wanted = call.arguments.dims("columns")
            guard !columns.isEmpty else { return call.input }
            return QueryType(.table(wanted.compactMap { name in columns.first { $0.name == name } }))
        },
    ]

    /// What orders a value that `sort` can't.
    private static func wordsForSort(_ call: VerbCall) -> String? {
        let isRanked = call.input.element.isNumeric || call.input.element == .stat
        guard isRanked, let first = call.input.dims.first else { return wordsForNumbers(call.input.element) }
        let rank =
            call.arguments.bool("desc") == true ? "`top(20)` lists the largest" : "`bottom(20)` lists the smallest"
        if call.input.has("prompt") { return "`sort(id)` orders the prompts; \(rank) of all" }
        let name = SyntaxPrinter.name(first.name)
        return "\(rank) of all dimensions; or leave one of them: `mean(\(name))`, `[\(name)=…]`"
    }

    /// Fits and probes are chosen by their labels.
    static func refuseFits(_ call: VerbCall) throws(Diagnostic) {
        switch call.input.element {
        case .fit, .probe:
            throw call.mismatch(
                "rows, numbers or a table",
                help: call.input.dims.last.map { "choose fits by their labels: `[\(SyntaxPrinter.name($0.name))=…]`" }
                    ?? "`score` or `weights` first")
        default: return
        }
    }

    /// `select` is of tables: what else would do what is meant.
    static func selectOnArray(_ call: VerbCall) -> Diagnostic {
        let dim = call.input.dims.last.map { SyntaxPrinter.name($0.name) }
        let entries = dim.map { "`[\($0)=…]` chooses entries of a dimension" }
        let rows = call.input.hasRows ? "`where(…)` chooses rows by their columns" : nil
        return call.mismatch(
            "the columns of a table", help: [entries, rows].compactMap { $0 }.joined(separator: ", "))
    }
}

/// What `head` begins, where no dimension is named.
public enum HeadVerb {
    /// Prompts, else tokens, else the only dimension.
    public static func dimension(_ input: QueryType, _ arguments: BoundArguments) -> String {
        if let named = arguments.dims("dim").first { return named }
        for name in ["prompt", "token"] where input.has(name) { return name }
        return input.dims.count == 1 ? input.dims[0].name : ""
    }

    /// The dimension of a node of `head`.
    public static func dimension(_ node: PlanNode) -> String {
        guard let input = node.inputs.first?.type, case .verb(_, let arguments) = node.operation else { return "" }
        return dimension(input, arguments)
    }
}
