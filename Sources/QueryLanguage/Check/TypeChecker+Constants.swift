extension TypeChecker {
    /// The value of an expression that needs no store: literals, lists, parameters, and arithmetic on those.
    func constant(_ expr: Expr) throws(Diagnostic) -> Constant {
        switch expr.kind {
        case .integer(let value): return .int(value)
        case .float(let value): return .double(value)
        case .string(let value): return .string(value)
        case .boolean(let value): return .bool(value)
        case .noneLiteral: return .none
        case .list(let items):
            var values: [Constant] = []
            for item in items { values.append(try constant(item)) }
            return .list(values)
        case .name(let name), .reference(let name):
            if let value = scope.params[name] { return value }
            if let node = scope.lets[name], case .constant(let value) = node.operation { return value }
            if scope.broken.contains(name) {
                throw Diagnostic(Diagnostic.follows, expr.span, "`\(name)` has an error of its own")
            }
            throw notConstant(expr, name)
        case .unary(.minus, let operand):
            switch try constant(operand) {
            case .int(let value): return .int(0 &- value)
            case .double(let value): return .double(-value)
            default: throw Diagnostic("wrong-type", expr.span, "`-` takes a number", help: "`-1`")
            }
        case .unary(.not, let operand):
            guard case .bool(let value) = try constant(operand) else {
                throw Diagnostic(
                    "wrong-type", expr.span, "`not` takes true or false", help: "`not (role == \"user\")`")
            }
            return .bool(!value)
        case .binary(let op, let left, let right):
            return try fold(op, try constant(left), try constant(right), expr)
        default:
            throw notConstant(expr, nil)
        }
    }

    private func notConstant(_ expr: Expr, _ name: String?) -> Diagnostic {
        guard let name else {
            return Diagnostic(
                "not-a-constant", expr.span, "this must be a plain value: a number, a string or a list",
                help: "what is computed can't stand here; a `param` can")
        }
        if scope.lets[name] != nil {
            return Diagnostic(
                "not-a-constant", expr.span, "`\(name)` is computed; a plain value is needed here",
                help: "write the value, or a `param`")
        }
        let plain = scope.lets.filter { if case .constant = $0.value.operation { true } else { false } }
        let known = (Array(scope.params.keys) + plain.keys).sorted()
        if expr.kind.isReference {
            return .unknown("`let` or `param`", name, among: known, at: expr.span, code: "unknown-name")
        }
        let close = Diagnostic.closest(to: name, among: known)
        return Diagnostic(
            "unknown-name", expr.span, "there is no parameter `\(name)`",
            help: close.map { "did you mean `\($0)`?" } ?? "a text stands in quotes: `\"\(name)\"`",
            replacement: close ?? SyntaxPrinter.quoted(name))
    }

    private func fold(_ op: BinaryOperator, _ a: Constant, _ b: Constant, _ expr: Expr) throws(Diagnostic) -> Constant {
        if op == .add, case .string(let x) = a, case .string(let y) = b { return .string(x + y) }
        if op == .equal { return .bool(a == b || (a.number != nil && a.number == b.number)) }
        if op == .notEqual { return .bool(!(a == b || (a.number != nil && a.number == b.number))) }
        if case .bool(let x) = a, case .bool(let y) = b {
            if op == .and { return .bool(x && y) }
            if op == .or { return .bool(x || y) }
        }
        guard let x = a.number, let y = b.number else {
            throw Diagnostic(
                "wrong-type", expr.span, "`\(op.rawValue)` does not work on \(a.kindName) and \(b.kindName)",
                help: "it takes two numbers")
        }
        switch op {
        case .less: return .bool(x < y)
        case .lessOrEqual: return .bool(x <= y)
        case .greater: return .bool(x > y)
        case .greaterOrEqual: return .bool(x >= y)
        default: break
        }
        if case .int(let i) = a, case .int(let j) = b {
            let exact: (partialValue: Int, overflow: Bool)?
            switch op {
            case .add: exact = i.addingReportingOverflow(j)
            case .subtract: exact = i.subtractingReportingOverflow(j)
            case .multiply: exact = i.multipliedReportingOverflow(by: j)
            default: exact = nil
            }
            if let exact, !exact.overflow { return .int(exact.partialValue) }
        }
        switch op {
        case .add: return .double(x + y)
        case .subtract: return .double(x - y)
        case .multiply: return .double(x * y)
        case .divide: return .double(x / y)
        case .power: return .double(Arithmetic.power(x, y))
        default:
            throw Diagnostic(
                "wrong-type", expr.span, "`\(op.rawValue)` does not work on numbers",
                help: "it joins two conditions: `a > 1 \(op.rawValue) b > 2`")
        }
    }
}

extension Constant {
    /// A literal expression as a constant; nil for anything that refers to names.
    public init?(literal expr: Expr) {
        switch expr.kind {
        case .integer(let value): self = .int(value)
        case .float(let value): self = .double(value)
        case .string(let value): self = .string(value)
        case .boolean(let value): self = .bool(value)
        case .noneLiteral: self = .none
        case .unary(.minus, let operand):
            switch Constant(literal: operand) {
            case .int(let value)?: self = .int(0 &- value)
            case .double(let value)?: self = .double(-value)
            default: return nil
            }
        case .list(let items):
            var values: [Constant] = []
            for item in items {
                guard let value = Constant(literal: item) else { return nil }
                values.append(value)
            }
            self = .list(values)
        default: return nil
        }
    }

    /// The value of `--param name=text`: a literal of the language, or else the text itself.
    public init(parameterText text: String) {
        let source = SourceText(name: "--param", text: text)
        let parsed = Parser.parse(source)
        if parsed.diagnostics.isEmpty, parsed.file.statements.count == 1,
            case .show(let expr) = parsed.file.statements[0].kind,
            let value = Constant(literal: expr)
        {
            self = value
        } else {
            self = .string(text)
        }
    }
}
