extension VerbTable {
    /// Sets of SAE latents, how often each is active, and the texts where it is.
    static let setVerbs: [Verb] = [
        Verb(
            "active", .map,
            "The set of active latents of each cell; with `freq=` those active in at least that share of the samples.",
            [Parameter("threshold", .number, standard: .int(0)), Parameter("freq", .number)],
            details: """
                A latent is active where its value is greater than `threshold`. Only the stored latents of a token can be. With `freq=0.01` \
                the samples (prompts, tokens) are used up: one set a layer, of the latents active in at least 1 % of them. Both sides of a \
                pair have their own set: `minus`, `intersect`, `union`, `jaccard` compare them, `count` gives their sizes.
                """,
            example: """
                pair(capture("base", "medical"), capture("narrow", "medical")).sae | active(freq=0.05) | swap | minus
                """
        ) { (call) throws(Diagnostic) in
            guard let (_, of) = call.input.element.latents else {
                throw call.mismatch("SAE latents", help: "choose them first: `.sae`")
            }
            let type = call.input.with(call.input.element.mapSides { _ in .set(of: of) })
            guard let freq = call.arguments.double("freq") else { return type }
            guard freq > 0, freq <= 1 else {
                throw call.wrong(
                    "freq", "`freq` is a share of the samples, above 0 and up to 1", help: "`active(freq=0.01)`")
            }
            return type.without(try samples(call), by: call.text, at: call.span)
        },
        Verb(
            "freq", .merge, "The share of the samples in which each latent is active, along `latent`.",
            [Parameter("threshold", .number, standard: .int(0))],
            details: """
                Samples (prompts, tokens) are used up and the dimension `latent` 0 … F − 1 comes last. Active means: among the stored \
                latents of the token, with a value greater than `threshold`. `freq | top(10)` lists the most frequent; of a pair, `freq | \
                diff | top(10)` those that the right side uses more.
                """,
            example: """
                pair(capture("base", "medical"), capture("narrow", "medical")).sae | freq | diff | top(5)
                """
        ) { (call) throws(Diagnostic) in
            guard let (_, of) = call.input.element.latents else {
                throw call.mismatch("SAE latents", help: "choose them first: `.sae`")
            }
            guard of <= 1 << 22 else { throw call.mismatch("latents of a dictionary of at most 4,194,304") }
            var type = call.input.without(try samples(call), by: call.text, at: call.span)
            type.element = type.element.mapSides { _ in .float }
            type.quantity = "frequency"
            type.dims.append(Dimension("latent", labels: (0..<of).map { .int($0) }))
            return type
        },
        operation("intersect", "Latents of both sets.", "A ∩ B"),
        operation("union", "Latents of either set.", "A ∪ B"),
        operation("minus", "Latents of the left set that the right one lacks.", "A \\ B"),
        Verb(
            "examples", .merge, "A table of the n texts in which each latent named is most active.",
            [
                Parameter("n", .integer, standard: .int(5)), Parameter("of", .value, isRequired: true),
                Parameter("context", .integer, standard: .int(8)),
            ],
            details: """
                `of` is a latent's number, a list of them, a set (of `active`, `minus` …) or a table with a column `latent`, such as `freq | \
                top(10)`. For each grid cell and latent the n prompts with the largest value, each with its best token: the position, the \
                value and the text, with `context` tokens on each side and the token itself in «». Of equal values the first.
                """,
            example: """
                let novel = pair(capture("base", "medical"), capture("narrow", "medical")).sae | freq | diff | top(3)
                capture("narrow", "medical").sae | examples(2, of=novel)
                """
        ) { (call) throws(Diagnostic) in try examplesType(call) },
        Verb(
            "context", .merge, "The text around tokens, as a column `text`: the token in «» and n tokens on each side.",
            [Parameter("n", .integer, standard: .int(5))],
            details: """
                Takes a table with the columns `prompt` and `token` (or `position`), as `top` makes them, and adds the column; or a capture \
                or numbers that still have prompts and tokens, one row a cell. Text is that of the tokenizer's pieces, next to what is stored: \
                where a capture keeps only some tokens, … stands for those between.
                """,
            example: """
                let v = capture("base", "general").resid_post[layer=2] | mean
                capture("base", "medical").resid_post[layer=2] | cosine(v) | top(5) | context(4)
                """
        ) { (call) throws(Diagnostic) in try contextType(call) },
    ]

    private static func samples(_ call: VerbCall) throws(Diagnostic) -> Set<String> {
        let names = call.input.sampleDims
        guard !names.isEmpty else {
            throw Diagnostic(
                "nothing-to-pool", call.nameSpan, "`\(call.verb)` has no samples to count in: this is \(call.input)",
                help: "ask before prompts and tokens are used up")
        }
        return Set(names)
    }

    private static func operation(_ name: String, _ summary: String, _ formula: String) -> Verb {
        Verb(
            name, .map, summary, [Parameter("v", .value)],
            details: """
                \(formula) of the two sides of a pair, or of the set on the left with the set `v`; shared dimensions are joined by label, \
                others broadcast.
                """,
            example: """
                pair(capture("base", "general"), capture("narrow", "general")).sae | active(freq=0.1) | \(name)
                """
        ) { (call) throws(Diagnostic) in
            let help = "make sets first: `active`, or `active(freq=0.01)`"
            guard let other = call.arguments.node("v") else {
                guard case .pair(.set(let a), .set(let b)) = call.input.element, a == b else {
                    throw call.mismatch("a pair of sets, or a set and `\(name)(v)`", help: help)
                }
                return call.input.with(.set(of: a))
            }
            guard case .set(let a) = call.input.element else { throw call.mismatch("a set", help: help) }
            guard case .set(let b) = other.type.element, a == b else {
                throw call.wrong("v", "`v` must be a set(\(a)); this is \(other.type)", help: help)
            }
            var type = call.input
            type.dims = try call.input.joined(with: other.type, at: call.arguments.spans["v"] ?? call.span)
            return type
        }
    }

    private static func examplesType(_ call: VerbCall) throws(Diagnostic) -> QueryType {
        guard case .topLatents(_, let of) = call.input.element else {
            throw call.mismatch(
                "SAE latents of one side",
                help: call.input.element.latents == nil ? "choose them first: `.sae`" : "`left` or `right` first")
        }
        guard call.input.has("prompt") else { throw call.mismatch("latents that still have their prompts") }
        guard (1...1000).contains(call.arguments.int("n") ?? 5) else {
            throw call.wrong("n", "`examples` takes 1 to 1,000 texts a latent")
        }
        guard (0...1000).contains(call.arguments.int("context") ?? 8) else {
            throw call.wrong("context", "`context` counts tokens on each side, 0 to 1,000")
        }
        if let wanted = call.arguments.node("of") {
            let isKnown: Bool
            switch wanted.type.element {
            case .set(let other):
                isKnown = other == of && !wanted.type.hasRows && wanted.type.dims.allSatisfy { call.input.has($0.name) }
            case .table(let columns): isKnown = columns.contains { $0.name == "latent" && $0.kind == .int }
            case .int: isKnown = true
            case .float:
                if case .constant = wanted.operation { isKnown = true } else { isKnown = false }
            default: isKnown = false
            }
            guard isKnown else {
                throw call.wrong(
                    "of",
                    "`of` takes latents: numbers, a set(\(of)) without prompts, or a table with a column `latent`; this is \(wanted.type)",
                    help: "`examples(5, of=[3, 17])`, `examples(of=(freq | top(10)))`")
            }
        }
        var columns = call.input.dims.filter { !["prompt", "token"].contains($0.name) }.map(column)
        columns += [
            TableColumn("latent", .int), TableColumn("value", .double), TableColumn("prompt", .string),
            TableColumn("token", .int), TableColumn("text", .string),
        ]
        return QueryType(.table(columns))
    }

    private static func contextType(_ call: VerbCall) throws(Diagnostic) -> QueryType {
        guard (0...1000).contains(call.arguments.int("n") ?? 5) else {
            throw call.wrong("n", "`context` counts tokens on each side, 0 to 1,000")
        }
        guard let grid = call.inputs.first?.captureGrids.first else {
            throw call.mismatch("rows of a capture", help: "`capture(…).resid_post | norm | top(20) | context(5)`")
        }
        switch call.input.element {
        case .table(let columns):
            guard columns.contains(where: { $0.name == "prompt" }),
                columns.contains(where: { ["token", "position"].contains($0.name) && $0.kind == .int })
            else {
                throw call.mismatch(
                    "a table with the columns `prompt` and `token`", help: "`… | top(20) | context(5)`, before `select`"
                )
            }
            for dim in grid.dims where !columns.contains(where: { $0.name == dim.name }) {
                throw call.mismatch(
                    "a table that says which `\(dim.name)` each row is of", help: "`select` it too, or choose one")
            }
            guard !columns.contains(where: { $0.name == "text" }) else {
                throw call.mismatch("a table without a column `text`")
            }
            return QueryType(.table(columns + [TableColumn("text", .string)]))
        case .capture, .float, .int, .bool:
            guard call.input.has("prompt"), call.input.has("token") else {
                throw call.mismatch("a table, a capture, or numbers that still have prompts and tokens")
            }
            var columns = call.input.dims.map(column)
            if call.input.element != .capture {
                columns.append(TableColumn(call.input.quantity ?? "value", .double))
            }
            return QueryType(.table(columns + [TableColumn("text", .string)]))
        default:
            throw call.mismatch(
                "a table, a capture, or numbers with their tokens", help: wordsForNumbers(call.input.element))
        }
    }

    /// A dimension as a column of a table.
    public static func column(_ dim: Dimension) -> TableColumn {
        switch dim.labels?.first {
        case .int?: TableColumn(dim.name, .int)
        case .double?: TableColumn(dim.name, .double)
        case .string?: TableColumn(dim.name, .string)
        case nil: TableColumn(dim.name, dim.name == "token" ? .int : .string)
        }
    }
}
