extension VerbTable {
    /// What `score` reports, in this order.
    public static let metrics = ["accuracy", "precision", "recall", "f1", "auroc", "nonzero"]

    static let probeVerbs: [Verb] = [
        Verb(
            "logreg", .iterate,
            "Logistic regression, one fit per split, C and grid cell; C multiplies the loss as in scikit-learn.",
            [
                Parameter("y", .column),
                Parameter("penalty", .choice(["l1", "l2"]), standard: .string("l2")),
                Parameter("C", .numbers, standard: .double(1)),
                Parameter("intercept", .choice(["free", "liblinear"]), standard: .string("free")),
                Parameter("max_iter", .integer, standard: .int(1000)),
            ]
        ) { (call) throws(Diagnostic) in
            for item in call.arguments.items("C") {
                guard let value = item.number, value > 0 else { throw call.wrong("C", "C must be positive") }
            }
            var type = try fitType(call)
            if call.arguments.isSweep("C") {
                type.dims.append(Dimension("C", labels: call.arguments.items("C").compactMap(\.label)))
            }
            return type
        },
        Verb(
            "diff_means", .merge,
            "Mean of class 1 minus mean of class 0: a direction; after `split` a probe with its midpoint threshold.",
            [Parameter("y", .column)]
        ) { (call) throws(Diagnostic) in
            if call.input.split != nil { return try fitType(call) }
            guard call.input.isContrasted, call.input.element.isVector else {
                throw call.mismatch("vectors with classes", help: "`contrast(group, \"a\" vs \"b\")` first")
            }
            var type = call.input.without(["prompt", "token"], by: call.text, at: call.span)
            type.isContrasted = false
            type.isBalanced = false
            return type
        },
        Verb("predict", .gather, "The class that each row is given by a fit that did not see it.") {
            (call) throws(Diagnostic) in
            guard case .fit = call.input.element else { throw call.mismatch("fits", help: "`logreg` first") }
            guard case .folds? = call.input.split else {
                throw call.mismatch("fits of `split(kfold=)`", help: "with `kfold` every prompt is held out once")
            }
            var type = call.input.with(.label)
            type.dims.removeAll { $0.name == "fold" }
            let rows = call.input.fitRows
            type.dims.insert(contentsOf: rows, at: type.outerCount)
            type.split = nil
            type.columns = call.input.fitColumns
            return type
        },
        Verb(
            "score", .gather,
            "Accuracy, precision, recall, F1, AUROC on the test rows, and the number of nonzero weights.",
            [Parameter("metric", .choice(metrics))]
        ) { (call) throws(Diagnostic) in
            guard case .fit = call.input.element else { throw call.mismatch("fits", help: "`logreg` first") }
            var type = call.input.with(.float)
            type.split = nil
            if let metric = call.arguments.string("metric") {
                type.quantity = metric
            } else {
                type.dims.append(Dimension("metric", labels: metrics.map { .string($0) }))
                type.quantity = "score"
            }
            return type
        },
        Verb(
            "weights", .gather,
            "The weights of each fit as a vector over the features, without the intercept; after `standardize` in units of sd."
        ) {
            (call) throws(Diagnostic) in
            guard case .fit(let features) = call.input.element else {
                throw call.mismatch("fits", help: "`logreg` first")
            }
            var type = call.input.with(.vector(features))
            type.split = nil
            return type
        },
        Verb(
            "converge", .map,
            "The first entry along a dimension from which the prediction never changes again; for numbers, stays ≥ `at`.",
            [Parameter("dim", .dimension, isRequired: true), Parameter("at", .number)]
        ) { (call) throws(Diagnostic) in
            let name = call.arguments.dims("dim").first ?? ""
            guard let dim = call.input.dim(name), !dim.isSample, !dim.isOuter else {
                throw call.wrong("dim", "`converge` runs along a grid dimension such as `layer`")
            }
            switch call.input.element {
            case .label: break
            case .float, .int:
                guard call.arguments.double("at") != nil else {
                    throw call.wrong("at", "for numbers `converge` needs the level: `converge(\(name), at=0.9)`")
                }
            default: throw call.mismatch("predicted classes or numbers")
            }
            var type = call.input.without([name], by: call.text, at: call.span).with(.float)
            type.quantity = "\(name) of convergence"
            return type
        },
    ]

    /// One fit per grid cell and split; the rows are used up and remembered.
    private static func fitType(_ call: VerbCall) throws(Diagnostic) -> QueryType {
        let features: Int
        switch call.input.element {
        case .vector(let width): features = width
        case .float, .int, .bool: features = 1
        default: throw call.mismatch("vectors or numbers", help: wordsForSite(call.input.element))
        }
        guard call.input.hasRows else { throw call.mismatch("a value that still has its prompts") }
        guard let split = call.input.split else {
            throw Diagnostic(
                "no-split", call.nameSpan, "`\(call.verb)` needs to know which rows are held out",
                help: "put `split(test=0.2, repeats=20, seed=42)` or `split(kfold=5)` before it")
        }
        if let y = call.arguments.column("y") {
            guard !call.input.isContrasted else {
                throw call.wrong("y", "the classes come from `contrast` already: leave `y=` out")
            }
            guard y.level == .prompt else { throw call.wrong("y", "`y` takes a column of the prompts") }
            guard y.values.isEmpty || y.values.count == 2 else {
                throw call.wrong(
                    "y", "`\(y.name)` has \(y.values.count) different values, and two are needed",
                    help: "choose two: `contrast(\(y.name), \"\(y.values[0])\" vs …)`")
            }
        } else if !call.input.isContrasted {
            throw Diagnostic(
                "no-classes", call.nameSpan, "`\(call.verb)` does not know the classes",
                help: "name a column: `\(call.verb)(y=…)`, or `contrast(column, \"a\" vs \"b\")` before the split")
        }
        let rows = call.input.dims.filter { $0.name == "prompt" || $0.name == "token" }
        var type = call.input.without(["prompt", "token"], by: call.text, at: call.span).with(.fit(features: features))
        type.fitRows = rows
        type.fitColumns = call.input.columns
        type.isBalanced = false
        type.isContrasted = false
        switch split {
        case .shuffled(let repeats): type.dims.append(Dimension("rep", labels: (0..<repeats).map { .int($0) }))
        case .folds(let folds): type.dims.append(Dimension("fold", labels: (0..<folds).map { .int($0) }))
        }
        return type
    }
}
