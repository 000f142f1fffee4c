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
            "Writes the value to a .csv, .json, .npy or .npz file below the export folder, and passes it on.",
            [Parameter("path", .string, isRequired: true)]
        ) { (call) throws(Diagnostic) in
            let path = call.arguments.string("path") ?? ""
            let known = ["csv", "json", "npy", "npz"]
            guard let dot = path.lastIndex(of: "."), known.contains(String(path[path.index(after: dot)...])) else {
                throw call.wrong("path", "`export` writes .csv, .json, .npy and .npz; \"\(path)\" is none of these")
            }
            switch call.input.element {
            case .capture, .fit, .probe, .plot, .pair:
                throw call.mismatch("a table or an array", help: wordsForSite(call.input.element))
            default: return call.input
            }
        },
        Verb(
            "save", .output,
            "Keeps the value under a name in the results file beside the store; `load(name)` gives it back.",
            [Parameter("name", .string, isRequired: true), Parameter("overwrite", .boolean, standard: .bool(true))]
        ) { (call) throws(Diagnostic) in
            switch call.input.element {
            case .probe, .fit: return call.input
            case .vector, .float, .int, .bool, .stat:
                guard !call.input.hasRows else {
                    throw call.mismatch("a pooled value", help: "`mean` it first, or `export` the rows to a file")
                }
                return call.input
            default: throw call.mismatch("vectors, numbers or stats")
            }
        },
        Verb(
            "explain", .output, "The plan: each step with its kind, the chunks and bytes it would read. Reads nothing."
        ) { (_) throws(Diagnostic) in
            QueryType(
                .table([
                    TableColumn("step", .string), TableColumn("kind", .string), TableColumn("type", .string),
                    TableColumn("reads", .string),
                ]))
        },
        Verb("describe", .output, "The type, the labels of every dimension and the columns. Reads nothing.") {
            (_) throws(Diagnostic) in
            QueryType(.table([TableColumn("what", .string), TableColumn("value", .string)]))
        },
    ]

    private static func chart(_ name: String, _ summary: String, _ parameters: [Parameter]) -> Verb {
        Verb(name, .output, summary, parameters + [Parameter("title", .string)]) { (call) throws(Diagnostic) in
            guard call.input.element.isNumeric || call.input.element == .stat else {
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
