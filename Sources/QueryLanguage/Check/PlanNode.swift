public import Tensor

/// One step of a checked query: what to do, on what, and the type that comes out.
///
/// Nodes form a graph without cycles: a `let` used twice is one node with two users. This is what the engine plans.
public final class PlanNode: Sendable {
    /// What a node does with its inputs.
    public enum Operation: Sendable {
        case constant(Constant)
        /// Stored captures, one per cell of the model and data-set dimensions.
        case captures(CaptureGrid)
        /// One site of the captures (or pairs of captures) below.
        case site(SiteChoice)
        /// `[dim=…]`.
        case choose([DimensionChoice])
        /// An infix operator; two inputs.
        case arithmetic(BinaryOperator)
        case negate
        case not
        /// A verb of the function table.
        case verb(String, BoundArguments)
        /// What was computed for each value of a list, side by side: one input for each label.
        case sweep(Sweep)
    }

    public let operation: Operation
    public let inputs: [PlanNode]
    public let type: QueryType
    public let span: SourceSpan
    /// The step as it was written, for `explain` and messages.
    public let text: String
    /// Steps on the longest way down to a source, 1 for a source.
    public let depth: Int

    public init(_ operation: Operation, inputs: [PlanNode], type: QueryType, span: SourceSpan, text: String) {
        self.operation = operation
        self.inputs = inputs
        self.type = type
        self.span = span
        self.text = text
        depth = 1 + (inputs.map(\.depth).max() ?? 0)
    }

    /// The captures that the node's rows come from: one grid, or two under a `pair`; none for derived values.
    public var captureGrids: [CaptureGrid] {
        switch operation {
        case .captures(let grid): return [grid]
        case .verb("pair", _): return inputs.flatMap(\.captureGrids)
        default: return inputs.first?.captureGrids ?? []
        }
    }
}

/// The captures behind `capture(model, dataset)`: a grid over the dimensions it has.
public struct CaptureGrid: Sendable, Hashable {
    /// `model`, `dataset`, or fewer where a single one was named.
    public var dims: [Dimension]
    /// Captures in the order of the dimensions, the last running fastest.
    public var cells: [CaptureShape]

    public init(dims: [Dimension], cells: [CaptureShape]) {
        self.dims = dims
        self.cells = cells
    }
}

/// A site read from every capture: its cells along `layer` and `module`.
public struct SiteChoice: Sendable, Hashable {
    /// The column with a number per token that is read instead of sites; else nil.
    public var tokenColumn: String?
    /// `layer`, `module`, `rank`: those the value keeps.
    public var dims: [Dimension]
    /// The stored sites in the order of `layer`, `module`.
    public var sites: [Site]

    public init(dims: [Dimension], sites: [Site], tokenColumn: String? = nil) {
        self.tokenColumn = tokenColumn
        self.dims = dims
        self.sites = sites
    }
}

/// What `[dim=…]` keeps of one dimension.
public struct DimensionChoice: Sendable, Hashable {
    public enum Kept: Sendable, Hashable {
        /// The entry of that label; the dimension is used up.
        case one(Label)
        /// The entries of those labels, in that order.
        case several([Label])
        /// One token of each prompt; the dimension is used up.
        case token(TokenPosition)
        /// Token positions from … to …, half-open; negative numbers count from the end.
        case tokens(from: Int?, to: Int?)
        /// The prompt with that id; the dimension is used up.
        case promptKey(String)
    }

    public var dim: String
    public var kept: Kept

    public init(dim: String, kept: Kept) {
        self.dim = dim
        self.kept = kept
    }
}

/// One comparison of classes: `A vs B`.
public struct Contrast: Sendable, Hashable {
    /// Rows whose column equals this are class 0.
    public var negative: String
    /// Rows whose column equals this are class 1.
    public var positive: String

    public init(negative: String, positive: String) {
        self.negative = negative
        self.positive = positive
    }

    /// The label along the `contrast` dimension.
    public var name: String { "\(negative) vs \(positive)" }
}

/// A verb's arguments after binding and checking, by parameter name.
public struct BoundArguments: Sendable {
    /// What an argument turned out to be.
    public enum Value: Sendable {
        case constant(Constant)
        case dims([String])
        case column(TableColumn)
        case predicate(RowPredicate)
        case contrasts([Contrast])
        case node(PlanNode)
        /// `new=old` of `rename`, in the order written.
        case renamings([Renaming])
    }

    /// One new name and the one it takes the place of.
    public struct Renaming: Sendable, Hashable {
        public var new: String
        public var old: String
    }

    public var values: [String: Value] = [:]
    public var spans: [String: SourceSpan] = [:]

    public init() {}

    /// The constant bound to a parameter; nil where none was given and there is no default.
    public func constant(_ name: String) -> Constant? {
        if case .constant(let value) = values[name], value != .none { value } else { nil }
    }
    public func int(_ name: String) -> Int? {
        if case .int(let value) = constant(name) { value } else { nil }
    }
    public func double(_ name: String) -> Double? { constant(name)?.number }
    public func string(_ name: String) -> String? {
        if case .string(let value) = constant(name) { value } else { nil }
    }
    public func bool(_ name: String) -> Bool? {
        if case .bool(let value) = constant(name) { value } else { nil }
    }
    /// A list's entries, or the one constant that was given in its place.
    public func items(_ name: String) -> [Constant] {
        switch constant(name) {
        case .list(let items)?: items
        case let item?: [item]
        case nil: []
        }
    }
    /// Whether a list was written, so that the parameter becomes a dimension.
    public func isSweep(_ name: String) -> Bool {
        if case .list = constant(name) { true } else { false }
    }
    public func dims(_ name: String) -> [String] {
        if case .dims(let names) = values[name] { names } else { [] }
    }
    public func column(_ name: String) -> TableColumn? {
        if case .column(let column) = values[name] { column } else { nil }
    }
    public func predicate(_ name: String) -> RowPredicate? {
        if case .predicate(let predicate) = values[name] { predicate } else { nil }
    }
    public func contrasts(_ name: String) -> [Contrast] {
        if case .contrasts(let contrasts) = values[name] { contrasts } else { [] }
    }
    public func renamings(_ name: String) -> [Renaming] {
        if case .renamings(let pairs) = values[name] { pairs } else { [] }
    }
    public func node(_ name: String) -> PlanNode? {
        if case .node(let node) = values[name] { node } else { nil }
    }
}
