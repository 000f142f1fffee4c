import QueryLanguage
import Store
import Tensor

extension RowPredicate {
    /// Whether it holds, given each column's value; a missing value makes every comparison but `!=` false.
    func holds(_ value: (TableColumn) -> Constant) -> Bool {
        switch self {
        case .and(let a, let b): a.holds(value) && b.holds(value)
        case .or(let a, let b): a.holds(value) || b.holds(value)
        case .not(let inner): !inner.holds(value)
        case .compare(let column, let comparison, let wanted): RowPredicate.compare(value(column), comparison, wanted)
        }
    }

    /// Numbers that a token column must lie within for the condition to hold, roles by their stored number; nil where
    /// every number may do.
    func bounds(ofTokenColumn name: String) -> ClosedRange<Double>? {
        switch self {
        case .and(let a, let b):
            guard let first = a.bounds(ofTokenColumn: name) else { return b.bounds(ofTokenColumn: name) }
            guard let second = b.bounds(ofTokenColumn: name), first.overlaps(second) else { return first }
            return first.clamped(to: second)
        case .or(let a, let b):
            guard let first = a.bounds(ofTokenColumn: name), let second = b.bounds(ofTokenColumn: name) else {
                return nil
            }
            return min(first.lowerBound, second.lowerBound)...max(first.upperBound, second.upperBound)
        case .not: return nil
        case .compare(let column, let comparison, let wanted):
            guard column.level == .token, column.name == name else { return nil }
            func number(_ constant: Constant) -> Double? {
                guard name == "role" else { return constant.number }
                guard case .string(let text) = constant else { return nil }
                return TokenRole(name: text).map { Double($0.rawValue) }
            }
            switch comparison {
            case .equal: return number(wanted).map { $0...$0 }
            case .isIn:
                guard case .list(let items) = wanted else { return nil }
                let numbers = items.compactMap(number)
                guard numbers.count == items.count, let low = numbers.min(), let high = numbers.max() else {
                    return nil
                }
                return low...high
            // Roles have an order as words, not as numbers.
            case .less, .lessOrEqual:
                guard name != "role", let high = number(wanted) else { return nil }
                return -.infinity...high
            case .greater, .greaterOrEqual:
                guard name != "role", let low = number(wanted) else { return nil }
                return low...(.infinity)
            case .notEqual, .like: return nil
            }
        }
    }

    static func compare(_ found: Constant, _ comparison: Comparison, _ wanted: Constant) -> Bool {
        switch comparison {
        case .equal: return same(found, wanted)
        case .notEqual: return !same(found, wanted)
        case .isIn:
            guard case .list(let items) = wanted else { return false }
            return items.contains { same(found, $0) }
        case .like:
            guard case .string(let text) = found, case .string(let pattern) = wanted else { return false }
            return like(Array(text.unicodeScalars), Array(pattern.unicodeScalars))
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            let order: Double
            if let a = found.number, let b = wanted.number {
                guard !a.isNaN, !b.isNaN else { return false }
                order = a < b ? -1 : a > b ? 1 : 0
            } else if case .string(let a) = found, case .string(let b) = wanted {
                order = a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : a == b ? 0 : 1
            } else {
                return false
            }
            switch comparison {
            case .less: return order < 0
            case .lessOrEqual: return order <= 0
            case .greater: return order > 0
            default: return order >= 0
            }
        }
    }

    private static func same(_ a: Constant, _ b: Constant) -> Bool {
        if let x = a.number, let y = b.number { return x == y }
        // Byte by byte: two ids that only look alike are two ids.
        if case .string(let x) = a, case .string(let y) = b { return x.utf8.elementsEqual(y.utf8) }
        return a == b
    }

    /// SQL's LIKE with `%` and `_`, case-sensitive. O(text · pattern) at worst.
    static func like(_ text: [Unicode.Scalar], _ pattern: [Unicode.Scalar]) -> Bool {
        var (t, p) = (0, 0)
        var star: (t: Int, p: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == "%" {
                star = (t, p)
                p += 1
            } else if p < pattern.count, pattern[p] == "_" || pattern[p] == text[t] {
                t += 1
                p += 1
            } else if let last = star {
                star = (last.t + 1, last.p)
                t = last.t + 1
                p = last.p + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "%" }
    }
}

extension Array {
    /// The first place from which on the condition holds, in an array where it holds from some place on. O(log n).
    func partitioningIndex(where holds: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension MetadataValue {
    /// The value as the language has it.
    var constant: Constant {
        switch self {
        case .string(let value): .string(value)
        case .int(let value): .int(value)
        case .double(let value): .double(value)
        case .bool(let value): .bool(value)
        }
    }
}

/// The prompts of a cell by column name, for predicates, classes and grouping.
struct PromptColumns: Sendable {
    private let table: PromptTable
    private let byName: [String: Int]

    init(_ table: PromptTable) {
        self.table = table
        byName = Dictionary(
            table.metadata.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The value of a prompt's column; `.none` where it has none.
    func value(_ name: String, prompt: Int) -> Constant {
        if let index = byName[name] { return table.metadata[index].values[prompt]?.constant ?? .none }
        return name == "id" ? .string(table.keys[prompt]) : .none
    }

    /// The value as the text that class names are compared with.
    func text(_ name: String, prompt: Int) -> String? {
        switch value(name, prompt: prompt) {
        case .string(let text): text
        case .int(let value): String(value)
        case .double(let value): Constant.text(of: value)
        case .bool(let value): value ? "true" : "false"
        case .none, .list: nil
        }
    }
}
