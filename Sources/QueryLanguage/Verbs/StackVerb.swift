extension VerbTable {
    static let stackVerb = Verb(
        "stack", .gather, "Two values as the entries of a new dimension, to be shown or compared side by side.",
        inputs: 2,
        [
            Parameter("dim", .string, standard: .string("side")),
            Parameter("labels", .strings, standard: .list([.string("left"), .string("right")])),
        ],
        details: """
            Written `stack(a, b, dim="protocol", labels=["published", "leak-free"])`. Both hold the same kind of cells with the same \
            dimensions, joined by label (prompts by id); the new dimension comes before the other grid dimensions. `delta(protocol)` \
            gives the second minus the first, `table(cols=protocol)` puts them next to each other.
            """,
        example: """
            let a = capture("base", "general").resid_post | norm | summary
            let b = capture("narrow", "general").resid_post | norm | summary
            stack(a, b, dim="model", labels=["base", "narrow"])
            """
    ) { (call) throws(Diagnostic) in
        let (left, right) = (call.inputs[0].type, call.inputs[1].type)
        guard let element = stackable(left.element, right.element) else {
            throw Diagnostic(
                "wrong-type", call.inputs[1].span,
                "`stack` takes two values of one kind; left is \(left), right is \(right)",
                help: wordsForSite(left.element) ?? wordsForSite(right.element)
                    ?? "numbers, vectors of one width, stats, intervals, tests or texts")
        }
        let (own, other) = (left.dims.map(\.name), right.dims.map(\.name))
        guard Set(own) == Set(other) else {
            let lone = own.first { !other.contains($0) } ?? other.first { !own.contains($0) } ?? ""
            throw Diagnostic(
                "wrong-type", call.inputs[1].span,
                "only one of the two has a dimension `\(lone)`: \(left) and \(right)",
                help: "choose one entry of it, or `mean` it, on that side")
        }
        let name = call.arguments.string("dim") ?? "side"
        guard !name.isEmpty, !left.has(name), !Dimension.sampleNames.contains(name), name != "dataset" else {
            throw call.wrong(
                "dim",
                left.has(name) ? "there is a dimension `\(name)` already" : "`\(name)` can't name a new dimension",
                help: "choose another name, such as \"side\"")
        }
        let labels = call.arguments.items("labels").compactMap(\.label)
        guard labels.count == 2 else { throw call.wrong("labels", "`labels` takes two names, one for each value") }
        var type = left.with(element)
        type.dims = try left.joined(with: right, at: call.span)
        let place = type.dims.firstIndex { !$0.isOuter && $0.name != "prompt" && $0.name != "token" } ?? type.dims.count
        type.dims.insert(Dimension(name, labels: labels), at: place)
        type.spent[name] = nil
        if left.quantity != right.quantity { type.quantity = nil }
        return type
    }

    /// What cells of both kinds are together; nil where they don't go together.
    private static func stackable(_ left: Element, _ right: Element) -> Element? {
        if left.isNumeric, right.isNumeric { return left == right ? left : .float }
        guard left == right else { return nil }
        switch left {
        case .vector, .stat, .interval, .test, .string, .set: return left
        default: return nil
        }
    }
}
