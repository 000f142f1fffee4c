extension VerbTable {
    static let labelVerbs: [Verb] = [
        Verb(
            "contrast", .gather, "Rows of two classes of a column, one comparison along `contrast`; B is class 1.",
            [
                Parameter("column", .column, isRequired: true),
                Parameter("classes", .contrasts, isRequired: true),
            ]
        ) { (call) throws(Diagnostic) in
            guard call.input.hasRows, call.input.element.isVector || call.input.element.isNumeric else {
                throw call.mismatch(
                    "vectors or numbers that still have their prompts", help: wordsForSite(call.input.element))
            }
            guard !call.input.isContrasted else { throw call.mismatch("a value without a contrast") }
            guard let column = call.arguments.column("column"), column.level == .prompt else {
                throw call.wrong("column", "`contrast` takes a column of the prompts")
            }
            let contrasts = call.arguments.contrasts("classes")
            for contrast in contrasts where !column.values.isEmpty {
                for name in [contrast.negative, contrast.positive] where !column.values.contains(name) {
                    throw Diagnostic.unknown(
                        "\(column.name)", name, among: column.values,
                        at: call.arguments.spans["classes"] ?? call.span)
                }
            }
            if let same = contrasts.first(where: { $0.negative == $0.positive }) {
                throw call.wrong("classes", "`\(same.name)` compares a class with itself")
            }
            guard Set(contrasts.map(\.name)).count == contrasts.count else {
                throw call.wrong("classes", "the same comparison stands twice")
            }
            var type = call.input
            type.isContrasted = true
            type.dims.append(Dimension("contrast", labels: contrasts.map { .string($0.name) }))
            return type
        },
        Verb(
            "balance", .gather,
            "Undersamples both classes to the smaller one; each repeat of the `split` that follows draws anew."
        ) { (call) throws(Diagnostic) in
            guard call.input.isContrasted, call.input.split == nil else {
                throw call.mismatch(
                    "rows with classes, before they are split",
                    help: "`contrast(group, \"a\" vs \"b\") | balance | split(…)`")
            }
            var type = call.input
            type.isBalanced = true
            return type
        },
        Verb(
            "split", .gather,
            "Training and test rows, by prompt: a test share drawn `repeats` times, or `kfold` folds. Depends on seed, repeat, prompt ids and classes only.",
            [
                Parameter("test", .number, standard: .double(0.2)), Parameter("kfold", .integer),
                Parameter("repeats", .integer, standard: .int(1)),
                Parameter("stratify", .boolean, standard: .bool(true)),
                Parameter("group", .choice(["prompt", "none"]), standard: .string("prompt")),
                Parameter("seed", .integer, standard: .int(0)),
            ]
        ) { (call) throws(Diagnostic) in
            guard call.input.hasRows, call.input.element.isVector || call.input.element.isNumeric else {
                throw call.mismatch(
                    "vectors or numbers that still have their prompts", help: wordsForSite(call.input.element))
            }
            guard call.input.split == nil else { throw call.mismatch("rows that are not split yet") }
            var type = call.input
            if let folds = call.arguments.int("kfold") {
                guard folds >= 2 else { throw call.wrong("kfold", "`kfold` takes at least 2 folds") }
                guard call.arguments.int("repeats") == 1 else {
                    throw call.wrong(
                        "repeats", "`kfold` with `repeats` is not available yet", help: "leave one of them out")
                }
                type.split = .folds(folds)
            } else {
                let share = call.arguments.double("test") ?? 0.2
                guard share > 0, share < 1 else { throw call.wrong("test", "`test` is a share between 0 and 1") }
                let repeats = call.arguments.int("repeats") ?? 1
                guard repeats >= 1, repeats <= 10_000 else {
                    throw call.wrong("repeats", "`repeats` takes 1 to 10,000")
                }
                type.split = .shuffled(repeats: repeats)
            }
            return type
        },
        Verb(
            "standardize", .gather,
            "Each feature to mean 0 and sd 1; after `split` the mean and sd come from the training rows."
        ) { (call) throws(Diagnostic) in
            guard call.input.hasRows, call.input.element.isVector || call.input.element.isNumeric else {
                throw call.mismatch(
                    "vectors or numbers that still have their prompts", help: wordsForSite(call.input.element))
            }
            return call.input.with(call.input.element.isVector ? call.input.element : .float)
        },
    ]
}
