extension VerbTable {
    static let outputVerbs: [Verb] = [
        Verb(
            "table", .output, "Shows the value as a table with those dimensions down and across.",
            [Parameter("rows", .dimension), Parameter("cols", .dimension)]
        ) { (call) throws(Diagnostic) in
            switch call.input.element {
            case .fit, .probe: throw call.mismatch("a value", help: "`score` or `weights` first")
            case .capture, .pair, .plot: throw call.mismatch("numbers", help: wordsForNumbers(call.input.element))
            default: return call.input
            }
        },
        chart("bar", "A bar for every entry.", []),
        chart(
            "plot", "Lines over `x`, one for every entry of `color`.",
            [Parameter("x", .dimension), Parameter("y", .string), Parameter("color", .dimension)]),
        Verb(
            "export", .output,
            "Writes the value to a file below the export folder (.csv .json .npy .npz .safetensors, as a picture .svg .html .vl.json), and passes it on.",
            [
                Parameter("path", .string, isRequired: true),
                Parameter("theme", .choice(["auto", "light", "dark"]), standard: .string("auto")).single,
            ]
        ) { (call) throws(Diagnostic) in
            let path = call.arguments.string("path") ?? ""
            try checkPlace(path, call)
            let known = ["csv", "json", "npy", "npz", "safetensors", "svg", "html"]
            guard let dot = path.lastIndex(of: "."), known.contains(String(path[path.index(after: dot)...])) else {
                throw call.wrong(
                    "path",
                    "`export` writes .csv, .json, .npy, .npz, .safetensors, .svg, .html and .vl.json; \"\(path)\" is none of these"
                )
            }
            if path.hasSuffix(".svg") || path.hasSuffix(".vl.json") {
                try checkPicture(call)
                return call.input
            }
            let isArray = [".npy", ".npz", ".safetensors"].contains { path.hasSuffix($0) }
            if case .table = call.input.element, isArray {
                throw call.wrong("path", "a table has no array form", help: "export it as .csv or .json")
            }
            switch call.input.element {
            case .plot where !isArray: return call.input
            case .pair(.float, .float) where call.input.isPoints && path.hasSuffix(".html"): return call.input
            case .capture, .fit, .probe, .plot, .pair:
                throw call.mismatch("a table or an array", help: wordsForSite(call.input.element))
            case .string where path.hasSuffix(".safetensors"):
                throw call.wrong("path", "texts have no tensor form", help: "export them as .npz, .csv or .json")
            default: return call.input
            }
        },
        Verb(
            "save", .output,
            "Keeps the value under a name in the results file beside the store; `load(name)` gives it back.",
            [
                Parameter("name", .string, isRequired: true),
                Parameter("overwrite", .boolean, standard: .bool(true)).single,
            ]
        ) { (call) throws(Diagnostic) in
            switch call.input.element {
            case .probe, .fit: return call.input
            case .string where call.input.quantity == nil:
                throw call.mismatch("vectors, numbers, stats, sets or labels")
            case .vector, .float, .int, .bool, .stat, .set, .string:
                guard !call.input.hasRows else {
                    throw call.mismatch("a pooled value", help: "`mean` it first, or `export` the rows to a file")
                }
                return call.input
            default: throw call.mismatch("vectors, numbers, stats, sets or labels")
            }
        },
        Verb(
            "explain", .output, "The plan: each step with its kind, the chunks and bytes it would read.",
            [Parameter("run", .boolean, standard: .bool(false)).single],
            details: """
                Kinds: `map` inside a chunk, `merge` a partial state per piece of rows, `gather` a matrix in memory, `iterate` a solver. \
                Without `run` nothing is read. `run=true` computes the value and adds, at every step that read stored rows, how many, how \
                long it took and how many GB of stored bytes went by a second; 0 rows where an earlier answer served.
                """,
            example:
                #"capture("base", "general").resid_post | norm | mean | explain(run=true) | select(step, kind, rows)"#
        ) { (call) throws(Diagnostic) in
            var columns = ["step", "kind", "type", "reads"].map { TableColumn($0, .string) }
            if call.arguments.bool("run") == true {
                columns += [TableColumn("rows", .int), TableColumn("seconds", .double), TableColumn("GB/s", .double)]
            }
            return QueryType(.table(columns))
        },
        Verb("describe", .output, "The type, the labels of every dimension and the columns. Reads nothing.") {
            (_) throws(Diagnostic) in
            QueryType(.table([TableColumn("what", .string), TableColumn("value", .string)]))
        },
    ]

    /// A path that leaves the export folder: said here, with the place in the query, rather than after the value is computed.
    private static func checkPlace(_ path: String, _ call: VerbCall) throws(Diagnostic) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) || path.utf8.contains(0), !path.isEmpty
        else { return }
        let left = parts.filter { !$0.isEmpty && $0 != "." && $0 != ".." }.last.map(String.init)
        throw call.wrong(
            "path",
            "`export` writes below the folder that varve was started in; \"\(path)\" is a path that could leave it",
            help: left.map { "`export(\(SyntaxPrinter.quoted($0)))`, and move the file then, or start varve there" }
                ?? "name a file: `export(\"values.csv\")`")
    }

    /// What can be drawn: charts, points, and pooled numbers along dimensions.
    private static func checkPicture(_ call: VerbCall) throws(Diagnostic) {
        let element = call.input.element
        if element == .plot || call.input.isPoints { return }
        guard element.isNumeric || element == .stat || element == .interval else {
            throw call.mismatch("a chart or numbers for a picture", help: wordsForNumbers(element))
        }
        if let sample = call.input.dims.first(where: \.isSample) {
            throw Diagnostic(
                "too-many-to-draw", call.nameSpan, "the picture would hold every \(sample.name): this is \(call.input)",
                help: "`summary` or `mean` first")
        }
        guard !call.input.dims.isEmpty else { throw call.mismatch("values along a dimension for a picture") }
    }

    static func chart(_ name: String, _ summary: String, _ parameters: [Parameter]) -> Verb {
        Verb(name, .output, summary, parameters + [Parameter("title", .string)]) { (call) throws(Diagnostic) in
            guard call.input.element.isNumeric || call.input.element == .stat || call.input.element == .interval else {
                throw call.mismatch("numbers or stats", help: wordsForNumbers(call.input.element))
            }
            if let sample = call.input.dims.first(where: \.isSample) {
                throw Diagnostic(
                    "too-many-to-draw", call.nameSpan,
                    "`\(name)` would draw every \(sample.name): this is \(call.input)",
                    help: "`summary` or `mean` first")
            }
            guard !call.input.dims.isEmpty else { throw call.mismatch("values along a dimension") }
            return call.input.with(.plot)
        }
    }
}

extension QueryType {
    /// What `scatter` gives, and pairs of numbers like it: two numbers a cell.
    fileprivate var isPoints: Bool { element == .pair(.float, .float) }
}
