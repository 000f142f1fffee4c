public import QueryLanguage

// What a prompt tells about a session without changing it.

extension QuerySession {
    /// What the last statement of a text comes to. It gets no number, and names, results and what is written down stay as they are.
    ///
    /// - Throws: `QueryErrors` where the text does not fit or ends in no value; what `run` throws
    public func look(_ source: SourceText) throws -> ShownValue {
        let parsed = parse(source)
        var checker = TypeChecker(vocabulary: try vocabulary, source: parsed.source, scope: scope)
        let outcome = checker.check(parsed)
        var found = outcome.diagnostics
        if let first = parsed.file.statements.first, case .use = first.kind {
            found.append(
                Diagnostic(
                    "cannot-use", first.span, "`use` turns to another store, and here nothing is to change",
                    help: "write it as an entry of its own first"))
        }
        if found.isEmpty, case .show(let node)? = outcome.statements.last?.kind,
            let span = outcome.statements.last?.span
        {
            return try watched {
                do {
                    return try evaluate(node, place: nil, number: 0, text: parsed.source[span])
                } catch var failure as QueryFailure {
                    failure.source = parsed.source
                    throw failure
                }
            }
        }
        if found.isEmpty {
            let span = outcome.statements.last?.span ?? .none
            found = [Diagnostic("expected-value", span, "this shows no value", help: "end it with a pipeline")]
        }
        throw QueryErrors(source: parsed.source, diagnostics: found)
    }

    /// The values shown so far, oldest first, with their types.
    public var resultTypes: [(number: Int, type: QueryType)] {
        scope.results.sorted { $0.key < $1.key }.map { ($0.key, $0.value.type) }
    }

    /// What the names of the session mean, each as `let x`, `param x` or `def x`: a text that is another where the meaning is.
    public var meanings: [String: String] {
        var all: [String: String] = [:]
        for (name, node) in scope.lets { all["let " + name] = node.digest }
        for (name, value) in scope.params { all["param " + name] = value.description }
        for (name, text) in scope.definitions { all["def " + name] = text }
        return all
    }
}
