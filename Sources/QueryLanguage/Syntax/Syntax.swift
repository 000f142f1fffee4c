/// A name as it was written, with its place.
public struct Name: Sendable {
    /// The name itself.
    public var text: String
    /// Where it stands.
    public var span: SourceSpan

    /// A name; without a span when no text stands for it.
    public init(_ text: String, span: SourceSpan = .none) {
        self.text = text
        self.span = span
    }
}

/// An expression and its place; two expressions are equal when they say the same, wherever they stand.
public struct Expr: Sendable {
    /// What an expression can be.
    public indirect enum Kind: Sendable, Hashable {
        case integer(Int)
        case float(Double)
        case string(String)
        case boolean(Bool)
        /// The word `none`.
        case noneLiteral
        /// A bare name: a column, a dimension, a `let` or a `param`, by where it stands.
        case name(String)
        /// `@name`, always the `let` or `param`.
        case reference(String)
        /// `_`, the last result, or `_7`.
        case lastResult(Int?)
        case list([Expr])
        /// `f(a, b)`.
        case call(Name, [Argument])
        /// `x.name`.
        case member(Expr, Name)
        /// `x.name(a, b)`.
        case method(Expr, Name, [Argument])
        /// `x[layer=3, token=-1]`.
        case index(Expr, [Selector])
        case unary(UnaryOperator, Expr)
        case binary(BinaryOperator, Expr, Expr)
        /// `a vs b`.
        case versus(Expr, Expr)
        /// `x | verb(a) | verb`: at least one stage.
        case pipeline(Expr, [Stage])
    }

    /// What it is.
    public let kind: Kind
    /// Where it stands; a prompt's continued `_` has an empty span.
    public let span: SourceSpan
    /// Nodes on the longest way down, 1 for a leaf; at most `Parser.maximumDepth` for what the parser made.
    public let depth: Int

    /// Makes a node over finished children, O(children).
    public init(_ kind: Kind, span: SourceSpan = .none) {
        self.kind = kind
        self.span = span
        depth = 1 + Expr.childDepth(kind)
    }

    private static func childDepth(_ kind: Kind) -> Int {
        func deepest(_ arguments: [Argument]) -> Int { arguments.reduce(0) { max($0, $1.value.depth) } }
        switch kind {
        case .integer, .float, .string, .boolean, .noneLiteral, .name, .reference, .lastResult: return 0
        case .list(let elements): return elements.reduce(0) { max($0, $1.depth) }
        case .call(_, let arguments): return deepest(arguments)
        case .member(let base, _): return base.depth
        case .method(let base, _, let arguments): return max(base.depth, deepest(arguments))
        case .index(let base, let selectors): return selectors.reduce(base.depth) { max($0, $1.depth) }
        case .unary(_, let operand): return operand.depth
        case .binary(_, let left, let right), .versus(let left, let right): return max(left.depth, right.depth)
        case .pipeline(let head, let stages): return stages.reduce(head.depth) { max($0, deepest($1.arguments)) }
        }
    }
}

/// `value` or `label=value` between a call's brackets.
public struct Argument: Sendable {
    /// The word before `=`; nil for a positional argument.
    public var label: Name?
    /// What is passed.
    public var value: Expr
    /// Label and value together.
    public var span: SourceSpan

    /// The span defaults to label and value together.
    public init(label: Name? = nil, _ value: Expr, span: SourceSpan? = nil) {
        self.label = label
        self.value = value
        self.span = span ?? label?.span.union(value.span) ?? value.span
    }
}

/// One `| verb(arguments)`.
public struct Stage: Sendable {
    /// The verb.
    public var name: Name
    /// Its arguments, without the value on the left.
    public var arguments: [Argument]
    /// From the verb's first letter to the closing bracket.
    public var span: SourceSpan

    /// The span defaults to the name.
    public init(_ name: Name, _ arguments: [Argument] = [], span: SourceSpan? = nil) {
        self.name = name
        self.arguments = arguments
        self.span = span ?? name.span
    }
}

/// `dim=label` or `dim=a:b:step` between square brackets.
public struct Selector: Sendable {
    /// What is chosen along the dimension.
    public enum Choice: Sendable, Hashable {
        case value(Expr)
        /// Half-open as in Python; nil where nothing was written.
        case range(from: Expr?, to: Expr?, step: Expr?)
    }

    /// The dimension.
    public var dimension: Name
    /// What is chosen.
    public var choice: Choice
    /// The whole selector.
    public var span: SourceSpan

    /// The span defaults to the dimension.
    public init(_ dimension: Name, _ choice: Choice, span: SourceSpan? = nil) {
        self.dimension = dimension
        self.choice = choice
        self.span = span ?? dimension.span
    }

    var depth: Int {
        switch choice {
        case .value(let value): value.depth
        case .range(let from, let to, let step): max(from?.depth ?? 0, to?.depth ?? 0, step?.depth ?? 0)
        }
    }
}

/// `-x` and `not x`.
public enum UnaryOperator: String, Sendable, Hashable, CaseIterable {
    case minus = "-"
    case not
}

/// The infix operators, by their text.
public enum BinaryOperator: String, Sendable, Hashable, CaseIterable {
    case or, and
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case `in`, like
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case power = "**"

    /// Binds tighter with a higher number; comparisons (3) do not chain, `**` associates to the right.
    var precedence: Int {
        switch self {
        case .or: 1
        case .and: 2
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .in, .like: 4
        case .add, .subtract: 5
        case .multiply, .divide: 6
        case .power: 8
        }
    }

    var isComparison: Bool { precedence == 4 }
}

/// One statement of a file or one entry at the prompt.
public struct Statement: Sendable {
    /// What a statement can be.
    public enum Kind: Sendable, Hashable {
        /// `use "path"`: opens a store.
        case use(String)
        /// `include "file.vq"`.
        case include(String)
        /// `param name: type = default`; without default it must be given.
        case param(Name, type: Name?, initial: Expr?)
        case `let`(Name, Expr)
        case define(Name, parameters: [Name], body: Expr)
        case assert(Expr, message: String?)
        /// A pipeline whose value is shown.
        case show(Expr)
    }

    /// What it is.
    public var kind: Kind
    /// The whole statement.
    public var span: SourceSpan
    /// The text began with `|` or `.`: its innermost head is a `lastResult(nil)` that nobody wrote.
    public var continuesLastResult: Bool

    /// Makes a statement.
    public init(_ kind: Kind, span: SourceSpan = .none, continuesLastResult: Bool = false) {
        self.kind = kind
        self.span = span
        self.continuesLastResult = continuesLastResult
    }
}

/// A parsed text.
public struct QueryFile: Sendable, Hashable {
    /// The `#:` lines at the top, without the mark.
    public var description: [String]
    /// The statements, in order; those with errors are left out.
    public var statements: [Statement]

    /// Makes a file.
    public init(description: [String] = [], statements: [Statement]) {
        self.description = description
        self.statements = statements
    }
}

// Equality is of meaning: spans do not take part.

extension Name: Hashable {
    /// Equal in meaning, wherever it stands.
    public static func == (a: Name, b: Name) -> Bool { a.text == b.text }
    /// Hashes the meaning.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension Expr: Hashable {
    /// Equal in meaning, wherever it stands.
    public static func == (a: Expr, b: Expr) -> Bool { a.depth == b.depth && a.kind == b.kind }
    /// Hashes the meaning.
    public func hash(into hasher: inout Hasher) { hasher.combine(kind) }
}

extension Argument: Hashable {
    /// Equal in meaning, wherever it stands.
    public static func == (a: Argument, b: Argument) -> Bool { a.label == b.label && a.value == b.value }
    /// Hashes the meaning.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(label)
        hasher.combine(value)
    }
}

extension Stage: Hashable {
    /// Equal in meaning, wherever it stands.
    public static func == (a: Stage, b: Stage) -> Bool { a.name == b.name && a.arguments == b.arguments }
    /// Hashes the meaning.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(arguments)
    }
}

extension Selector: Hashable {
    /// Equal in meaning, wherever it stands.
    public static func == (a: Selector, b: Selector) -> Bool { a.dimension == b.dimension && a.choice == b.choice }
    /// Hashes the meaning.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(dimension)
        hasher.combine(choice)
    }
}

extension Statement: Hashable {
    /// Equal in meaning, wherever it stands.
    public static func == (a: Statement, b: Statement) -> Bool {
        a.kind == b.kind && a.continuesLastResult == b.continuesLastResult
    }
    /// Hashes the meaning.
    public func hash(into hasher: inout Hasher) { hasher.combine(kind) }
}
