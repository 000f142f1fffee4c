extension VerbTable {
    static let probeVerbs: [Verb] = [
        Verb(
            "logreg", .iterate,
            "Logistic regression, one fit per split, C and grid cell; C multiplies the loss as in scikit-learn.",
            [
                Parameter("y", .column).sweeping,
                Parameter("penalty", .choice(["l1", "l2"]), standard: .string("l2")),
                Parameter("C", .numbers, standard: .double(1)),
                Parameter("intercept", .choice(["free", "liblinear"]), standard: .string("free")),
                Parameter("max_iter", .integer, standard: .int(1000)),
            ],
            details: """
                l2 minimises ½‖w‖² + C Σ log(1 + exp(−y(w·x + b))), l1 ‖w‖₁ + C Σ …; intercept="liblinear" puts b into the \
                penalty, as scikit-learn's liblinear solver does, "free" leaves it out. Of `y` with more than two values l2 is \
                the softmax regression, l1 one fit per class against the rest. λ = 1/(C·n) is said with every answer. After \
                `split` the answer is a fit per split, to `score` or `predict`; without one a probe of all rows, to `save` or \
                `apply`. A list of C adds the dimension `C`, each fit started from its neighbour.
                """,
            example:
                #"capture("narrow", "em-prompts").resid_post[token=-1] | contrast(group, "aligned" vs "misaligned") | split(kfold=5, seed=1) | standardize | logreg(C=[0.01, 1]) | score(metric="auroc") | mean"#
        ) { (call) throws(Diagnostic) in
            for item in call.arguments.items("C") {
                guard let value = item.number, value > 0 else { throw call.wrong("C", "C must be positive") }
            }
            if let steps = call.arguments.int("max_iter"), steps < 1 {
                throw call.wrong("max_iter", "`max_iter` takes 1 step or more")
            }
            return swept(try fitType(call), "C", call)
        },
        Verb(
            "ridge", .gather,
            "Ridge regression: of classes on ±1 as scikit-learn's RidgeClassifier, of a column of numbers on the numbers.",
            [
                Parameter("y", .column).sweeping,
                Parameter("alpha", .numbers, standard: .double(1)),
                Parameter("task", .choice(["auto", "classes", "numbers"]), standard: .string("auto")),
            ],
            details: """
                Minimises Σ(y − w·x − b)² + alpha·‖w‖², b free. `y` with numbers (int or double) is predicted as a number: \
                `score` gives r2, mse, mae; text and true/false, or a `contrast`, are classes: the sign of the decision (of \
                several, the largest). task="classes" makes classes of whole numbers. There are no probabilities. A list of \
                alpha adds the dimension `alpha`; all of them share one matrix of products.
                """,
            example:
                #"capture("narrow", "em-prompts").resid_post[token=-1] | contrast(group, "aligned" vs "misaligned") | split(kfold=5, seed=1) | ridge(alpha=[1, 100]) | score(metric="accuracy") | mean"#
        ) { (call) throws(Diagnostic) in
            for item in call.arguments.items("alpha") {
                guard let value = item.number, value >= 0 else { throw call.wrong("alpha", "alpha must be 0 or more") }
            }
            var regression = false
            if let y = call.arguments.column("y"), !call.input.isContrasted {
                let isNumber = y.kind == .int || y.kind == .double
                let task = call.arguments.string("task") ?? "auto"
                regression = task == "numbers" || (task == "auto" && isNumber)
                guard !regression || isNumber else {
                    throw call.wrong("y", "`\(y.name)` holds no numbers", help: "leave task=\"numbers\" out")
                }
            }
            return swept(try fitType(call, regression: regression, probabilities: false), "alpha", call)
        },
        Verb(
            "lda", .gather, "Linear discriminant analysis, with shrinkage of the covariance where it is asked for.",
            [
                Parameter("y", .column).sweeping,
                Parameter("shrinkage", .choiceOrNumber(["none", "auto"]), standard: .string("none")),
            ],
            details: """
                As scikit-learn's LinearDiscriminantAnalysis(solver="lsqr"): w = C⁻¹(μ₁ − μ₀) with C the covariance within the \
                classes, priors from the training rows. shrinkage=0.3 draws each class's covariance towards its mean variance; \
                "auto" takes Ledoit and Wolf's amount. Without shrinkage and with fewer rows than features C has no inverse: the \
                pseudo-inverse is taken and the answer says so.
                """,
            example:
                #"capture("narrow", "em-prompts").resid_post[token=-1] | contrast(group, "aligned" vs "misaligned") | split(kfold=5, seed=1) | lda(shrinkage="auto") | score(metric="auroc") | mean"#
        ) { (call) throws(Diagnostic) in
            if let share = call.arguments.double("shrinkage"), !(share >= 0 && share <= 1) {
                throw call.wrong("shrinkage", "`shrinkage` is a share from 0 to 1, \"auto\" or none")
            }
            return try fitType(call)
        },
        Verb(
            "diff_means", .merge,
            "Mean of class 1 minus mean of class 0: a direction; after `split` a probe with its midpoint threshold.",
            [Parameter("y", .column).sweeping, Parameter("whiten", .boolean, standard: .bool(false))],
            details: """
                Without `split` the answer is the direction itself, a vector per contrast in the units of the activations. \
                whiten=true is the mass-mean probe (Marks & Tegmark 2023): C⁻¹(μ₁ − μ₀) with C the covariance within the classes; \
                it is a probe to `apply` or `save` even without a split. The threshold lies halfway between the means.
                """,
            example:
                #"capture("narrow", "em-prompts").resid_post[token=-1] | contrast(group, "aligned" vs "misaligned") | diff_means | norm"#
        ) { (call) throws(Diagnostic) in
            let whiten = call.arguments.bool("whiten") ?? false
            if call.input.split != nil || whiten {
                let type = try fitType(call, probabilities: whiten)
                if let fit = type.fit, fit.classes.count > 2 {
                    throw call.wrong(
                        "y", "a difference of means takes two classes; there are \(fit.classes.count)",
                        help: "choose two: `contrast(column, \"a\" vs \"b\")`")
                }
                return type
            }
            guard call.input.isContrasted, call.input.element.isVector else {
                throw call.mismatch("vectors with classes", help: "`contrast(group, \"a\" vs \"b\")` first")
            }
            var type = call.input.without(["prompt", "token"], by: call.text, at: call.span)
            type.isContrasted = false
            type.isBalanced = false
            return type
        },
        Verb(
            "converge", .map,
            "The first entry along a dimension from which the prediction never changes again; for numbers, stays ≥ `at` or `within` a distance of the last.",
            [
                Parameter("dim", .dimension, isRequired: true), Parameter("at", .number), Parameter("within", .number),
            ],
            details: """
                The answer is the entry's label as a number (a layer, say). Classes settle where they never change again; numbers \
                where they stay ≥ at, or within a distance of their last value; NaN where they never do. Rows that no fit held out \
                are left out of what follows.
                """,
            example:
                #"capture("poser/*", "scenarios").resid_post[token=-1] | split(kfold=5) | logreg(y=decision) | predict | converge(layer) | summary"#
        ) { (call) throws(Diagnostic) in
            let name = call.arguments.dims("dim").first ?? ""
            guard let dim = call.input.dim(name), !dim.isSample, !dim.isOuter else {
                throw call.wrong("dim", "`converge` runs along a grid dimension such as `layer`")
            }
            let (at, within) = (call.arguments.double("at"), call.arguments.double("within"))
            switch call.input.element {
            case .label:
                guard at == nil, within == nil else {
                    throw call.wrong(at == nil ? "within" : "at", "classes settle or not: leave `at` and `within` out")
                }
            case .float, .int:
                guard at != nil || within != nil else {
                    throw call.wrong("at", "for numbers `converge` needs the level: `converge(\(name), at=0.9)`")
                }
                guard at == nil || within == nil else {
                    throw call.wrong("within", "give `at` or `within`, not both")
                }
                if let within, within < 0 { throw call.wrong("within", "`within` is a distance, 0 or more") }
            default: throw call.mismatch("predicted classes or numbers")
            }
            var type = call.input.without([name], by: call.text, at: call.span).with(.float)
            type.quantity = "\(name) of convergence"
            type.fit = nil
            return type
        },
    ]

    /// The type with a dimension for a parameter that was given as a list.
    private static func swept(_ type: QueryType, _ parameter: String, _ call: VerbCall) -> QueryType {
        guard call.arguments.isSweep(parameter) else { return type }
        var type = type
        type.dims.append(Dimension(parameter, labels: call.arguments.items(parameter).compactMap(\.label)))
        return type
    }

    /// Classes that one fit tells apart at most.
    public static let classLimit = 100

    /// One fit per grid cell and split, the rows used up and remembered; without a split one probe per grid cell.
    private static func fitType(
        _ call: VerbCall, regression: Bool = false, probabilities: Bool = true
    ) throws(Diagnostic) -> QueryType {
        let features: Int
        switch call.input.element {
        case .vector(let width): features = width
        case .float, .int, .bool: features = 1
        default: throw call.mismatch("vectors or numbers", help: wordsForSite(call.input.element))
        }
        guard call.input.hasRows else { throw call.mismatch("a value that still has its prompts") }
        var fit = QueryType.FitShape(classes: [], isRegression: regression, hasProbabilities: probabilities)
        if let y = call.arguments.column("y") {
            guard !call.input.isContrasted else {
                throw call.wrong("y", "the classes come from `contrast` already: leave `y=` out")
            }
            guard y.level == .prompt else { throw call.wrong("y", "`y` takes a column of the prompts") }
            if !regression {
                guard y.values.isEmpty || (2...classLimit).contains(y.values.count) else {
                    throw call.wrong(
                        "y",
                        y.values.count < 2
                            ? "`\(y.name)` has one value only, and two are needed"
                            : "`\(y.name)` has \(y.values.count) different values, too many for classes",
                        help: y.values.count < 2
                            ? "check `where`"
                            : "choose two: `contrast(\(SyntaxPrinter.name(y.name)), \"\(y.values[0])\" vs …)`")
                }
                fit.classes = inClassOrder(y.values)
            }
        } else if call.input.isContrasted {
            // One contrast names the classes; of several each has its own.
            if let dim = call.input.dim("contrast"), dim.labels?.count == 1 { fit.classes = call.input.contrastClasses }
        } else {
            throw Diagnostic(
                "no-classes", call.nameSpan, "`\(call.verb)` does not know the classes",
                help: "name a column: `\(call.verb)(y=…)`, or `contrast(column, \"a\" vs \"b\")` before the split")
        }
        let rows = call.input.dims.filter { $0.name == "prompt" || $0.name == "token" }
        let split = call.input.split
        var type = call.input.without(["prompt", "token"], by: call.text, at: call.span)
            .with(split == nil ? .probe(features: features) : .fit(features: features))
        type.fitRows = rows
        type.fitColumns = call.input.columns
        type.fit = fit
        type.isBalanced = false
        type.isContrasted = false
        if let split { type.dims += split.dims }
        return type
    }

    /// Values of a column as classes 0, 1, …: numbers by size, texts by their bytes.
    public static func inClassOrder(_ values: [String]) -> [String] {
        let numbers = values.compactMap(Double.init)
        if numbers.count == values.count {
            return zip(numbers, values).sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.1)
        }
        return values.sorted()
    }
}
