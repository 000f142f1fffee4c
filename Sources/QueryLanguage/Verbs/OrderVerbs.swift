extension VerbTable {
    /// Verbs that look at which entries are larger.
    static let orderVerbs: [Verb] = [
        Verb(
            "median", .merge, "Middle value over the dimensions; without any over all samples.",
            [Parameter("dims", .dimension, isVariadic: true), Parameter("by", .column)],
            details: """
                The 0.5 quantile: of an even number of cells the mean of the two middle ones. Exact, in bounded memory. NaN where a \
                cell is NaN; missing cells are left out. Vectors give the median of each component.
                """,
            example: "capture(\"base\", \"general\").resid_post | norm | median"
        ) { (call) throws(Diagnostic) in try quantileType(call) },
        Verb(
            "quantile", .merge, "Quantiles over the dimensions; without any over all samples. A list of q sweeps.",
            [
                Parameter("q", .numbers, isRequired: true), Parameter("dims", .dimension, isVariadic: true),
                Parameter("by", .column),
            ],
            details: """
                Exact, with linear interpolation as `numpy.quantile`: of n sorted cells the one at (n − 1) q, between two \
                neighbours where that is no whole number. A list, `quantile([0.1, 0.5, 0.9])`, adds the dimension `q`. NaN where a cell is \
                NaN; missing cells are left out. Vectors give the quantile of each component.
                """,
            example: "capture(\"base\", \"general\").resid_post | norm | quantile([0.05, 0.5, 0.95])"
        ) { (call) throws(Diagnostic) in
            for item in call.arguments.items("q") {
                guard let q = item.number, (0...1).contains(q) else {
                    throw call.wrong("q", "`q` is a share between 0 and 1", help: "`quantile(0.9)`")
                }
            }
            var type = try quantileType(call)
            if call.arguments.isSweep("q") {
                guard !type.has("q") else { throw call.wrong("q", "there is a `q` dimension already") }
                type.dims.append(Dimension("q", labels: call.arguments.items("q").compactMap(\.label)))
            }
            return type
        },
        extreme("argmax", "The label of the largest entry along a dimension, such as the layer with the best score."),
        extreme("argmin", "The label of the smallest entry along a dimension."),
        ranking("top", "largest"),
        ranking("bottom", "smallest"),
    ]

    private static func quantileType(_ call: VerbCall) throws(Diagnostic) -> QueryType {
        switch call.input.element {
        case .float, .int, .bool, .vector: break
        default: throw call.mismatch("numbers or vectors", help: wordsForNumbers(call.input.element))
        }
        var type = try pooled(call)
        if !type.element.isVector { type.element = .float }
        return type
    }

    private static func extreme(_ name: String, _ summary: String) -> Verb {
        Verb(name, .merge, summary, [Parameter("dim", .dimension, isRequired: true)]) { (call) throws(Diagnostic) in
            guard call.input.element.isNumeric || call.input.element == .stat else {
                throw call.mismatch("numbers or stats", help: wordsForNumbers(call.input.element))
            }
            let wanted = call.arguments.dims("dim").first ?? ""
            guard let dim = call.input.dim(wanted) else { return call.input }
            if dim.isOuter, let row = ["prompt", "token"].first(where: call.input.has) {
                throw Diagnostic(
                    "rows-of-several", call.nameSpan,
                    "`\(row)` can't stay when `\(wanted)` is used up: its rows are others in each",
                    help: "pool `\(row)` first: `mean(\(row))`")
            }
            var type = call.input.without([wanted], by: call.text, at: call.span)
            type.quantity = wanted
            switch dim.labels?.first {
            case .int?: type.element = .int
            case .double?: type.element = .float
            case .string?: type.element = .string
            case nil: type.element = wanted == "token" ? .int : wanted == "prompt" ? .string : .float
            }
            return type
        }.explained(
            """
            The dimension is used up; the answer holds its labels: a number for `layer`, `k`, `C`, a position for `token`, a name for \
            `model`, `prompt`, `contrast`. Of equal entries the first wins, NaN never does. Stats are compared by their mean.
            """,
            example: "capture(\"base\", \"general\").resid_post | norm | mean | \(name)(layer)")
    }

    private static func ranking(_ name: String, _ which: String) -> Verb {
        Verb(
            name, .merge, "A table of the n \(which) entries over the dimensions named, or over all of them.",
            [
                Parameter("n", .integer, standard: .int(10)), Parameter("dims", .dimension, isVariadic: true),
                Parameter("abs", .boolean, standard: .bool(false)),
            ]
        ) { (call) throws(Diagnostic) in
            let element = call.input.element
            guard element.isNumeric || element == .stat || element.isVector else {
                let help: String? =
                    switch element {
                    case .topLatents: "`topk(n)` keeps each token's largest latents; `freq | \(name)(n)` ranks latents"
                    case .table: "`sort(column, desc=\(name == "top")) | head(n)`"
                    default: wordsForNumbers(element)
                    }
                throw call.mismatch("numbers, stats or vectors", help: help)
            }
            let count = call.arguments.int("n") ?? 10
            guard (1...100_000).contains(count) else { throw call.wrong("n", "`\(name)` takes 1 to 100,000 entries") }
            let named = call.arguments.dims("dims")
            if let outer = named.first(where: { $0 == "model" || $0 == "dataset" }),
                let row = ["prompt", "token"].first(where: { call.input.has($0) && !named.contains($0) })
            {
                throw Diagnostic(
                    "rows-of-several", call.nameSpan,
                    "`\(row)` can't stay when `\(outer)` is searched through: its rows are others in each",
                    help: "name `\(row)` too")
            }
            var columns = call.input.dims.map(column)
            if element.isVector { columns.append(TableColumn("feature", .int)) }
            let kind: TableColumn.Kind = element == .int ? .int : element == .bool ? .bool : .double
            let quantity = call.input.quantity ?? "value"
            columns.append(
                TableColumn(columns.contains { $0.name == quantity } ? "value" : quantity, kind))
            return QueryType(.table(columns))
        }.explained(
            """
            The columns are the dimensions (`token` is the position) and the value; of vectors the component, `feature`, too. Without \
            dimensions the n \(which) of all cells; `\(name)(3, token)` the 3 \(which) along `token` for each cell of the other dimensions. \
            `abs=true` compares magnitudes. Of equal entries the first stand first; NaN and missing cells are left out. `| context(5)` \
            adds the text around each row's token.
            """,
            example: "capture(\"base\", \"general\").resid_post[layer=0] | norm | \(name)(5)")
    }
}
