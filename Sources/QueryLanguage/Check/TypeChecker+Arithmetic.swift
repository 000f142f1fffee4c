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
        let element: Element
        switch (left.type.element, right.type.element) {
        case (let a, let b) where a.isNumeric && b.isNumeric:
            switch op {
            case .add, .subtract, .multiply, .divide, .power: element = .float
            default: element = .bool
            }
        case (.vector(let a), .vector(let b)) where a == b && (op == .add || op == .subtract): element = .vector(a)
        case (.vector(let a), let b) where b.isNumeric && (op == .multiply || op == .divide): element = .vector(a)
        case (let a, .vector(let b)) where a.isNumeric && op == .multiply: element = .vector(b)
        default:
            let number = VerbTable.wordsForNumbers(left.type.element) ?? VerbTable.wordsForNumbers(right.type.element)
            throw Diagnostic(
                "wrong-type", expr.span, "`\(op.rawValue)` does not work on \(left.type) and \(right.type)",
                help: number)
        }
        var dims: [Dimension] = []
        for dim in left.type.dims {
            guard let other = right.type.dim(dim.name) else {
                dims.append(dim)
                continue
            }
            if let a = dim.labels, let b = other.labels {
                let shared = a.filter { b.contains($0) }
                guard !shared.isEmpty else {
                    throw Diagnostic(
                        "no-common-labels", expr.span, "the two sides have no \(dim.name) in common",
                        help: "left has \(Diagnostic.list(a)), right has \(Diagnostic.list(b))")
                }
                dims.append(Dimension(dim.name, labels: shared))
            } else {
                dims.append(Dimension(dim.name, extent: .atMost(min(dim.bound, other.bound))))
            }
        }
        dims += right.type.dims.filter { !left.type.has($0.name) }
        var type = QueryType(
            element, TypeChecker.inOrder(dims), columns: left.type.hasRows ? left.type.columns : right.type.columns)
        type.spent = left.type.spent.merging(right.type.spent) { first, _ in first }
        return PlanNode(.arithmetic(op), inputs: [left, right], type: type, span: expr.span, text: source[expr.span])
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
