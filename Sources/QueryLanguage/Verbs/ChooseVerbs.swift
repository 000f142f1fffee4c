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
            "head", .map, "The first n rows of a table, or the first n prompts.",
            [Parameter("n", .integer, standard: .int(10))]
        ) { (call) throws(Diagnostic) in
            let count = call.arguments.int("n") ?? 10
            guard count >= 0 else { throw call.wrong("n", "`head` takes a number of rows, not \(count)") }
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
            [Parameter("by", .column), Parameter("desc", .boolean, standard: .bool(false))]
        ) { (call) throws(Diagnostic) in
            if case .table = call.input.element {
                guard call.arguments.column("by") != nil else {
                    throw call.wrong("by", "`sort` needs the column to sort by", help: "`sort(tokens, desc=true)`")
                }
                return call.input
            }
            guard call.input.element.isNumeric || call.input.element == .stat, call.input.dims.count == 1 else {
                throw call.mismatch("a table, or numbers along one dimension")
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
            guard case .table(let columns) = call.input.element else { throw call.mismatch("a table") }
            let wanted = call.arguments.dims("columns")
            guard !columns.isEmpty else { return call.input }
            return QueryType(.table(wanted.compactMap { name in columns.first { $0.name == name } }))
        },
    ]
}
