/// One word, number, string or mark of a query.
public struct Token: Sendable, Hashable {
    /// What a token can be.
    public enum Kind: Sendable, Hashable {
        case integer(Int)
        case float(Double)
        case string(String)
        case name(String)
        /// `_` or `_7`.
        case lastResult(Int?)
        case keyword(Keyword)
        case mark(Mark)
        /// Ends a statement.
        case newline
        /// The end of the text.
        case end
        /// Something that was already reported.
        case invalid
    }

    /// What it is.
    public var kind: Kind
    /// Where it stands.
    public var span: SourceSpan
    /// Put in by the lexer in place of a bracket that is missing: already reported.
    public var isSynthetic = false

    var isInfix: Bool {
        switch kind {
        case .mark(let mark): mark.isInfix
        case .keyword(let keyword): keyword.isOperator
        default: false
        }
    }

    /// Whether an expression can begin here.
    var beginsExpression: Bool {
        switch kind {
        case .integer, .float, .string, .name, .lastResult: true
        case .keyword(let keyword): keyword == .true || keyword == .false || keyword == .none || keyword == .not
        case .mark(let mark): mark == .openRound || mark == .openSquare || mark == .at
        case .newline, .end, .invalid: false
        }
    }
}

/// The reserved words. The first six begin a statement, and are names only as labels and members.
public enum Keyword: String, Sendable, Hashable, CaseIterable {
    case use, include, param, `let`, def, assert
    case and, or, not, `in`, like, vs
    case `true`, `false`, none

    var beginsStatement: Bool {
        switch self {
        case .use, .include, .param, .let, .def, .assert: true
        default: false
        }
    }

    var isOperator: Bool {
        switch self {
        case .and, .or, .not, .in, .like, .vs: true
        default: false
        }
    }
}

/// Everything that is no word, number or string.
public enum Mark: String, Sendable, Hashable, CaseIterable {
    case pipe = "|"
    case dot = "."
    case comma = ","
    case assign = "="
    case colon = ":"
    case at = "@"
    case openRound = "("
    case closeRound = ")"
    case openSquare = "["
    case closeSquare = "]"
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case plus = "+"
    case minus = "-"
    case star = "*"
    case slash = "/"
    case power = "**"

    /// A line that ends in one of these goes on.
    var isInfix: Bool {
        switch self {
        case .pipe, .comma, .assign, .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .plus, .minus,
            .star, .slash, .power:
            true
        default: false
        }
    }

    /// The bracket that closes this one.
    var closer: Mark? {
        switch self {
        case .openRound: .closeRound
        case .openSquare: .closeSquare
        default: nil
        }
    }

    var isCloser: Bool { self == .closeRound || self == .closeSquare }
}
