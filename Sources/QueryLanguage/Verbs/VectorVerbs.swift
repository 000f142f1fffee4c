extension VerbTable {
    static let vectorVerbs: [Verb] = [
        Verb(
            "cosine", .map, "cos of the angle between the two sides, or with the vector given; accumulated in f64.",
            [Parameter("v", .value)]
        ) { (call) throws(Diagnostic) in try compared(call, quantity: "cosine") },
        Verb(
            "dot", .map, "Inner product of the two sides, or with the vector given.", [Parameter("v", .value)]
        ) { (call) throws(Diagnostic) in try compared(call, quantity: "dot") },
        Verb(
            "distance", .map, "Euclidean distance of the two sides, or from the vector given.",
            [Parameter("v", .value)]
        ) { (call) throws(Diagnostic) in try compared(call, quantity: "distance") },
        Verb("norm", .map, "Euclidean length of each vector.") { (call) throws(Diagnostic) in
            guard call.input.element.isVector else { throw call.mismatch("vectors") }
            var type = call.input.with(.float)
            type.quantity = "norm"
            return type
        },
        Verb("normalize", .map, "Each vector divided by its Euclidean length; a zero vector stays zero.") {
            (call) throws(Diagnostic) in
            guard call.input.element.isVector else { throw call.mismatch("vectors") }
            return call.input
        },
    ]

    private static func compared(_ call: VerbCall, quantity: String) throws(Diagnostic) -> QueryType {
        var type = call.input.with(.float)
        type.quantity = quantity
        guard let other = call.arguments.node("v") else {
            guard case .pair(let left, let right) = call.input.element, left.isVector, left == right else {
                throw call.mismatch(
                    "a pair of vectors, or vectors and one to compare with",
                    help: wordsForSite(call.input.element) ?? "`\(quantity)(v)`, or make a pair with `pair(a, b)`")
            }
            return type
        }
        guard case .vector(let width) = call.input.element else { throw call.mismatch("vectors") }
        guard case .vector(let otherWidth) = other.type.element, otherWidth == width else {
            throw call.wrong("v", "`v` must be a vec(\(width)); this is \(other.type)")
        }
        for dim in other.type.dims {
            guard call.input.has(dim.name), !dim.isSample else {
                throw call.wrong(
                    "v", "`v` has a dimension `\(dim.name)` that the left side has not",
                    help: "choose one of it: `v[\(dim.name)=…]`")
            }
        }
        return type
    }
}
