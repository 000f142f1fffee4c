import QueryLanguage

/// Rows with named columns: the catalogue's answers.
struct Table: Sendable {
    var columns: [TableColumn]
    var rows: [[Constant]]

    /// The column's place.
    func index(of name: String) -> Int? { columns.firstIndex { $0.name == name } }

    func filtered(_ predicate: RowPredicate) -> Table {
        var copy = self
        copy.rows = rows.filter { row in
            predicate.holds { column in index(of: column.name).map { row[$0] } ?? .none }
        }
        return copy
    }

    /// Stable; missing values last, numbers before texts.
    func sorted(by name: String, descending: Bool) -> Table {
        guard let place = index(of: name) else { return self }
        var copy = self
        copy.rows = rows.enumerated().sorted { a, b in
            switch Table.order(a.element[place], b.element[place]) {
            case let order where order < 0: return !descending
            case let order where order > 0: return descending
            default: return a.offset < b.offset
            }
        }.map(\.element)
        return copy
    }

    private static func order(_ a: Constant, _ b: Constant) -> Int {
        if let x = a.number, let y = b.number { return x < y ? -1 : x > y ? 1 : 0 }
        func rank(_ value: Constant) -> Int {
            switch value {
            case .bool: 0
            case .int, .double: 1
            case .string: 2
            case .list, .none: 3
            }
        }
        if case .string(let x) = a, case .string(let y) = b {
            return x.utf8.lexicographicallyPrecedes(y.utf8) ? -1 : x == y ? 0 : 1
        }
        if case .bool(let x) = a, case .bool(let y) = b { return x == y ? 0 : x ? 1 : -1 }
        return rank(a) - rank(b)
    }

    func selecting(_ names: [String]) -> Table {
        let places = names.compactMap { index(of: $0) }
        return Table(columns: places.map { columns[$0] }, rows: rows.map { row in places.map { row[$0] } })
    }
}
