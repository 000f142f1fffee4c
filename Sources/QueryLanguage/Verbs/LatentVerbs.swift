extension VerbTable {
    static let latentVerbs: [Verb] = [
        Verb(
            "topk", .map, "The k largest latents of each token; a list of k sweeps.",
            [Parameter("k", .integers, isRequired: true)]
        ) { (call) throws(Diagnostic) in
            guard let (stored, of) = call.input.element.latents else {
                throw call.mismatch("SAE latents", help: "choose them first: `.sae`")
            }
            guard !call.input.has("k") else { throw call.wrong("k", "there is a `k` dimension already") }
            let wanted = call.arguments.items("k")
            for item in wanted {
                guard case .int(let k) = item, k > 0 else { throw call.wrong("k", "k counts latents: 1, 2, 3 …") }
                guard k <= stored else {
                    throw call.wrong(
                        "k", "only the top \(stored) latents of each token are stored; k = \(k) needs more",
                        help: "ingest again with `--top-k \(k)`")
                }
            }
            let largest = wanted.compactMap { if case .int(let k) = $0 { k } else { nil } }.max() ?? stored
            var type = call.input.with(call.input.element.mapLatents { .topLatents(k: largest, of: of) })
            if call.arguments.isSweep("k") {
                type.dims.append(Dimension("k", labels: wanted.compactMap(\.label)))
            }
            return type
        },
        latentPair("overlap", "|A ∩ B| / k, of the k largest latents of both sides; every k from one pass."),
        latentPair("jaccard", "|A ∩ B| / |A ∪ B|, of the k largest active latents of both sides."),
    ]

    private static func latentPair(_ name: String, _ summary: String) -> Verb {
        Verb(name, .map, summary) { (call) throws(Diagnostic) in
            let isSets = call.input.element.sides.count == 2 && call.input.element.sides.allSatisfy(\.isSet)
            guard call.input.element.isPairOfLatents || (name == "jaccard" && isSets) else {
                throw call.mismatch(
                    "a pair of SAE latents", help: "`pair(capture(\"base\"), capture(\"narrow\")).sae | \(name)`")
            }
            var type = call.input.with(.float)
            type.quantity = name
            return type
        }
    }
}

extension Element {
    fileprivate var isPairOfLatents: Bool { if case .pair(.topLatents, .topLatents) = self { true } else { false } }

    /// The stored k and F of latents, or of a pair of them.
    public var latents: (k: Int, of: Int)? {
        switch self {
        case .topLatents(let k, let of): (k, of)
        case .pair(.topLatents(let a, let of), .topLatents(let b, let other)) where of == other: (min(a, b), of)
        default: nil
        }
    }

    /// The same element with its latents replaced on every side.
    func mapLatents(_ make: () -> Element) -> Element {
        if case .pair = self { return .pair(make(), make()) }
        return make()
    }
}
