extension VerbTable {
    /// Charts beyond `bar` and `plot`.
    static let drawingVerbs: [Verb] = [
        Verb(
            "hist", .merge, "How many cells fall into each of `bins` equal intervals; samples are used up.",
            [
                Parameter("bins", .integer, standard: .int(20)).single, Parameter("low", .number).single,
                Parameter("high", .number).single,
                Parameter("title", .string),
            ],
            details: """
                As `numpy.histogram`: equal intervals from the smallest to the largest finite number of all cells together (or from `low` to \
                `high`: what lies outside is left out and said), half-open but for the last. Grid dimensions stay, all with the same \
                intervals. The answer is a count along `bin`, whose labels are the lower ends.
                """,
            example: "capture(\"base\", \"general\").resid_post[layer=2] | norm | hist(8)"
        ) { (call) throws(Diagnostic) in
            guard call.input.element.isNumeric else {
                throw call.mismatch("numbers", help: wordsForNumbers(call.input.element))
            }
            guard (1...1000).contains(call.arguments.int("bins") ?? 20) else {
                throw call.wrong("bins", "`bins` is a number from 1 to 1,000")
            }
            if let low = call.arguments.double("low"), let high = call.arguments.double("high"), low >= high {
                throw call.wrong("high", "`high` must be above `low`")
            }
            guard !call.input.has("bin") else { throw call.mismatch("a value without a dimension `bin`") }
            let gone = call.input.sampleDims.isEmpty ? call.input.dims.map(\.name) : call.input.sampleDims
            guard !gone.isEmpty else { throw call.mismatch("more than one number") }
            var type = call.input.without(Set(gone), by: call.text, at: call.span).with(.int)
            type.quantity = "count"
            type.dims.append(Dimension("bin", extent: .exact(call.arguments.int("bins") ?? 20)))
            return type
        },
        chart(
            "spark",
            "A line of small bars over `x` for each cell of the other dimensions, with its least and largest value.",
            [Parameter("x", .dimension)]
        ).explained(
            "Without `x` over the last dimension. Every line has its own scale: it shows shapes, its numbers the sizes.",
            example: "capture(\"base\", [\"general\", \"medical\"]).resid_post | norm | mean | spark(x=layer)"),
        chart(
            "heatmap", "Two dimensions as rows and columns of shades, all on one scale.",
            [Parameter("x", .dimension), Parameter("y", .dimension)]
        ).explained(
            """
            `x` goes across and `y` down: without them the last dimension and the one before. Further dimensions make further rows. The \
            height of a block tells the value between the least and the largest, which stand below.
            """,
            example:
                "capture(\"base\", [\"general\", \"medical\"]).resid_post | norm | mean | heatmap(x=layer, y=dataset)"),
        Verb(
            "scatter", .gather,
            "A point for each cell: its number across, that of `v` (or of the right side of a pair) up.",
            [Parameter("v", .value), Parameter("title", .string)],
            details: """
                Cells meet by label: prompts by id, tokens by position, layers by number. Vectors with two or more components, such as those \
                of `pca(2)`, need no `v`: the first component goes across, the second up. Grid dimensions have marks of their own.
                """,
            example: """
                let c = capture("base", "general").resid_post[layer=2, token=-1]
                c | norm | scatter((c | norm(1)))
                """
        ) { (call) throws(Diagnostic) in
            guard let other = call.arguments.node("v") else {
                switch call.input.element {
                case .pair(let left, let right) where left.isNumeric && right.isNumeric: break
                case .vector(let width) where width >= 2: break
                default:
                    throw call.mismatch(
                        "numbers and `v`, a pair of numbers, or vectors of two components",
                        help: "`x | scatter(y)`, or `pca(2) | scatter`")
                }
                return call.input.with(.pair(.float, .float))
            }
            guard call.input.element.isNumeric else {
                throw call.mismatch("numbers", help: wordsForNumbers(call.input.element))
            }
            guard other.type.element.isNumeric, !other.type.isLabelled else {
                throw call.wrong(
                    "v", "`v` must be numbers; this is \(other.type)", help: wordsForNumbers(other.type.element))
            }
            var type = call.input.with(.pair(.float, .float))
            type.dims = try call.input.joined(with: other.type, at: call.arguments.spans["v"] ?? call.span)
            type.quantity = nil
            return type
        },
    ]
}
