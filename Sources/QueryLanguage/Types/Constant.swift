/// A value that is known when a query is checked: an argument, a parameter, a literal.
public indirect enum Constant: Sendable, Hashable {
    case none
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case list([Constant])

    /// The number it is, if it is one.
    public var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// What kind of thing it is, in the words of a message.
    public var kindName: String {
        switch self {
        case .none: "none"
        case .bool: "true or false"
        case .int: "a whole number"
        case .double: "a number"
        case .string: "a string"
        case .list: "a list"
        }
    }

    /// The shortest text that reads back as the same double, without a trailing `.0`.
    public static func text(of value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
        return "\(value)"
    }

    /// The label it makes along a swept dimension.
    public var label: Label? {
        switch self {
        case .int(let value): .int(value)
        case .double(let value): .double(value)
        case .string(let value): .string(value)
        case .bool(let value): .string(value ? "true" : "false")
        case .none, .list: nil
        }
    }
}

extension Constant: CustomStringConvertible {
    /// The constant in the language's own syntax.
    public var description: String {
        switch self {
        case .none: "none"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .double(let value): Constant.text(of: value)
        case .string(let value): SyntaxPrinter.quoted(value)
        case .list(let items): "[" + items.map(\.description).joined(separator: ", ") + "]"
        }
    }
}
