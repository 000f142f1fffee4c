extension VerbTable {
    static let inferenceVerbs: [Verb] = [
        Verb(
            "bootstrap", .gather,
            "The mean over resampled prompts, n times: a dimension `boot` in place of prompts and tokens.",
            [
                Parameter("n", .integer, standard: .int(1000)), Parameter("seed", .integer, standard: .int(0)),
            ],
            details: """
                Whole prompts are drawn with replacement, as many as there are, with all their tokens: tokens of one prompt are \
                no independent observations. Each resample gives the mean over all its cells, as `mean` does. Resamples depend on \
                seed, number and prompt ids only, so that differences and ratios of two bootstrapped means of the same prompts are \
                paired: compute with them, then `ci`. `std` over boot is the standard error.
                """,
            example:
                #"capture("narrow", "em-prompts").resid_post | norm | bootstrap(200, seed=1) | ci(0.95)"#
        ) { (call) throws(Diagnostic) in
            guard call.input.has("prompt"), call.input.element.isNumeric || call.input.element.isVector else {
                throw call.mismatch(
                    "numbers or vectors that still have their prompts", help: wordsForNumbers(call.input.element))
            }
            guard !call.input.has("boot") else { throw call.mismatch("a value without `boot`") }
            let n = call.arguments.int("n") ?? 1000
            guard n >= 1, n <= 100_000 else { throw call.wrong("n", "`bootstrap` takes 1 to 100,000 resamples") }
            var type = call.input.without(Set(call.input.sampleDims), by: call.text, at: call.span)
            if !type.element.isVector { type.element = .float }
            type.dims.insert(Dimension("boot", labels: (0..<n).map { .int($0) }), at: type.outerCount)
            return type
        },
        Verb(
            "ci", .gather, "An interval: percentiles of `boot`, or Student's t of the mean of independent values.",
            [Parameter("level", .number, standard: .double(0.95))],
            details: """
                After `bootstrap` the percentiles (1 − level)/2 and (1 + level)/2 of the resamples with their mean between them. Of \
                prompts (one value each), repeats or folds: mean ± t·s/√n. Repeats and folds share training rows, so that theirs is \
                too narrow, and the answer says so. Tokens of one prompt are not independent: `mean(token)` or `bootstrap` first.
                """,
            example:
                #"capture("narrow", "em-prompts").lora | where(role == "assistant") | mean(token) | ci"#
        ) { (call) throws(Diagnostic) in
            guard call.input.element.isNumeric else {
                throw call.mismatch("numbers", help: wordsForNumbers(call.input.element))
            }
            let level = call.arguments.double("level") ?? 0.95
            guard level > 0, level < 1 else {
                throw call.wrong("level", "`level` is a share between 0 and 1, such as 0.95")
            }
            guard !call.input.has("token") else {
                throw Diagnostic(
                    "dependent-tokens", call.nameSpan, "tokens of one prompt are not independent observations",
                    help: "`mean(token)` first, or `bootstrap(1000, seed=1)`, which resamples whole prompts")
            }
            guard !call.input.sampleDims.isEmpty else {
                throw call.mismatch(
                    "values along `boot`, `prompt`, `rep` or `fold`", help: "`bootstrap(1000, seed=1)` first")
            }
            let used = call.input.has("boot") ? ["boot"] : call.input.sampleDims
            if let rest = call.input.sampleDims.first(where: { !used.contains($0) }) {
                throw call.mismatch("resamples without `\(rest)`", help: "`mean(\(rest))` first")
            }
            return call.input.without(Set(used), by: call.text, at: call.span).with(.interval)
        },
        Verb(
            "permutation_test", .gather,
            "Would prompts whose values of a column were exchanged differ as much? Statistic, p-value and permutations.",
            [
                Parameter("column", .column).sweeping, Parameter("n", .integer, standard: .int(1000)),
                Parameter("seed", .integer, standard: .int(0)),
            ],
            details: """
                Of two values the statistic is mean(B) − mean(A) over all cells (B the second value, or the right side of a \
                `contrast`), two-sided; of vectors the length of that difference; of more values the F ratio between and within \
                them, over the prompts' means. Values move with whole prompts. p = (1 + #{|T*| ≥ |T|}) / (1 + n); where all \
                exchanges are at most n each is taken once and p is exact.
                """,
            example:
                #"capture("narrow", "em-prompts").resid_post[token=-1] | where(group in ["aligned", "misaligned"]) | norm | permutation_test(group, n=500, seed=1)"#
        ) { (call) throws(Diagnostic) in
            guard call.input.has("prompt"), call.input.element.isNumeric || call.input.element.isVector else {
                throw call.mismatch(
                    "numbers or vectors that still have their prompts", help: wordsForNumbers(call.input.element))
            }
            let n = call.arguments.int("n") ?? 1000
            guard n >= 1, n <= 1_000_000 else {
                throw call.wrong("n", "`permutation_test` takes 1 to 1,000,000 permutations")
            }
            try classColumn(call, "column", several: !call.input.element.isVector)
            var type = call.input.without(Set(call.input.sampleDims), by: call.text, at: call.span).with(.test)
            type.isContrasted = false
            return type
        },
        Verb(
            "correlate", .gather,
            "Correlation with a column of numbers, or with another value of the same prompts: coefficient, p-value and n.",
            [
                Parameter("column", .column).sweeping, Parameter("with", .value),
                Parameter("method", .choice(["spearman", "pearson"]), standard: .string("spearman")),
            ],
            details: """
                Spearman's ρ with ties at their mean rank, or Pearson's r; two-sided p from Student's t with n − 2 degrees of \
                freedom, as scipy.stats. One value a prompt: `mean(token)` first where there are tokens. Prompts without a number \
                on either side are left out; NaN where a side doesn't vary. `with=` takes another value, joined by prompt id and by the \
                labels of shared dimensions.
                """,
            example: """
                let size = capture("narrow", "em-prompts").resid_post[token=-1, layer=3] | norm
                capture("narrow", "em-prompts").lora | mean(token) | correlate(with=size)
                """
        ) { (call) throws(Diagnostic) in
            guard call.input.has("prompt"), call.input.element.isNumeric else {
                throw call.mismatch("numbers that still have their prompts", help: wordsForNumbers(call.input.element))
            }
            guard !call.input.has("token") else {
                throw Diagnostic(
                    "dependent-tokens", call.nameSpan, "tokens of one prompt are not independent observations",
                    help: "`mean(token)` first: one value a prompt")
            }
            try correlated(call)
            if let other = call.input.sampleDims.first(where: { $0 != "prompt" }) {
                throw call.mismatch("values without `\(other)`", help: "`mean(\(other))` first")
            }
            return call.input.without(["prompt"], by: call.text, at: call.span).with(.test)
        },
        Verb(
            "verdict", .gather,
            "Which model of each pair a score points to: how often it is the wanted one, over all pairs, with an interval.",
            [
                Parameter("pairs", .contrasts, isRequired: true),
                Parameter("rule", .choice(["higher", "lower"]), standard: .string("higher")),
                Parameter("vote", .dimension), Parameter("level", .number, standard: .double(0.95)),
                Parameter("interval", .choice(["wilson", "exact", "models"]), standard: .string("wilson")),
                Parameter("show", .choice(["accuracy", "pairs"]), standard: .string("accuracy")).single,
            ],
            details: """
                `pairs` names two groups of models, `"poser/aligned-*" vs "poser/faker-*"`: every model of the left side is paired with \
                every one of the right, and the right one is wanted. rule="higher" chooses the model with the higher score. \
                vote=layer lets each layer vote and the majority choose. Equal scores are ties: no choice, counted as half a hit. \
                The interval is Wilson's over the pairs, "exact" Clopper and Pearson's; both take pairs as independent though they \
                share models, "models" (DeLong) does not. show="pairs" lists every pair with its scores and the choice.
                """,
            example:
                #"capture("poser/*", "scenarios").resid_post[token=-1] | norm | mean | verdict("poser/aligned-*" vs "poser/faker-*", rule="higher")"#
        ) { (call) throws(Diagnostic) in
            guard call.input.element.isNumeric, let models = call.input.dim("model")?.labels else {
                throw call.mismatch("a score for every model", help: "`capture(\"poser/*\", …) … | mean | verdict(…)`")
            }
            if let sample = call.input.sampleDims.first {
                throw call.mismatch("one score for every model", help: "`mean(\(sample))` first")
            }
            let level = call.arguments.double("level") ?? 0.95
            guard level > 0, level < 1 else {
                throw call.wrong("level", "`level` is a share between 0 and 1, such as 0.95")
            }
            for contrast in call.arguments.contrasts("pairs") {
                for pattern in [contrast.negative, contrast.positive]
                where !models.contains(where: { matches(pattern, $0.description) }) {
                    throw Diagnostic.unknown(
                        "model", pattern, among: models.map(\.description),
                        at: call.arguments.spans["pairs"] ?? call.span)
                }
            }
            var gone: Set<String> = ["model"]
            if let vote = call.arguments.dims("vote").first {
                guard vote != "model" else {
                    throw call.wrong("vote", "the models are what is chosen from: let `layer` vote")
                }
                gone.insert(vote)
            }
            let type = call.input.without(gone, by: call.text, at: call.span)
            guard call.arguments.string("show") == "pairs" else {
                var accuracy = type.with(.interval)
                accuracy.quantity = "right pairs"
                return accuracy
            }
            return QueryType(
                .table(
                    type.dims.map { TableColumn($0.name, .string) }
                        + [
                            TableColumn("other", .string), TableColumn("wanted", .string),
                            TableColumn("score_other", .double),
                            TableColumn("score_wanted", .double), TableColumn("chosen", .string),
                            TableColumn("right", .string),
                        ]))
        },
    ]

    /// The other side of a correlation: a column of numbers, or a value with one number a prompt.
    private static func correlated(_ call: VerbCall) throws(Diagnostic) {
        if let other = call.arguments.node("with")?.type {
            guard call.arguments.column("column") == nil else {
                throw call.wrong("with", "give a column or `with`, not both")
            }
            guard other.element.isNumeric, other.sampleDims == ["prompt"] else {
                throw call.wrong("with", "`with` takes one number a prompt; this is \(other)")
            }
            if let lone = other.dims.first(where: { $0.name != "prompt" && !call.input.has($0.name) }) {
                throw call.wrong(
                    "with", "the other value has a dimension `\(lone.name)` that the left side has not",
                    help: "choose one of it: `[\(lone.name)=…]`")
            }
            return
        }
        guard let column = call.arguments.column("column") else {
            throw Diagnostic(
                "missing-argument", call.nameSpan, "`correlate` needs a column, or `with=` another value",
                help: "`correlate(score)`")
        }
        guard column.level == .prompt, column.kind == .int || column.kind == .double else {
            throw call.wrong(
                "column", "`correlate` takes a prompt's column of numbers",
                help: "of two classes `auroc(y=…)` tells how well a number ranks them")
        }
    }

    /// Whether a name fits a pattern in which `*` stands for any text.
    public static func matches(_ pattern: String, _ name: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false).map { Array($0.utf8) }
        let text = Array(name.utf8)
        guard parts.count > 1 else { return parts.first ?? [] == text }
        guard let first = parts.first, let last = parts.last, text.count >= first.count + last.count,
            text.starts(with: first), text.suffix(last.count).elementsEqual(last)
        else { return false }
        // Greedy from the left: the first place of each part in between is the best one.
        var place = first.count
        let end = text.count - last.count
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard
                let found = (place..<max(place, end - part.count + 1)).first(where: {
                    text[$0..<$0 + part.count].elementsEqual(part)
                })
            else { return false }
            place = found + part.count
        }
        return place <= end
    }

    /// A column of classes, or the `contrast` before.
    private static func classColumn(_ call: VerbCall, _ parameter: String, several: Bool) throws(Diagnostic) {
        guard let column = call.arguments.column(parameter) else {
            guard call.input.isContrasted else {
                throw Diagnostic(
                    "no-classes", call.nameSpan, "`\(call.verb)` does not know the classes",
                    help: "name a column: `\(call.verb)(group)`, or `contrast(column, \"a\" vs \"b\")` first")
            }
            return
        }
        guard !call.input.isContrasted else {
            throw call.wrong(parameter, "the classes come from `contrast` already: leave the column out")
        }
        guard column.level == .prompt else {
            throw call.wrong(parameter, "`\(call.verb)` takes a column of the prompts")
        }
        let count = column.values.count
        guard count == 0 || count == 2 || (several && count > 2 && count <= classLimit) else {
            throw call.wrong(
                parameter, "`\(column.name)` has \(count) different values, and two are needed",
                help:
                    "choose two: `contrast(\(SyntaxPrinter.name(column.name)), \"\(column.values.first ?? "a")\" vs …)`"
            )
        }
    }
}
