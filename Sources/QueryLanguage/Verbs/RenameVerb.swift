extension VerbTable {
    /// Names that say what a dimension is: samples, and those of the captures.
    static let meaningfulNames: Set<String> = Dimension.sampleNames.union(["model", "dataset"])

    static let renameVerb = Verb(
        "rename", .gather, "Other names for dimensions, or for columns of a table: `rename(new=old)`.",
        [Parameter("new=old", .renaming, isRequired: true)],
        details: """
            Two values whose dimensions have different names are joined by all pairs: `a | rename(before=layer)` minus `b` has both `before` and \
            `layer`. prompt, token, rep, fold and boot keep their names, since those say what is averaged; model and dataset take \
            another once prompts and tokens are pooled.
            """,
        example: """
            let direction = capture("base", "general").resid_post | mean | rename(at=layer)
            capture("base", "medical").resid_post[token=-1] | mean | cosine(direction[at=3])
            """
    ) { (call) throws(Diagnostic) in
        let pairs = call.arguments.renamings("new=old")
        var type = call.input
        switch type.element {
        case .table(let columns):
            for pair in pairs where columns.contains(where: { $0.name == pair.new }) && !pairs.frees(pair.new) {
                throw call.wrong("new=old", "there is a column `\(pair.new)` already", help: "choose another name")
            }
            type.element = .table(
                columns.map { column in
                    var column = column
                    column.name = pairs.name(of: column.name)
                    return column
                })
            return type
        case .capture, .pair(.capture, .capture), .fit, .plot: throw call.mismatch("a table, numbers or vectors")
        default: break
        }
        for pair in pairs {
            guard !Dimension.sampleNames.contains(pair.old) else {
                throw call.wrong(
                    "new=old", "`\(pair.old)` keeps its name: it says that its entries are samples",
                    help: "grid dimensions such as `layer` can take another")
            }
            guard !meaningfulNames.contains(pair.new) else {
                throw call.wrong(
                    "new=old", "`\(pair.new)` is the name of another kind of dimension", help: "choose another name")
            }
            guard !type.has(pair.new) || pairs.frees(pair.new) else {
                throw call.wrong("new=old", "there is a dimension `\(pair.new)` already", help: "choose another name")
            }
            if meaningfulNames.contains(pair.old), type.hasRows {
                throw call.wrong(
                    "new=old", "`\(pair.old)` keeps its name while its prompts are there",
                    help: "pool them first: `mean`")
            }
            guard !type.isSweptLatents else { throw call.mismatch("latents of one k") }
        }
        // Dimensions of captures come first; with another name they are like any other.
        let renamed = type.dims.map { dim -> Dimension in
            var dim = dim
            dim.name = pairs.name(of: dim.name)
            return dim
        }
        type.dims = renamed.filter(\.isOuter) + renamed.filter { !$0.isOuter }
        for pair in pairs { type.spent[pair.old] = QueryType.Spent(text: call.text, span: call.span) }
        for dim in type.dims { type.spent[dim.name] = nil }
        return type
    }
}

extension [BoundArguments.Renaming] {
    /// The new name of something, or its own.
    public func name(of old: String) -> String { first { $0.old == old }?.new ?? old }

    /// Whether a name is given up by one of these, so that another may take it.
    func frees(_ name: String) -> Bool { contains { $0.old == name } }
}
