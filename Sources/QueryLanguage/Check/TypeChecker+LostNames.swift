extension TypeChecker {
    /// Names that are given a second time before anything used the first: one of the two lines does nothing, which nobody means.
    ///
    /// At the prompt a name may be given anew, entry by entry; what a session's lines are saved as never holds a line that nothing uses.
    func lostNames(in file: QueryFile) -> [Diagnostic] {
        // A verb of one's own and a value may share a name, as may a value and the `param` it takes the place of.
        var unused: [[String: SourceSpan]] = [[:], [:], [:]]
        var found: [Diagnostic] = []
        for statement in file.statements {
            let given: (name: Name, kind: Int)?
            let value: Expr?
            switch statement.kind {
            case .let(let name, let expr): (given, value) = ((name, 0), expr)
            case .define(let name, _, let expr): (given, value) = ((name, 1), expr)
            case .param(let name, _, let expr): (given, value) = ((name, 2), expr)
            case .show(let expr), .assert(let expr, _): (given, value) = (nil, expr)
            case .use, .include: (given, value) = (nil, nil)
            }
            if let uses = value.map({ NameUses($0) }) {
                for name in uses.values.union(uses.calls) {
                    for kind in unused.indices { unused[kind][name] = nil }
                }
            }
            guard let (given, kind) = given else { continue }
            if let first = unused[kind][given.text] {
                found.append(
                    Diagnostic(
                        "name-twice", given.span,
                        "`\(given.text)` has a value already, \(place(of: first, seenFrom: given.span)), and nothing has used it",
                        help: "choose another name, or leave one of the two lines out"))
            }
            unused[kind][given.text] = given.span
        }
        return found
    }
}
