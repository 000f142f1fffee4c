extension VerbTable {
    /// What `score` reports of classes, in this order.
    public static let metrics = ["accuracy", "precision", "recall", "f1", "auroc", "nonzero"]
    /// What `score` reports of numbers.
    public static let regressionMetrics = ["r2", "mse", "mae", "nonzero"]
    /// What can be asked for one by one, too.
    static let moreMetrics = ["log_loss", "brier"]

    static let scoreVerbs: [Verb] = [
        Verb(
            "predict", .gather, "The class that each row is given by a fit that did not see it.",
            details: """
                Needs a split that holds every row out: `split(kfold=)` or `split(column=)`; `fold` is used up and the rows come \
                back. A class comes with its name, its probability (NaN for ridge and diff_means, which have none) and its \
                decision. Fits of numbers give numbers.
                """,
            example:
                #"capture("poser/aligned-0", "scenarios").resid_post[token=-1, layer=3] | split(kfold=5) | logreg(y=decision) | predict | accuracy(y=decision)"#
        ) { (call) throws(Diagnostic) in
            let fit = try fits(call)
            guard let split = call.input.split, split.holdsOutEveryRow else {
                throw call.mismatch("fits of `split(kfold=)`", help: "with `kfold` every prompt is held out once")
            }
            var type = call.input.with(fit.isRegression ? .float : .label)
            type.dims.removeAll { $0.name == "fold" }
            let rows = call.input.fitRows
            type.dims.insert(contentsOf: rows, at: type.outerCount)
            type.split = nil
            type.columns = call.input.fitColumns
            type.quantity = fit.isRegression ? "prediction" : nil
            return type
        },
        Verb(
            "score", .gather,
            "Accuracy, precision, recall, F1, AUROC on the test rows, and the number of nonzero weights; of numbers r2, mse, mae.",
            [Parameter("metric", .choice(metrics + regressionMetrics.dropLast() + moreMetrics))],
            details: """
                As scikit-learn computes them with zero_division=0; class 1 is the positive one (the right side of `contrast`, the \
                second value of `y`). Of more than two classes precision, recall and F1 are macro averages and AUROC is the mean of \
                each class against the rest. AUROC is NaN where a test set lacks a class. `metric=` gives one of them, log_loss \
                and brier too.
                """,
            example:
                #"capture("narrow", "em-prompts").lora | mean(token) | concat(layer) | contrast(group, "aligned" vs "medical aligned") | balance | split(test=0.2, repeats=20, seed=42) | standardize | logreg(penalty="l1", intercept="liblinear") | score | summary"#
        ) { (call) throws(Diagnostic) in
            let fit = try fits(call)
            var type = call.input.with(.float)
            type.split = nil
            type.fit = nil
            let names = fit.isRegression ? regressionMetrics : metrics
            if let metric = call.arguments.string("metric") {
                guard names.contains(metric) || (!fit.isRegression && moreMetrics.contains(metric)) else {
                    throw call.wrong(
                        "metric",
                        "`\(metric)` does not fit: these fits predict \(fit.isRegression ? "numbers" : "classes")",
                        help: "there is \(names.joined(separator: ", "))")
                }
                if moreMetrics.contains(metric) { try needProbabilities(call, fit) }
                type.quantity = metric
            } else {
                type.dims.append(Dimension("metric", labels: names.map { .string($0) }))
                type.quantity = "score"
            }
            return type
        },
        Verb(
            "roc", .gather,
            "The ROC curve of each fit's test rows: the true positive rate at evenly spaced false positive rates.",
            [Parameter("points", .integer, standard: .int(101))],
            details: """
                The curve's straight lines between thresholds, read at `points` rates from 0 to 1 along the dimension `fpr`, so that \
                curves of several folds can be averaged (`mean`) and drawn (`plot(x=fpr)`). Where the curve rises straight up its \
                upper end counts. Two classes only; NaN where a test set lacks one.
                """,
            example:
                #"capture("narrow", "em-prompts").resid_post[token=-1, layer=3] | contrast(group, "aligned" vs "misaligned") | split(kfold=5, seed=1) | logreg | roc(points=11) | mean"#
        ) { (call) throws(Diagnostic) in
            let fit = try fits(call)
            try needTwoClasses(call, fit)
            let points = call.arguments.int("points") ?? 101
            guard points >= 2, points <= 10_001 else { throw call.wrong("points", "`points` takes 2 to 10,001") }
            var type = call.input.with(.float)
            type.split = nil
            type.fit = nil
            type.dims.append(Dimension("fpr", labels: rates(points).map { .double($0) }))
            type.quantity = "true positive rate"
            return type
        },
        Verb(
            "confusion", .gather,
            "How many test rows of each class were predicted as which: dimensions `actual` and `predicted`.",
            details: """
                Counts over the test rows of each fit; `sum` adds the folds up. Classes have their names, or 0 and 1 where several \
                contrasts have names of their own.
                """,
            example:
                #"capture("narrow", "em-prompts").resid_post[token=-1, layer=3] | split(kfold=5, seed=1) | logreg(y=group) | confusion | sum"#
        ) { (call) throws(Diagnostic) in
            let fit = try fits(call)
            guard !fit.isRegression else { throw call.mismatch("fits of classes") }
            var type = call.input.with(.int)
            type.split = nil
            type.fit = nil
            let labels = classLabels(fit)
            type.dims.append(Dimension("actual", labels: labels))
            type.dims.append(Dimension("predicted", labels: labels))
            type.quantity = "rows"
            return type
        },
        Verb(
            "calibration", .gather,
            "Predicted probability of class 1 against how often it came, in equal bins: columns predicted, observed, rows.",
            [Parameter("bins", .integer, standard: .int(10))],
            details: """
                As scikit-learn's calibration_curve with uniform bins, the empty ones kept as NaN. Along `bin` (its middle) stand \
                along `column`: the mean predicted probability, the share of class 1, and the number of test rows. Two classes, \
                and fits with probabilities: logreg, lda, diff_means(whiten=true).
                """,
            example:
                #"capture("narrow", "em-prompts").resid_post[token=-1, layer=3] | contrast(group, "aligned" vs "misaligned") | split(kfold=5, seed=1) | logreg | calibration(bins=5) | mean"#
        ) { (call) throws(Diagnostic) in
            let fit = try fits(call)
            try needTwoClasses(call, fit)
            try needProbabilities(call, fit)
            let bins = call.arguments.int("bins") ?? 10
            guard bins >= 1, bins <= 1000 else { throw call.wrong("bins", "`bins` takes 1 to 1,000") }
            var type = call.input.with(.float)
            type.split = nil
            type.fit = nil
            type.dims.append(Dimension("bin", labels: binMiddles(bins).map { .double($0) }))
            type.dims.append(Dimension("column", labels: ["predicted", "observed", "rows"].map { .string($0) }))
            type.quantity = "calibration"
            return type
        },
        Verb(
            "weights", .gather,
            "The weights of each fit or probe as a vector over the features, without the intercept; after `standardize` in units of sd.",
            details: """
                Of more than two classes the dimension `class` has one vector each. Weights of a probe that was standardized are in the \
                units of the rows themselves, as it is applied.
                """,
            example:
                #"capture("narrow", "em-prompts").resid_post[token=-1] | contrast(group, "aligned" vs "misaligned") | split(kfold=5, seed=1) | logreg | weights | mean | norm"#
        ) { (call) throws(Diagnostic) in
            let features: Int
            switch call.input.element {
            case .fit(let count), .probe(let count): features = count
            default: throw call.mismatch("fits", help: "`logreg` first")
            }
            var type = call.input.with(.vector(features))
            type.split = nil
            if let fit = call.input.fit, fit.classes.count > 2 {
                type.dims.append(Dimension("class", labels: fit.classes.map { .string($0) }))
            }
            type.fit = nil
            return type
        },
        Verb(
            "apply", .map,
            "The class that a probe gives each row: rows it never saw, of another data set, model or layer.",
            [Parameter("probe", .value, isRequired: true)],
            details: """
                The probe comes from a fit without `split` (`let p = … | logreg(y=…)`) or from `load`. Dimensions that both have \
                (layer, model) are joined by label; further dimensions of the probe are added to the answer. Follow with \
                `accuracy(y=…)`, `auroc(y=…)` or `mean`. A probe of numbers gives numbers.
                """,
            example: """
                let p = capture("narrow", "em-prompts").resid_post[token=-1] | contrast(group, "aligned" vs "misaligned") | standardize | logreg
                capture("emergent", "em-prompts").resid_post[token=-1] | where(group in ["aligned", "misaligned"]) | apply(p) | auroc(y=group)
                """
        ) { (call) throws(Diagnostic) in try applied(call) },
        ranked(
            "auroc",
            "Area under the ROC curve of a score against a column of two values: numbers, or the decisions of classes.",
            details: """
                P(score of class 1 > score of class 0) + ½ P(equal), over all rows (tokens count as rows); class 1 is the second \
                value of the column, or the right side of a `contrast`. Prompts and tokens are used up. NaN where a class has no \
                row. Rows without a value are left out.
                """,
            example:
                #"capture("narrow", "em-prompts").resid_post[token=-1] | where(group in ["aligned", "misaligned"]) | norm | auroc(y=group)"#,
            []),
        ranked(
            "accuracy", "Share of right predictions: classes against a column, or numbers on the right side of `at`.",
            details: """
                A predicted class is right where its name is the column's value; rows without a prediction are left out. Numbers \
                predict class 1 (the second value of the column, the right side of a `contrast`) where they are > at.
                """,
            example:
                #"capture("poser/aligned-0", "scenarios").resid_post[token=-1] | split(kfold=5) | logreg(y=decision) | predict | accuracy(y=decision)"#,
            [Parameter("at", .number, standard: .double(0))]),
    ]

    private static func fits(_ call: VerbCall) throws(Diagnostic) -> QueryType.FitShape {
        switch call.input.element {
        case .fit: return call.input.fit ?? QueryType.FitShape(classes: [])
        case .probe:
            throw call.mismatch(
                "fits with held-out rows", help: "`split` before the fit, or `apply` the probe to other rows")
        default: throw call.mismatch("fits", help: "`logreg` first")
        }
    }

    private static func needTwoClasses(_ call: VerbCall, _ fit: QueryType.FitShape) throws(Diagnostic) {
        guard !fit.isRegression, fit.classes.count <= 2 else {
            throw call.mismatch("fits of two classes", help: "choose two: `contrast(column, \"a\" vs \"b\")`")
        }
    }

    private static func needProbabilities(_ call: VerbCall, _ fit: QueryType.FitShape) throws(Diagnostic) {
        guard fit.hasProbabilities else {
            throw Diagnostic(
                "no-probabilities", call.nameSpan, "these fits rank rows and give no probabilities",
                help: "fit with `logreg` or `lda`")
        }
    }

    /// The classes along a dimension.
    static func classLabels(_ fit: QueryType.FitShape) -> [Label] {
        fit.classes.isEmpty ? [.int(0), .int(1)] : fit.classes.map { .string($0) }
    }

    /// Evenly spaced shares from 0 to 1.
    public static func rates(_ count: Int) -> [Double] { (0..<count).map { Double($0) / Double(count - 1) } }

    /// The middles of equal bins from 0 to 1.
    public static func binMiddles(_ count: Int) -> [Double] {
        (0..<count).map { (2 * Double($0) + 1) / Double(2 * count) }
    }

    private static func applied(_ call: VerbCall) throws(Diagnostic) -> QueryType {
        let input = call.input
        guard let probe = call.arguments.node("probe")?.type, case .probe(let features) = probe.element else {
            throw call.wrong(
                "probe", "`apply` takes a probe",
                help: "a fit without `split` is one: `let p = … | logreg(y=…)`, or `load(name)`")
        }
        let width: Int
        switch input.element {
        case .vector(let count): width = count
        case .float, .int, .bool: width = 1
        default: throw call.mismatch("vectors or numbers", help: wordsForSite(input.element))
        }
        guard width == features else {
            throw call.wrong("probe", "the probe has \(features) features; these rows have \(width)")
        }
        var type = input.with(probe.fit?.isRegression == true ? .float : .label)
        type.quantity = probe.fit?.isRegression == true ? "prediction" : nil
        type.fit = probe.fit
        for dim in probe.dims {
            guard let own = input.dim(dim.name) else {
                guard !dim.isOuter else {
                    throw call.wrong(
                        "probe", "the probe has a dimension `\(dim.name)` that these rows have not",
                        help: "choose one of it: `p[\(dim.name)=…]`")
                }
                type.dims.append(dim)
                continue
            }
            guard let mine = own.labels, let theirs = dim.labels, mine.allSatisfy({ theirs.contains($0) }) else {
                throw call.wrong(
                    "probe", "the probe has no entry for every \(dim.name) of these rows",
                    help: "choose those that both have: `[\(dim.name)=…]`")
            }
        }
        return type
    }

    /// `auroc` and `accuracy`: rows against a column of their prompts.
    private static func ranked(
        _ name: String, _ summary: String, details: String, example: String, _ more: [Parameter]
    ) -> Verb {
        Verb(name, .gather, summary, [Parameter("y", .column).sweeping] + more, details: details, example: example) {
            (call) throws(Diagnostic) in
            guard call.input.hasRows, call.input.element.isNumeric || call.input.element == .label else {
                throw call.mismatch(
                    "numbers or classes that still have their prompts", help: wordsForNumbers(call.input.element))
            }
            if let y = call.arguments.column("y") {
                guard !call.input.isContrasted else {
                    throw call.wrong("y", "the classes come from `contrast` already: leave `y=` out")
                }
                guard y.level == .prompt else { throw call.wrong("y", "`y` takes a column of the prompts") }
                let isNamed = name == "accuracy" && call.input.element == .label
                guard isNamed || y.values.isEmpty || y.values.count == 2 else {
                    throw call.wrong(
                        "y", "`\(y.name)` has \(y.values.count) different values, and two are needed",
                        help: "choose two: `contrast(\(SyntaxPrinter.name(y.name)), \"\(y.values.first ?? "a")\" vs …)`"
                    )
                }
            } else if !call.input.isContrasted {
                throw Diagnostic(
                    "no-classes", call.nameSpan, "`\(name)` does not know the classes",
                    help: "name a column: `\(name)(y=…)`, or `contrast(column, \"a\" vs \"b\")` first")
            }
            if name == "auroc", let fit = call.input.fit, call.input.element == .label, fit.classes.count > 2 {
                throw call.mismatch("two classes", help: "`accuracy(y=…)` counts several")
            }
            var type = call.input.without(["prompt", "token"], by: call.text, at: call.span).with(.float)
            type.isContrasted = false
            type.fit = nil
            type.quantity = name
            return type
        }
    }
}
