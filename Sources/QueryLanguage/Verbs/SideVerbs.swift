extension VerbTable {
    static let sideVerbs: [Verb] = [
        Verb(
            "pair", .source,
            "Two captures side by side, row by row: prompts joined by id (or `on=`), tokens by position; token ids are compared.",
            inputs: 2,
            [
                Parameter("on", .column).sweeping.choosingRows,
                Parameter("tokens", .choice(["position", "suffix", "last"]), standard: .string("position"))
                    .choosingRows,
                Parameter("missing", .choice(["error", "drop"]), standard: .string("error")).single,
            ]
        ) { (call) throws(Diagnostic) in try pairType(call) },
        side("left", "The left side of each pair.") { left, _ in left },
        side("right", "The right side of each pair.") { _, right in right },
        side("swap", "The pairs with their sides exchanged.") { left, right in .pair(right, left) },
        Verb("diff", .map, "right − left, always.") { (call) throws(Diagnostic) in
            guard case .pair(let left, let right) = call.input.element else {
                throw call.mismatch("a pair", help: "make one with `pair(a, b)`")
            }
            guard left == right, left.isVector || left.isNumeric else {
                throw call.mismatch("a pair of vectors or numbers", help: wordsForSite(left))
            }
            return call.input.with(left.isVector ? left : .float)
        },
    ]

    static func wordsForSite(_ element: Element) -> String? {
        element == .capture ? "choose a site first, such as `.resid_post`" : nil
    }

    private static func side(
        _ name: String, _ summary: String, _ choose: @escaping @Sendable (Element, Element) -> Element
    ) -> Verb {
        Verb(name, .map, summary) { (call) throws(Diagnostic) in
            guard case .pair(let left, let right) = call.input.element else {
                throw call.mismatch("a pair", help: "make one with `pair(a, b)`")
            }
            return call.input.with(choose(left, right))
        }
    }

    private static func pairType(_ call: VerbCall) throws(Diagnostic) -> QueryType {
        let (left, right) = (call.inputs[0], call.inputs[1])
        for side in [left, right] where side.type.element != .capture {
            throw Diagnostic(
                "wrong-type", side.span, "`pair` takes two captures; this is \(side.type)",
                help: "pair the captures first and choose the site after: `pair(capture(…), capture(…)).resid_post`")
        }
        var dims: [Dimension] = []
        for name in ["model", "dataset"] {
            switch (left.type.dim(name), right.type.dim(name)) {
            case (let a?, let b?):
                let shared = (a.labels ?? []).filter { (b.labels ?? []).contains($0) }
                guard !shared.isEmpty else {
                    throw Diagnostic(
                        "no-common-labels", call.span, "the two sides have no \(name) in common",
                        help: "left has \(Diagnostic.list(a.labels)), right has \(Diagnostic.list(b.labels))")
                }
                dims.append(Dimension(name, labels: shared))
            case (let one?, nil), (nil, let one?): dims.append(one)
            case (nil, nil): break
            }
        }
        guard let leftPrompt = left.type.dim("prompt"), let rightPrompt = right.type.dim("prompt") else {
            throw call.mismatch("two captures with their prompts")
        }
        if let on = call.arguments.column("on") {
            guard right.type.columns.contains(where: { $0.name == on.name }) else {
                throw call.wrong("on", "the right side has no column `\(on.name)`")
            }
        }
        dims.append(Dimension("prompt", extent: .atMost(min(leftPrompt.bound, rightPrompt.bound))))
        let tokens = call.arguments.string("tokens")
        if left.type.has("token"), right.type.has("token") {
            let bound = min(left.type.dim("token")?.bound ?? 0, right.type.dim("token")?.bound ?? 0)
            dims.append(Dimension("token", extent: tokens == "last" ? .exact(1) : .atMost(bound)))
        } else if left.type.has("token") != right.type.has("token") {
            throw Diagnostic("wrong-type", call.span, "one side has a token chosen and the other has not")
        }
        return QueryType(.pair(.capture, .capture), dims, columns: left.type.columns)
    }
}
