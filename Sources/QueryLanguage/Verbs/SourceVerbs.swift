extension VerbTable {
    static let sourceVerbs: [Verb] = [
        Verb("captures", .source, "Every capture of the store: model, data set, prompts, rows, sites.", inputs: 0) {
            (_) throws(Diagnostic) in
            QueryType(
                .table([
                    TableColumn("model", .string), TableColumn("dataset", .string), TableColumn("prompts", .int),
                    TableColumn("tokens", .int), TableColumn("sites", .string), TableColumn("complete", .bool),
                ]))
        },
        Verb("models", .source, "Every model of the store.", inputs: 0) { (_) throws(Diagnostic) in
            QueryType(
                .table([
                    TableColumn("model", .string), TableColumn("architecture", .string), TableColumn("layers", .int),
                    TableColumn("width", .int), TableColumn("captures", .int),
                ]))
        },
        Verb("datasets", .source, "Every data set of the store.", inputs: 0) { (_) throws(Diagnostic) in
            QueryType(
                .table([
                    TableColumn("dataset", .string), TableColumn("prompts", .int), TableColumn("columns", .string),
                ]))
        },
        Verb(
            "prompts", .source, "The prompts of a data set with their metadata columns.", inputs: 0,
            [Parameter("dataset", .string, isRequired: true)]
        ) { (call) throws(Diagnostic) in
            let name = call.arguments.string("dataset") ?? ""
            guard let dataset = call.vocabulary.datasets.first(where: { $0.name == name }) else {
                throw .unknown(
                    "data set", name, among: call.vocabulary.datasets.map(\.name),
                    at: call.arguments.spans["dataset"] ?? call.span)
            }
            return QueryType(
                .table([TableColumn("id", .string)] + dataset.columns + [TableColumn("text", .string)]))
        },
        Verb("tokens", .source, "The tokens of a capture, one a row: prompt, position, role, text.") {
            (call) throws(Diagnostic) in
            guard call.input.element == .capture, let grid = call.inputs[0].captureGrids.first, grid.cells.count == 1
            else {
                throw call.mismatch(
                    "one capture", help: "name one model and one data set: `capture(\"base\", \"general\") | tokens`")
            }
            return QueryType(
                .table([
                    TableColumn("prompt", .string), TableColumn("position", .int), TableColumn("token_id", .int),
                    TableColumn("role", .string), TableColumn("token", .string),
                ]))
        },
        Verb(
            "capture", .source,
            "What is stored of a model on a data set; a `*` or a list makes a dimension `model` or `dataset`.",
            inputs: 0,
            [
                Parameter("model", .strings, standard: .string("*")),
                Parameter("dataset", .strings, standard: .string("*")),
            ]
        ) { (call) throws(Diagnostic) in try CaptureGrid(call).type(in: call.vocabulary) },
        Verb(
            "load", .source, "A value kept with `save`.", inputs: 0, [Parameter("name", .string, isRequired: true)]
        ) { (call) throws(Diagnostic) in
            let name = call.arguments.string("name") ?? ""
            guard let type = call.vocabulary.saved[name] else {
                throw .unknown(
                    "saved value", name, among: call.vocabulary.saved.keys.sorted(),
                    at: call.arguments.spans["name"] ?? call.span)
            }
            return type
        },
        Verb(
            "sql", .source, "A read-only SELECT over the catalogue, as a table.", inputs: 0,
            [Parameter("select", .string, isRequired: true)]
        ) { (_) throws(Diagnostic) in QueryType(.table([])) },
    ]
}
