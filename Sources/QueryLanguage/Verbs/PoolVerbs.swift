extension VerbTable {
    static let poolVerbs: [Verb] = [
        pool("mean", "Arithmetic mean over the dimensions; without any over all samples.", vectors: true),
        pool("std", "Population standard deviation (ddof 0, as numpy.std).", vectors: true),
        pool("sum", "Sum.", vectors: true),
        pool("min", "Smallest value.", vectors: false),
        pool("max", "Largest value.", vectors: false),
        Verb(
            "count", .merge, "How many cells, or rows of a table.",
            [Parameter("dims", .dimension, isVariadic: true)]
        ) { (call) throws(Diagnostic) in
            if case .table = call.input.element { return QueryType(.int) }
            if call.input.element.sides.allSatisfy(\.isSet) {
                guard call.arguments.dims("dims").isEmpty else {
                    throw call.wrong("dims", "`count` of sets gives the size of each and uses up no dimension")
                }
                var type = call.input.with(call.input.element.mapSides { _ in .int })
                type.quantity = "count"
                return type
            }
            guard call.input.element.isNumeric || call.input.element.isVector else {
                throw call.mismatch("a table, numbers or vectors", help: wordsForNumbers(call.input.element))
            }
            var type = try pooled(call)
            type.element = .int
            type.quantity = "count"
            return type
        },
        Verb(
            "summary", .merge, "Mean, population sd and n over all samples.",
            [Parameter("dims", .dimension, isVariadic: true)]
        ) { (call) throws(Diagnostic) in
            guard call.input.element.isNumeric else {
                throw call.mismatch("numbers", help: wordsForNumbers(call.input.element))
            }
            return try pooled(call).with(.stat)
        },
        Verb(
            "last", .map,
            "The last entry along a dimension; of `token`, which it takes unless another is named, the last of each prompt.",
            [Parameter("dim", .dimension)]
        ) { (call) throws(Diagnostic) in
            let name = call.arguments.dims("dim").first ?? "token"
            guard let dim = call.input.dim(name) else {
                throw Diagnostic(
                    "missing-argument", call.nameSpan, "`last` needs a dimension: this is \(call.input)",
                    help: call.input.dims.last.map { "`last(\($0.name))`" })
            }
            guard name == "token" || (!dim.isSample && dim.bound > 0) || dim.labels?.isEmpty == false else {
                throw call.wrong(
                    "dim", "`\(name)` has no last entry: prompts stand in no order",
                    help: "choose one: `[\(name)=\"…\"]`, or `last(token)`")
            }
            return call.input.without([name], by: call.text, at: call.span)
        },
        Verb(
            "concat", .map, "The entries along a dimension become the features of one vector.",
            [Parameter("dim", .dimension, isRequired: true)]
        ) { (call) throws(Diagnostic) in
            let name = call.arguments.dims("dim").first ?? ""
            guard let dim = call.input.dim(name), !dim.isSample, !dim.isOuter, case .exact(let count) = dim.extent,
                dim.labels != nil
            else {
                throw call.wrong(
                    "dim", "`\(name)` can't become features: its entries must be the same for every row",
                    help: "concat a grid dimension such as `layer`")
            }
            let rest = call.input.without([name], by: call.text, at: call.span)
            switch call.input.element {
            case .float, .int, .bool: return rest.with(.vector(count))
            case .vector(let width): return rest.with(.vector(count * width))
            default: throw call.mismatch("numbers or vectors", help: wordsForNumbers(call.input.element))
            }
        },
    ]

    /// What to write first where a verb wants numbers and there are none.
    static func wordsForNumbers(_ element: Element) -> String? {
        switch element {
        case .capture: "choose a site first, such as `.lora` or `.resid_post`"
        case .vector: "make a number of each vector first: `norm`, `dot(v)`, `cosine(v)`"
        case .topLatents: "compare two sides first: `overlap`, `jaccard`; or count: `freq`"
        case .set: "`count` gives the size of each set"
        case .pair: "compare the two sides first: `cosine`, `diff`, `overlap`"
        case .fit: "score the fits first: `score`"
        case .probe: "take its `weights`, or `apply` it to rows"
        case .label: "ask for `converge(layer)` first"
        default: nil
        }
    }

    private static func pool(_ name: String, _ summary: String, vectors: Bool) -> Verb {
        Verb(
            name, .merge, summary,
            [Parameter("dims", .dimension, isVariadic: true), Parameter("by", .column)]
        ) { (call) throws(Diagnostic) in
            switch call.input.element {
            case .float, .int, .bool: break
            case .vector where vectors: break
            case .pair(let left, let right) where left == right:
                throw call.mismatch(
                    "numbers or vectors", help: "compare the two sides first: `diff`, `cosine`; or take one: `left`")
            default: throw call.mismatch("numbers", help: wordsForNumbers(call.input.element))
            }
            var type = try pooled(call)
            if !type.element.isVector { type.element = .float }
            return type
        }
    }

    /// The type after pooling: without the named dimensions, or without all samples.
    static func pooled(_ call: VerbCall) throws(Diagnostic) -> QueryType {
        let named = call.arguments.dims("dims")
        let gone = named.isEmpty ? call.input.sampleDims : named
        guard !gone.isEmpty else {
            let names = call.input.dims.map { "`\($0.name)`" }.joined(separator: ", ")
            throw Diagnostic(
                "nothing-to-pool", call.nameSpan, "`\(call.verb)` has nothing left to average: this is \(call.input)",
                help: names.isEmpty ? nil : "name the dimension: one of \(names)")
        }
        if let outer = gone.first(where: { $0 == "model" || $0 == "dataset" }),
            let row = ["prompt", "token"].first(where: { call.input.has($0) && !gone.contains($0) })
        {
            throw Diagnostic(
                "rows-of-several", call.nameSpan,
                "`\(row)` can't stay when `\(outer)` is pooled: its rows are others in each",
                help: "pool `\(row)` first, or with it")
        }
        var type = call.input.without(Set(gone), by: call.text, at: call.span)
        if let by = call.arguments.column("by") {
            guard by.level == .prompt, gone.contains("prompt"), !type.hasRows else {
                throw call.wrong(
                    "by", "`by=\(by.name)` takes a column of the prompts, and prompts and tokens to be pooled")
            }
            guard !by.values.isEmpty else {
                throw call.wrong("by", "`\(by.name)` has too many different values to group by")
            }
            type.dims.insert(Dimension(by.name, labels: by.values.map { .string($0) }), at: call.input.outerCount)
        }
        return type
    }
}

extension Element {
    /// Whether it is a vector of some width.
    public var isVector: Bool {
        if case .vector = self { true } else { false }
    }
}

extension QueryType {
    /// How many of the leading dimensions choose among captures.
    public var outerCount: Int { dims.prefix(while: \.isOuter).count }
}
