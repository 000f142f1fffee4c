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
                guard call.input.hasRows, call.input.element == .label else {
                    throw call.mismatch(
                        "vectors or numbers that still have their prompts", help: wordsForSite(call.input.element))
                }
                throw call.mismatch(
                    "vectors or numbers", help: "of classes `accuracy(y=…)` and `auroc(y=…)` take the column")
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
            type.contrastClasses = contrasts.first.map { [$0.negative, $0.positive] } ?? []
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
                Parameter("column", .column).sweeping,
                Parameter("repeats", .integer, standard: .int(1)),
                Parameter("stratify", .boolean, standard: .bool(true)),
                Parameter("group", .choiceOrColumn(["prompt", "none"]), standard: .string("prompt")).sweeping,
                Parameter("seed", .integer, standard: .int(0)),
            ],
            details: """
                `test=0.2, repeats=20` draws 20 times (dimension `rep`); `kfold=5` tests every prompt once (`fold`), with repeats= \
                again and again (`rep`, `fold`). `column=` takes a column as it is: with the values train and test it is the split, \
                of any other column each value is held out in turn (`fold`), as for a topic that training must not see. Rows of one \
                prompt stay together, with group=column all prompts of one value (of one scenario, say); group=none lets tokens part \
                and the answer says so. stratify keeps the classes' shares on both sides. Every layer, C and model sees the same split.
                """,
            example:
                #"capture("narrow", "em-prompts").resid_post[token=-1] | contrast(group, "aligned" vs "misaligned") | split(kfold=5, repeats=3, seed=1) | logreg | score(metric="accuracy") | mean"#
        ) { (call) throws(Diagnostic) in
            guard call.input.hasRows, call.input.element.isVector || call.input.element.isNumeric else {
                throw call.mismatch(
                    "vectors or numbers that still have their prompts", help: wordsForSite(call.input.element))
            }
            guard call.input.split == nil else { throw call.mismatch("rows that are not split yet") }
            var type = call.input
            type.split = try splitShape(call)
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

    /// Prompts stay whole, so that there must be as many as there are folds.
    private static func needPrompts(_ call: VerbCall) throws(Diagnostic) {
        guard let prompts = call.input.dim("prompt"), call.arguments.string("group") != "none" else { return }
        guard prompts.bound >= 2 else {
            throw call.mismatch(
                "two prompts or more", help: "a part of the prompts is for training, a part for testing")
        }
        if let folds = call.arguments.int("kfold"), folds > prompts.bound, folds >= 2 {
            throw call.wrong(
                "kfold", "\(prompts.bound) prompts can't be divided into \(folds) folds",
                help: "`kfold=\(prompts.bound)` at most; rows of one prompt stay together")
        }
    }

    /// What `test`, `kfold` and `column` ask for together.
    private static func splitShape(_ call: VerbCall) throws(Diagnostic) -> QueryType.SplitShape {
        let repeats = call.arguments.int("repeats") ?? 1
        guard repeats >= 1, repeats <= 10_000 else { throw call.wrong("repeats", "`repeats` takes 1 to 10,000") }
        if let group = call.arguments.column("group"), group.level != .prompt {
            throw call.wrong("group", "`group` takes a column of the prompts, prompt or none")
        }
        try needPrompts(call)
        if let column = call.arguments.column("column") {
            for other in ["kfold", "test"] where call.arguments.spans[other] != nil {
                throw call.wrong(other, "`column` is the whole split: leave `\(other)` out")
            }
            guard repeats == 1 else { throw call.wrong("repeats", "a column splits in one way: leave `repeats` out") }
            guard column.level == .prompt else { throw call.wrong("column", "`column` takes a column of the prompts") }
            if column.values.contains("train"), column.values.contains("test") { return .given }
            if column.values == ["train"] || column.values == ["test"] {
                throw call.wrong(
                    "column",
                    "`\(column.name)` says \(column.values[0]) of every row that is left: there is nothing to \(column.values[0] == "test" ? "learn from" : "test on")",
                    help: "check `where`")
            }
            guard (2...1000).contains(column.values.count) else {
                throw call.wrong(
                    "column",
                    "`\(column.name)` has \(column.values.isEmpty ? "too many" : "\(column.values.count)") values to hold out in turn",
                    help: "take a column with the values train and test, or with a few groups")
            }
            return .values(inClassOrder(column.values))
        }
        if let folds = call.arguments.int("kfold") {
            guard call.arguments.spans["test"] == nil else {
                throw call.wrong("test", "`kfold` tests every prompt once: leave `test` out")
            }
            guard folds >= 2, folds <= 1000 else { throw call.wrong("kfold", "`kfold` takes 2 to 1,000 folds") }
            return .folds(folds, repeats: repeats)
        }
        let share = call.arguments.double("test") ?? 0.2
        guard share > 0, share < 1 else { throw call.wrong("test", "`test` is a share between 0 and 1") }
        return .shuffled(repeats: repeats)
    }
}
