extension VerbTable {
    static let sourceVerbs: [Verb] = [
        Verb(
            "captures", .source, "Every capture of the store: model, data set, prompts, rows, sites.", inputs: 0,
            details: """
                A table with the columns model, dataset, prompts, tokens (rows stored), sites (what `.site` may choose) and complete \
                (false while an ingest is unfinished).
                """,
            example: "captures | where(model == \"narrow\") | select(dataset, prompts, tokens)"
        ) { (_) throws(Diagnostic) in
            QueryType(
                .table([
                    TableColumn("model", .string), TableColumn("dataset", .string), TableColumn("prompts", .int),
                    TableColumn("tokens", .int), TableColumn("sites", .string), TableColumn("complete", .bool),
                ]))
        },
        Verb(
            "models", .source, "Every model of the store.", inputs: 0,
            details: "The columns: model, architecture, layers, width (of the residual stream), captures (how many).",
            example: "models | sort(captures, desc=true) | head(3)"
        ) { (_) throws(Diagnostic) in
            QueryType(
                .table([
                    TableColumn("model", .string), TableColumn("architecture", .string), TableColumn("layers", .int),
                    TableColumn("width", .int), TableColumn("captures", .int),
                ]))
        },
        Verb(
            "datasets", .source, "Every data set of the store.", inputs: 0,
            details: """
                A table with the columns dataset, prompts (how many) and columns: the names that `where`, `by=`, `y=` and `contrast` \
                may use on its captures.
                """,
            example: "datasets | sort(prompts, desc=true)"
        ) { (_) throws(Diagnostic) in
            QueryType(
                .table([
                    TableColumn("dataset", .string), TableColumn("prompts", .int), TableColumn("columns", .string),
                ]))
        },
        Verb(
            "prompts", .source, "The prompts of a data set with their metadata columns.", inputs: 0,
            [Parameter("dataset", .string, isRequired: true).sweeping],
            details: """
                A table with one row a prompt: id, the columns of the prompt file in its order, and text (what the model was given). \
                Rows can be counted, filtered, sorted and selected; no activations are read.
                """,
            example: "prompts(\"em-prompts\") | where(group == \"misaligned\") | select(id, domain) | head(5)"
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
        Verb(
            "tokens", .source, "The tokens of a capture, one a row: prompt, position, role, text.",
            details: """
                A table with the columns prompt (its id), position (from 0), token_id, role (system, user, assistant, template, tool or text) \
                and token (its text). Of a capture that kept only some tokens, those that were kept. `where` and `head` before it choose \
                prompts and tokens of the capture; after it, rows of the table.
                """,
            example: "capture(\"base\", \"general\") | head(1) | tokens | where(role == \"assistant\") | head(5)"
        ) { (call) throws(Diagnostic) in
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
            ],
            details: """
                `capture("base", "general")` is one capture; `*` stands for any text in a name and `?` for one character. A pattern of data sets \
                keeps those that every chosen model has. Choose numbers from it with `.resid_post`, `.lora`, `.sae` or `.site("…")` in \
                any tool's words; nothing is read before. Columns of the prompts and of the tokens (role, position, token_id) come along.
                """,
            example: "capture(\"poser/*\", \"scenarios\").resid_post[layer=-1, token=-1] | norm | summary"
        ) { (call) throws(Diagnostic) in try CaptureGrid(call).type(in: call.vocabulary) },
        Verb(
            "load", .source, "A value kept with `save`.", inputs: 0,
            [Parameter("name", .string, isRequired: true).sweeping],
            details:
                "Dims, labels and numbers as they were saved, now or in an earlier session. `results` lists the names.",
            example: """
                capture("base", "general").resid_post | mean | normalize | save("directions/mean")
                capture("base", "medical").resid_post | cosine(load("directions/mean")) | mean
                """
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
            [Parameter("select", .string, isRequired: true)],
            details: """
                SQLite's dialect, over models, datasets, prompts, captures, columns and chunks; activations are not in it. Anything but one SELECT \
                is refused, and like every mistake in it before anything is read. Its columns are those of the table, for `where`, `select` and `sort`.
                """,
            example: "sql(\"select name, layer_count from models order by name\") | head(3)"
        ) { (call) throws(Diagnostic) in
            let text = call.arguments.string("select") ?? ""
            do throws(Diagnostic) {
                return QueryType(.table(try call.vocabulary.columns(ofSQL: text)))
            } catch {
                throw error.inside(text, writtenAt: call.arguments.spans["select"] ?? call.span)
            }
        },
        Verb(
            "read", .source, "A file of yours: .csv, .tsv and .jsonl as a table, .npy and .npz as numbers.", inputs: 0,
            [Parameter("file", .string, isRequired: true).sweeping],
            details: """
                The path is relative to the query file it stands in; at the prompt, to the current folder. Tables: the header (or the keys) names the columns; \
                a column is true/false, whole numbers, numbers or texts, whichever all its cells are; an empty cell is missing. An array of \
                one axis [d] is one vec(d), as for `cosine(v)`; of two axes [n, d] it is vec(d)[row n]; `values` of an `.npz` that `export` wrote \
                gets its dimensions and labels back. At most 64 MiB as a table and 1 GiB as numbers.
                """,
            example: "read(\"labels.csv\") | where(score > 0.5) | sort(score, desc=true)"
        ) { (call) throws(Diagnostic) in
            let path = call.vocabulary.path(of: call.arguments.string("file") ?? "", from: call.file)
            do throws(Diagnostic) {
                return try call.vocabulary.type(ofFile: path)
            } catch {
                var error = error
                error.span = call.arguments.spans["file"] ?? call.span
                throw error
            }
        },
        Verb(
            "results", .source,
            "What was kept with `save` or shown at a prompt: name, type, the query that made it, the store's state then.",
            inputs: 0,
            details: """
                A table with the columns name, type, query, parameters, generation (of the store, when it was saved), version (of varve), \
                plan (a digest of the checked query: equal digests compute the same) and saved (UTC). `load(name)` gives a saved value back. The file is \
                `STORE.results.sqlite` beside the store, which itself is never written by a query. Values that were shown at a prompt follow, newest \
                first: `@3` is not kept itself, and the shell's `.run @3` computes it again from its lines, to the same bytes. They are in \
                `STORE.results.jsonl`.
                """,
            example: """
                capture("base", "general").resid_post | norm | mean | save("norms/general")
                results | where(name like "norms/%") | select(name, type, query)
                """
        ) { (_) throws(Diagnostic) in
            QueryType(
                .table([
                    TableColumn("name", .string), TableColumn("type", .string), TableColumn("query", .string),
                    TableColumn("parameters", .string), TableColumn("generation", .int),
                    TableColumn("version", .string),
                    TableColumn("plan", .string), TableColumn("saved", .string),
                ]))
        },
    ]
}
