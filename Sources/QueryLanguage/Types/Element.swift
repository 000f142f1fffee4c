/// What one cell of a value holds.
public indirect enum Element: Sendable, Hashable {
    /// Everything stored of one model on one data set; `.site` chooses from it.
    case capture
    /// A dense activation of that many numbers.
    case vector(Int)
    /// The k largest SAE latents with their values, out of F.
    case topLatents(k: Int, of: Int)
    /// Some of F SAE latents.
    case set(of: Int)
    case float, int, bool, string
    /// A predicted label with the probability of it.
    case label
    /// Mean, population standard deviation and count.
    case stat
    /// One fitted probe per split, over that many features, remembering its data.
    case fit(features: Int)
    /// Fitted weights without their data: can be saved, and applied to other rows.
    case probe(features: Int)
    /// An estimate between two bounds.
    case interval
    /// A statistic with its p-value.
    case test
    /// Rows with named columns.
    case table([TableColumn])
    /// A chart.
    case plot
    /// Two sides of one comparison.
    case pair(Element, Element)

    /// Whether it is rows with named columns.
    public var isTable: Bool { if case .table = self { true } else { false } }

    /// Whether the cells are plain numbers that arithmetic and `mean` take.
    public var isNumeric: Bool {
        switch self {
        case .float, .int, .bool: true
        default: false
        }
    }
}

/// A column of a table, or of the prompts and tokens behind an array.
public struct TableColumn: Sendable, Hashable {
    /// What a cell of the column holds.
    public enum Kind: String, Sendable, Hashable {
        case string, int, double, bool
        /// Known when it is read: an expression of a SELECT.
        case any
    }
    /// Whether one value belongs to a whole prompt or to each token.
    public enum Level: Sendable, Hashable { case prompt, token }

    public var name: String
    public var kind: Kind
    public var level: Level
    /// The distinct values where they are few and known without reading: for checks and "did you mean".
    public var values: [String]

    public init(_ name: String, _ kind: Kind, level: Level = .prompt, values: [String] = []) {
        self.name = name
        self.kind = kind
        self.level = level
        self.values = values
    }
}

extension Element: CustomStringConvertible {
    /// The form shown after every line: `vec(128)`, `topk(32 of 1024)`, `pair of float`.
    public var description: String {
        switch self {
        case .capture: "capture"
        case .vector(let width): "vec(\(width))"
        case .topLatents(let k, let of): "topk(\(k) of \(of))"
        case .set(let of): "set(\(of))"
        case .float: "float"
        case .int: "int"
        case .bool: "bool"
        case .string: "str"
        case .label: "class"
        case .stat: "stat"
        case .fit: "fit"
        case .probe: "probe"
        case .interval: "ci"
        case .test: "test"
        case .table: "table"
        case .plot: "plot"
        case .pair(let left, let right): left == right ? "pair of \(left)" : "pair of \(left) and \(right)"
        }
    }
}
