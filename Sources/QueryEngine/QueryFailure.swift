public import QueryLanguage

/// A query that checked and then could not be finished: what the data said, with the place that asked for it.
public struct QueryFailure: Error, Sendable, CustomStringConvertible {
    public var diagnostic: Diagnostic
    /// The text that the span points into.
    public var source: SourceText?

    init(_ code: String, at node: PlanNode, _ message: String, help: String? = nil) {
        diagnostic = Diagnostic(code, node.span, message, help: help)
    }

    public var description: String {
        diagnostic.message + (diagnostic.help.map { "; " + $0 } ?? "")
    }
}

/// A query that was given up because nobody waited for it any more; values that were finished before are kept.
public struct QueryInterruption: Error, Sendable, CustomStringConvertible {
    public let description = "interrupted; what was computed before is kept"
}

/// A statement that `assert` found false: exit code 4.
public struct AssertionFailure: Error, Sendable, CustomStringConvertible {
    public var message: String
    public var span: SourceSpan
    /// The text that the span points into.
    public var source: SourceText?
    public var description: String { message }
}
