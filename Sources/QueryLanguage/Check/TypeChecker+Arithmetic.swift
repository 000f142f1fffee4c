extension TypeChecker {
    /// An infix operator on two values: shared dimensions are joined by label, the others broadcast.
    func arithmetic(_ op: BinaryOperator, _ left: PlanNode, _ right: PlanNode, _ expr: Expr) throws(Diagnostic)
        -> PlanNode
    {
        guard op != .in, op != .like else {
            throw Diagnostic("wrong-place", expr.span, "`\(op.rawValue)` compares columns and stands in `where(…)`")
        }
        try checkDepth([left, right], at: expr.span)
        for side in [left, right] { try checkOrder(op.rawValue, on: side.type, at: expr.span) }
        guard let element = TypeChecker.element(op, left.type.element, right.type.element) else {
            var help = VerbTable.wordsForNumbers(left.type.element) ?? VerbTable.wordsForNumbers(right.type.element)
            if op == .multiply, left.type.element.isVector, right.type.element.isVector {
                help = "`dot(v)` is the inner product of two vectors"
            }
            throw Diagnostic(
                "wrong-type", expr.span, "`\(op.rawValue)` does not work on \(left.type) and \(right.type)",
                help: help ?? "it takes numbers, or vectors of one width")
        }
        let dims = try left.type.joined(with: right.type, at: expr.span)
        var type = QueryType(
            element, dims,
            columns: left.type.has("token") || !right.type.has("token") && left.type.hasRows
                ? left.type.columns : right.type.columns)
        type.spent = left.type.spent.merging(right.type.spent) { first, _ in first }
        return PlanNode(.arithmetic(op), inputs: [left, right], type: type, span: expr.span, text: source[expr.span])
    }

    /// What an operator makes of two cells; a pair meets a pair side by side, and anything else on both sides.
    private static func element(_ op: BinaryOperator, _ left: Element, _ right: Element) -> Element? {
        switch (left, right) {
        case (.pair(let al, let ar), .pair(let bl, let br)):
            guard let l = element(op, al, bl), let r = element(op, ar, br) else { return nil }
            return .pair(l, r)
        case (.pair(let al, let ar), let b):
            guard let l = element(op, al, b), let r = element(op, ar, b) else { return nil }
            return .pair(l, r)
        case (let a, .pair(let bl, let br)):
            guard let l = element(op, a, bl), let r = element(op, a, br) else { return nil }
            return .pair(l, r)
        case (let a, let b) where a.isNumeric && b.isNumeric:
            switch op {
            case .add, .subtract, .multiply, .divide, .power: return .float
            default: return .bool
            }
        case (.vector(let a), .vector(let b)) where a == b && (op == .add || op == .subtract): return .vector(a)
        case (.vector(let a), let b) where b.isNumeric && (op == .multiply || op == .divide): return .vector(a)
        case (let a, .vector(let b)) where a.isNumeric && op == .multiply: return .vector(b)
        default: return nil
        }
    }

    /// Model and data set first, then prompts and tokens, then all other dimensions as they come.
    static func inOrder(_ dims: [Dimension]) -> [Dimension] {
        func rank(_ name: String) -> Int {
            switch name {
            case "model": 0
            case "dataset": 1
            case "prompt": 2
            case "token": 3
            default: 4
            }
        }
        return dims.enumerated().sorted { (rank($0.element.name), $0.offset) < (rank($1.element.name), $1.offset) }.map(
            \.element)
    }
}
