extension VerbTable {
    static let representationVerbs: [Verb] = [
        Verb(
            "nearest", .merge, "The n rows whose vectors have the largest cosine with the vector given, as a table.",
            [Parameter("v", .value, isRequired: true), Parameter("n", .integer, standard: .int(10))],
            details: """
                cos = x·v / (‖x‖‖v‖), accumulated in f64; equal ones in row order; zero vectors have no cosine and are never \
                near. Every entry of the grid dimensions (`layer` …) has n rows of its own; `v` is joined by their labels. \
                Reads every row once and keeps n of them.
                """,
            example: """
                let r = capture("base", "general").resid_post[layer=3]
                r | nearest((r | head(1) | mean), 5)
                """
        ) { (call) throws(Diagnostic) in
            guard case .vector(let width) = call.input.element, call.input.hasRows else {
                throw call.mismatch("vectors that still have prompts or tokens", help: wordsForSite(call.input.element))
            }
            let count = call.arguments.int("n") ?? 10
            guard count >= 1 else { throw call.wrong("n", "`nearest` takes a number of rows, not \(count)") }
            if let other = call.arguments.node("v") {
                guard other.type.element == .vector(width) else {
                    throw call.wrong("v", "`v` must be a vec(\(width)); this is \(other.type)")
                }
                for dim in other.type.dims {
                    guard call.input.has(dim.name), !dim.isSample else {
                        throw call.wrong(
                            "v", "`v` has a dimension `\(dim.name)` that the left side has not",
                            help: "choose one of it: `v[\(dim.name)=…]`, or `mean` it")
                    }
                }
            }
            return QueryType(.table(nearestColumns(call.input)))
        },
        Verb(
            "pca", .merge, "Principal components over all samples: unit vectors along a new dimension `pc`.",
            [
                Parameter("n", .integer, isRequired: true),
                Parameter("give", .choice(["components", "variance", "ratio"]), standard: .string("components")),
            ],
            details: """
                Eigenvectors of Σ (x − μ)(x − μ)ᵀ / (rows − 1) by falling eigenvalue, as scikit-learn's `PCA`; the largest entry \
                of each is positive. `give="variance"` gives the eigenvalues, `give="ratio"` their shares of the total variance. \
                Samples (`prompt`, `token` …) are used up, grid dimensions stay. One pass.
                """,
            example: #"capture("base", "general").resid_post[layer=3] | pca(3, give="ratio")"#
        ) { (call) throws(Diagnostic) in
            guard case .vector(let width) = call.input.element else {
                throw call.mismatch("vectors", help: wordsForSite(call.input.element))
            }
            guard !call.input.sampleDims.isEmpty else {
                throw call.mismatch(
                    "vectors that still have prompts or tokens", help: "take the components before `mean`")
            }
            let count = call.arguments.int("n") ?? 1
            guard count >= 1, count <= width else {
                throw call.wrong("n", "vectors of \(width) numbers have 1 to \(width) components, not \(count)")
            }
            var type = call.input.without(Set(call.input.sampleDims), by: call.text, at: call.span)
            let give = call.arguments.string("give") ?? "components"
            type.quantity = give == "ratio" ? "share of variance" : give == "variance" ? give : nil
            if give != "components" { type.element = .float }
            type.dims.append(Dimension("pc", labels: (1...count).map { .int($0) }))
            return type
        },
        Verb(
            "cka", .merge,
            "Linear centred kernel alignment of two sets of vectors of the same rows: the sides of a pair, or `cka(a, b)`.",
            [Parameter("b", .value)],
            details: """
                ‖YᵀX‖² / (‖XᵀX‖ ‖YᵀY‖) of centred X (left) and Y (right), Frobenius norms (Kornblith et al. 2019): 1 for \
                representations that differ by a rotation and a scale. Samples are used up, grid dimensions stay. With fewer rows \
                than dimensions it is biased upwards. Of a pair in one pass. `cka(a, b)` takes two values whose rows have the same \
                prompts (by id) and token positions, of any widths; shared grid dimensions are joined by label, others all meet: \
                `cka(a, (b | rename(other=layer)))` is the matrix of all pairs of layers. Token ids are compared by `pair` alone.
                """,
            example: """
                pair(capture("base", "general"), capture("narrow", "general")).resid_post | cka
                let base = capture("base", "general").resid_post[token=-1]
                cka(base, (base | rename(other=layer)))
                """
        ) { (call) throws(Diagnostic) in
            if let other = call.arguments.node("b")?.type { return try alignedType(call, other) }
            guard case .pair(.vector, .vector) = call.input.element else {
                throw call.mismatch(
                    "a pair of vectors", help: "`pair(capture(…), capture(…)).resid_post | cka`")
            }
            guard !call.input.sampleDims.isEmpty else { throw call.mismatch("a pair that still has prompts or tokens") }
            var type = call.input.without(Set(call.input.sampleDims), by: call.text, at: call.span)
            type.element = .float
            type.quantity = "CKA"
            return type
        },
    ]

    /// `cka(a, b)` of two values whose rows meet.
    private static func alignedType(_ call: VerbCall, _ other: QueryType) throws(Diagnostic) -> QueryType {
        guard case .vector = call.input.element else {
            throw call.mismatch("vectors", help: wordsForSite(call.input.element))
        }
        guard case .vector = other.element, !other.isLabelled else {
            throw call.wrong("b", "`b` must be vectors; this is \(other)", help: wordsForSite(other.element))
        }
        guard !call.input.sampleDims.isEmpty else { throw call.mismatch("vectors that still have prompts or tokens") }
        guard call.input.sampleDims == other.sampleDims else {
            throw call.wrong(
                "b",
                "rows meet where both sides have the same samples; left has \(call.input.sampleDims.joined(separator: ", ")), right has \(other.sampleDims.isEmpty ? "none" : other.sampleDims.joined(separator: ", "))",
                help: "choose the same token, or pool the same dimensions, on both sides")
        }
        var type = call.input
        type.dims = try call.input.joined(with: other, at: call.arguments.spans["b"] ?? call.span)
        type = type.without(Set(type.sampleDims), by: call.text, at: call.span).with(.float)
        type.quantity = "CKA"
        return type
    }

    /// Grid dimensions, place among the nearest, the row and its cosine.
    private static func nearestColumns(_ input: QueryType) -> [TableColumn] {
        var columns: [TableColumn] = []
        for dim in input.dims where !dim.isSample {
            let isInt = dim.labels?.allSatisfy { if case .int = $0 { true } else { false } } ?? true
            columns.append(TableColumn(dim.name, isInt ? .int : .string))
        }
        columns.append(TableColumn("rank", .int))
        if input.has("prompt") { columns.append(TableColumn("prompt", .string)) }
        if input.has("token") { columns.append(TableColumn("token", .int, level: .token)) }
        columns.append(TableColumn("cosine", .double))
        return columns
    }
}
