/// A condition on columns of the prompt or token table: what stands inside `where(…)`.
public indirect enum RowPredicate: Sendable, Hashable {
    /// How a column is compared with a constant.
    public enum Comparison: String, Sendable, Hashable {
        case equal = "=="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        /// `%` stands for any text, `_` for one character.
        case like
        /// Member of a list.
        case isIn = "in"
    }

    case compare(column: TableColumn, Comparison, Constant)
    case and(RowPredicate, RowPredicate)
    case or(RowPredicate, RowPredicate)
    case not(RowPredicate)

    /// Whether it can be decided from the prompt alone, without a token's columns.
    public var isPromptOnly: Bool {
        switch self {
        case .compare(let column, _, _): column.level == .prompt
        case .and(let a, let b), .or(let a, let b): a.isPromptOnly && b.isPromptOnly
        case .not(let inner): inner.isPromptOnly
        }
    }

    /// The columns it reads.
    public var columns: [TableColumn] {
        switch self {
        case .compare(let column, _, _): [column]
        case .and(let a, let b), .or(let a, let b): a.columns + b.columns
        case .not(let inner): inner.columns
        }
    }
}

extension TableColumn {
    /// The column with only those known values that a condition can let through.
    func narrowed(by predicate: RowPredicate) -> TableColumn {
        var copy = self
        switch predicate {
        case .and(let a, let b): return narrowed(by: a).narrowed(by: b)
        case .compare(let column, .equal, .string(let text)) where column.name == name:
            copy.values.removeAll { $0 != text }
        case .compare(let column, .isIn, .list(let items)) where column.name == name:
            copy.values.removeAll { value in !items.contains(.string(value)) }
        case .compare(let column, .notEqual, .string(let text)) where column.name == name:
            copy.values.removeAll { $0 == text }
        default: break
        }
        return copy
    }
}
