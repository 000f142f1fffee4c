/// One entry along a dimension: a layer number, a model's name, a value of C.
public enum Label: Sendable, Hashable {
    case int(Int)
    case double(Double)
    case string(String)
}

extension Label: CustomStringConvertible {
    /// The label as people write it: `12`, `0.01`, `medical`.
    public var description: String {
        switch self {
        case .int(let value): String(value)
        case .double(let value): Constant.text(of: value)
        case .string(let value): value
        }
    }
}

/// A named axis of a value.
public struct Dimension: Sendable, Hashable {
    /// How long the axis is, as far as the catalogue tells.
    public enum Extent: Sendable, Hashable {
        case exact(Int)
        /// Ragged, or filtered by something only the data knows.
        case atMost(Int)
    }

    public var name: String
    public var extent: Extent
    /// The labels where they are known before reading; nil for prompts and tokens.
    public var labels: [Label]?

    public init(_ name: String, labels: [Label]) {
        self.name = name
        self.labels = labels
        extent = .exact(labels.count)
    }

    public init(_ name: String, extent: Extent) {
        self.name = name
        self.extent = extent
    }

    /// Sample dimensions are what `mean` and `summary` average; all others are grid and stay.
    public static let sampleNames: Set<String> = ["prompt", "token", "rep", "fold", "boot"]

    /// Whether `mean` without arguments averages over it.
    public var isSample: Bool { Dimension.sampleNames.contains(name) }

    /// Whether its entries are captures, each with prompts of its own.
    public var isOuter: Bool { name == "model" || name == "dataset" }

    /// The largest number of entries it can have.
    public var bound: Int {
        switch extent {
        case .exact(let count), .atMost(let count): count
        }
    }
}

extension Dimension: CustomStringConvertible {
    /// `layer 18`, `token ≤128`.
    public var description: String {
        switch extent {
        case .exact(let count): "\(name) \(count)"
        case .atMost(let count): "\(name) ≤\(count)"
        }
    }
}
