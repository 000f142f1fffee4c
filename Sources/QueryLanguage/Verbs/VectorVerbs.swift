extension VerbTable {
    static let vectorVerbs: [Verb] = [
        measure("cosine", "cos of the angle between the two sides, or with the vector given; accumulated in f64."),
        measure("dot", "Inner product of the two sides, or with the vector given."),
        measure("distance", "Euclidean distance of the two sides, or from the vector given."),
        measure(
            "angle", "Angle between the two sides, or with the vector given; exact for nearly parallel ones too.",
            [Parameter("unit", .choice(["degrees", "radians"]), standard: .string("degrees"))]),
        Verb(
            "norm", .map, "Length of each vector: (Σ|xᵢ|ᵖ)^(1/p), Euclidean for p = 2; p = 0 counts what is not 0.",
            [Parameter("p", .number, standard: .int(2))]
        ) { (call) throws(Diagnostic) in
            guard call.input.element.vectorWidth != nil else {
                throw call.mismatch("vectors", help: wordsForSite(call.input.element))
            }
            let p = call.arguments.double("p") ?? 2
            guard p == 0 || (p >= 1 && p <= 64) else {
                throw call.wrong("p", "`p` is 0 or 1 … 64: below 1 it is no length", help: "`norm(1)`, `norm(2)`")
            }
            var type = call.input.with(call.input.element.mapSides { _ in .float })
            type.quantity = p == 2 ? "norm" : "norm(\(Constant.text(of: p)))"
            return type
        },
        Verb(
            "normalize", .map,
            "Each vector divided by its Euclidean length; numbers by the length along the dimensions named. Zero stays zero.",
            [Parameter("dims", .dimension, isVariadic: true)]
        ) { (call) throws(Diagnostic) in
            let named = call.arguments.dims("dims")
            if call.input.element.vectorWidth != nil {
                guard named.isEmpty else {
                    throw call.wrong(
                        "dims", "vectors are normalised over their features, not over `\(named[0])`",
                        help: "`normalize` without a dimension")
                }
                return call.input
            }
            guard call.input.element.isNumeric else {
                throw call.mismatch("vectors or numbers", help: wordsForSite(call.input.element))
            }
            guard !named.isEmpty else {
                throw Diagnostic(
                    "missing-argument", call.nameSpan, "`normalize` of numbers needs the dimension they run along",
                    help: "`normalize(\(call.input.dims.last?.name ?? "layer"))`")
            }
            return call.input.with(.float)
        },
        projection("project", "The part of each vector along a direction: (x·v / v·v) v."),
        projection("project_out", "Each vector without its part along a direction: x − (x·v / v·v) v."),
        Verb(
            "center", .merge,
            "Each vector or number minus the mean over the dimensions named; without any, over all samples.",
            [Parameter("dims", .dimension, isVariadic: true)]
        ) { (call) throws(Diagnostic) in
            guard call.input.element.vectorWidth != nil || call.input.element.isNumericOnEverySide else {
                throw call.mismatch("vectors or numbers", help: wordsForSite(call.input.element))
            }
            guard !call.arguments.dims("dims").isEmpty || !call.input.sampleDims.isEmpty else {
                throw Diagnostic(
                    "nothing-to-pool", call.nameSpan,
                    "`center` has no samples to take the mean of: this is \(call.input)",
                    help: call.input.dims.isEmpty ? nil : "name the dimension: `center(\(call.input.dims[0].name))`")
            }
            return call.input.with(call.input.element.mapSides { $0.isVector ? $0 : .float })
        },
        Verb(
            "drop_dims", .merge,
            "Vectors with their n dominating dimensions set to 0: those with most of the squared norm, the same for all rows and sides.",
            [Parameter("n", .integer, standard: .int(1))]
        ) { (call) throws(Diagnostic) in
            guard let width = call.input.element.vectorWidth else {
                throw call.mismatch("vectors", help: wordsForSite(call.input.element))
            }
            let count = call.arguments.int("n") ?? 1
            guard count >= 0, count < width else {
                throw call.wrong("n", "`drop_dims` takes 0 … \(width - 1) of the \(width) dimensions")
            }
            return call.input
        },
        Verb(
            "delta", .map, "Differences between neighbours along a dimension, named by the later one.",
            [Parameter("dim", .dimension, isRequired: true)]
        ) { (call) throws(Diagnostic) in
            guard call.input.element.vectorWidth != nil || call.input.element.isNumericOnEverySide else {
                throw call.mismatch("vectors or numbers", help: wordsForSite(call.input.element))
            }
            let name = call.arguments.dims("dim").first ?? ""
            guard let dim = call.input.dim(name), !dim.isSample, !dim.isOuter, let labels = dim.labels else {
                throw call.wrong(
                    "dim", "`delta` runs along a grid dimension whose entries stand in an order",
                    help: "`delta(layer)`")
            }
            guard labels.count > 1 else {
                throw call.wrong("dim", "`\(name)` has one entry, and a difference needs two")
            }
            var type = call.input.with(call.input.element.mapSides { $0.isVector ? $0 : .float })
            type.dims = type.dims.map { $0.name == name ? Dimension(name, labels: Array(labels.dropFirst())) : $0 }
            return type
        },
    ]

    /// A number for two vectors: the sides of a pair, or each vector and the one given.
    private static func measure(_ name: String, _ summary: String, _ more: [Parameter] = []) -> Verb {
        Verb(name, .map, summary, [Parameter("v", .value)] + more) { (call) throws(Diagnostic) in
            var type: QueryType
            if call.arguments.node("v") == nil {
                guard case .pair(let left, let right) = call.input.element, left.isVector, left == right else {
                    throw call.mismatch(
                        "a pair of vectors, or vectors and one to compare with",
                        help: wordsForSite(call.input.element) ?? "`\(name)(v)`, or make a pair with `pair(a, b)`")
                }
                type = call.input.with(.float)
            } else {
                type = try besideVector(call)
                type.element = type.element.mapSides { _ in .float }
            }
            type.quantity = name == "angle" ? "angle in \(call.arguments.string("unit") ?? "degrees")" : name
            return type
        }
    }

    private static func projection(_ name: String, _ summary: String) -> Verb {
        Verb(name, .map, summary, [Parameter("v", .value, isRequired: true)]) { (call) throws(Diagnostic) in
            try besideVector(call)
        }
    }

    /// The value on the left joined by label with the vector `v`: what `v` has more becomes dimensions of the answer.
    private static func besideVector(_ call: VerbCall) throws(Diagnostic) -> QueryType {
        guard let width = call.input.element.vectorWidth else {
            throw call.mismatch("vectors", help: wordsForSite(call.input.element))
        }
        guard let other = call.arguments.node("v") else { return call.input }
        guard case .vector(let otherWidth) = other.type.element, otherWidth == width else {
            throw call.wrong("v", "`v` must be a vec(\(width)); this is \(other.type)")
        }
        guard !other.type.isLabelled else {
            throw call.wrong("v", "the rows of `v` wait for a fit", help: "take `v` before `contrast` and `split`")
        }
        var type = call.input
        type.dims = try call.input.joined(with: other.type, at: call.arguments.spans["v"] ?? call.span)
        if !call.input.hasRows { type.columns = other.type.columns }
        return type
    }
}
