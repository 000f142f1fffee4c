/// What names mean at a place of a query: it grows statement by statement, and lives as long as a session.
public struct Scope: Sendable {
    /// `let` names.
    public var lets: [String: PlanNode] = [:]
    /// `param` names.
    public var params: [String: Constant] = [:]
    /// `def` names with their parameters and bodies.
    var defs: [String: (parameters: [Name], body: Expr)] = [:]
    /// Shown values by number, for `_7`.
    public var results: [Int: PlanNode] = [:]
    /// The number of the last shown value, for `_`.
    public var lastResult: Int?
    /// Names whose statement had an error already: using them is no second error.
    var broken: Set<String> = []
    /// Numbers of shown values whose statement had an error.
    var brokenResults: Set<Int> = []

    public init() {}

    /// The `def` names, each with its parameters and body as text.
    public var definitions: [String: String] {
        defs.mapValues { "(\($0.parameters.map(\.text).joined(separator: ", "))) = \(SyntaxPrinter.text($0.body))" }
    }

    /// Gives the next number to a shown value, or, for nil, to one that has an error.
    mutating func noteShown(_ node: PlanNode?) {
        let number = (lastResult ?? 0) + 1
        lastResult = number
        results[number] = node
        if node == nil { brokenResults.insert(number) } else { brokenResults.remove(number) }
    }
}

/// A statement that passed the checks.
public struct CheckedStatement: Sendable {
    public enum Kind: Sendable {
        case show(PlanNode)
        case bind(String, PlanNode)
        case assert(PlanNode, message: String?)
        /// `param` and `def`: nothing to run.
        case declaration
    }
    public var kind: Kind
    public var span: SourceSpan
}

/// A parameter of a file, for `run --help` and messages.
public struct DeclaredParameter: Sendable {
    public var name: String
    public var typeName: String?
    /// nil: must be given.
    public var standard: Constant?
}
