extension TypeChecker {
    /// A condition on columns, as `where` takes it.
    mutating func predicate(_ expr: Expr, of input: QueryType?) throws(Diagnostic) -> RowPredicate {
        switch expr.kind {
        case .binary(.and, let left, let right):
            let (first, second) = try predicates(left, right, of: input)
            return .and(first, second)
        case .binary(.or, let left, let right):
            let (first, second) = try predicates(left, right, of: input)
            return .or(first, second)
        case .unary(.not, let operand): return .not(try predicate(operand, of: input))
        case .binary(let op, let left, let right):
            guard let comparison = RowPredicate.Comparison(op) else { break }
            if isColumn(left, of: input) {
                return try compare(left, comparison, right, input, whole: expr)
            }
            if isColumn(right, of: input), let mirrored = comparison.mirrored {
                return try compare(right, mirrored, left, input, whole: expr)
            }
            // Neither side is a column: say which name is unknown.
            return try compare(left, comparison, right, input, whole: expr)
        case .name:
            let column = try column(expr, of: input, verb: "where")
            guard column.kind == .bool else {
                throw Diagnostic(
                    "wrong-type", expr.span, "`\(column.name)` is not true or false by itself",
                    help: "compare it: `\(SyntaxPrinter.name(column.name)) == …`")
            }
            return .compare(column: column, .equal, .bool(true))
        default: break
        }
        throw Diagnostic(
            "wrong-condition", expr.span, "`where` takes a comparison of a column",
            help: "`where(role == \"assistant\")`, `where(tokens > 10 and group in [\"a\", \"b\"])`")
    }

    /// Two conditions; errors of both are reported.
    private mutating func predicates(
        _ left: Expr, _ right: Expr, of input: QueryType?
    ) throws(Diagnostic) -> (RowPredicate, RowPredicate) {
        let first: RowPredicate
        do throws(Diagnostic) {
            first = try predicate(left, of: input)
        } catch {
            note { (checker) throws(Diagnostic) in _ = try checker.predicate(right, of: input) }
            throw error
        }
        return (first, try predicate(right, of: input))
    }

    private func isColumn(_ expr: Expr, of input: QueryType?) -> Bool {
        guard case .name(let name) = expr.kind, let input else { return false }
        if case .table(let columns) = input.element { return columns.isEmpty || columns.contains { $0.name == name } }
        return input.columns.contains { $0.name == name }
    }

    private func compare(
        _ left: Expr, _ comparison: RowPredicate.Comparison, _ right: Expr, _ input: QueryType?, whole: Expr
    ) throws(Diagnostic) -> RowPredicate {
        let column = try column(left, of: input, verb: "where")
        if isColumn(right, of: input), case .name(let name) = right.kind {
            let isLet = scope.params[name] != nil || scope.lets[name] != nil
            throw Diagnostic(
                "compares-columns", right.span, "`\(name)` is a column here, and a column is compared with a value",
                help: isLet
                    ? "for the `let` or `param` of that name write `@\(SyntaxPrinter.name(name))`"
                    : "a text stands in quotes: `\"\(name)\"`",
                replacement: isLet ? "@" + SyntaxPrinter.name(name) : SyntaxPrinter.quoted(name))
        }
        let value = try constant(right)
        var isUntyped = column.kind == .any
        if case .table(let columns)? = input?.element, columns.isEmpty { isUntyped = true }
        let items: [Constant]
        if comparison == .isIn {
            guard case .list(let list) = value else {
                throw Diagnostic(
                    "wrong-type", right.span, "`in` takes a list",
                    help: "`\(SyntaxPrinter.name(column.name)) in [\"a\", \"b\"]`")
            }
            items = list
        } else {
            items = [value]
        }
        for item in items where !isUntyped {
            let fits: Bool
            switch (column.kind, item) {
            case (.string, .string), (.bool, .bool): fits = true
            case (.int, .int), (.int, .double), (.double, .int), (.double, .double): fits = comparison != .like
            default: fits = item == .none && (comparison == .equal || comparison == .notEqual)
            }
            guard fits else {
                throw Diagnostic(
                    "wrong-type", right.span,
                    "`\(column.name)` holds \(column.kind.words), and \(item) is \(item.kindName)",
                    help: column.kind.example(SyntaxPrinter.name(column.name), comparison))
            }
            if case .string(let text) = item, comparison == .equal || comparison == .isIn, !column.values.isEmpty,
                !column.values.contains(text)
            {
                throw .unknown("\(column.name)", text, among: column.values, at: right.span)
            }
        }
        return .compare(column: column, comparison, value)
    }
}

extension RowPredicate.Comparison {
    init?(_ op: BinaryOperator) {
        switch op {
        case .equal: self = .equal
        case .notEqual: self = .notEqual
        case .less: self = .less
        case .lessOrEqual: self = .lessOrEqual
        case .greater: self = .greater
        case .greaterOrEqual: self = .greaterOrEqual
        case .in: self = .isIn
        case .like: self = .like
        default: return nil
        }
    }

    /// The same comparison with its sides exchanged.
    var mirrored: RowPredicate.Comparison? {
        switch self {
        case .equal, .notEqual: self
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        case .like, .isIn: nil
        }
    }
}

extension TableColumn.Kind {
    /// A comparison that fits the column.
    fileprivate func example(_ name: String, _ comparison: RowPredicate.Comparison) -> String {
        if comparison == .like, self != .string { return "`like` compares texts; numbers with `==`, `<`, `>`" }
        return switch self {
        case .string: "`\(name) == \"…\"`"
        case .int: "`\(name) == 3`"
        case .double: "`\(name) > 0.5`"
        case .bool: "`where(\(name))`, or `\(name) == false`"
        case .any: "`\(name) == …`"
        }
    }

    /// For messages: "strings", "whole numbers".
    var words: String {
        switch self {
        case .string: "strings"
        case .int: "whole numbers"
        case .double: "numbers"
        case .bool: "true or false"
        case .any: "values of any kind"
        }
    }
}
