import QueryLanguage

/// A value made of scores on test rows: which scores, and where their good ones stand after what was computed with them.
struct HeldOutScore {
    /// One kind of score in the value.
    private struct Part: Hashable {
        /// As `score` names it.
        var metric: String
        /// Whether larger scores have become smaller numbers.
        var isTurned = false
    }

    private var parts: Set<Part>
    /// Dimensions along which no choice is made: kinds of scores, and points of one curve.
    private(set) var notChosen: Set<String> = []

    private static let errors: Set<String> = ["mse", "mae", "log_loss", "brier"]

    /// At which end good numbers stand; both where some rise and others fall with quality.
    var best: Set<End> {
        Set(parts.map { Self.errors.contains($0.metric) != $0.isTurned ? .smallest : .largest })
    }

    /// nil where the value is no held-out score.
    init?(_ node: PlanNode) {
        switch node.operation {
        case .verb(let name, let arguments): self.init(name, arguments, node)
        case .choose(let choices):
            guard let found = Self.input(of: node) else { return nil }
            self = found
            for choice in choices where notChosen.contains(choice.dim) { narrow(to: choice.kept) }
        case .negate:
            guard let found = Self.input(of: node) else { return nil }
            self = found.turned
        case .arithmetic(let op):
            guard let found = Self.computed(op, node) else { return nil }
            self = found
        case .sweep(let sweep):
            guard let found = node.inputs.map({ HeldOutScore($0) }).reduce(nil, Self.joined) else { return nil }
            self = found
            if sweep.name == "metric" { notChosen.insert("metric") }
        case .constant, .captures, .site, .not: return nil
        }
        if parts.isEmpty { return nil }
    }

    private init(parts: Set<Part>, notChosen: Set<String>) {
        self.parts = parts
        self.notChosen = notChosen
    }

    private init?(_ name: String, _ arguments: BoundArguments, _ node: PlanNode) {
        switch name {
        case "auroc", "accuracy": parts = [Part(metric: name)]
        case "roc": (parts, notChosen) = ([Part(metric: name)], ["fpr"])
        case "score":
            let metric = arguments.string("metric")
            let names = metric.map { [$0] } ?? (node.type.dim("metric")?.labels ?? []).map(\.description)
            // The number of weights is no quality.
            parts = Set(names.filter { $0 != "nonzero" }.map { Part(metric: $0) })
            if metric == nil { notChosen = ["metric"] }
        case "mean", "median", "quantile", "sum", "summary", "min", "max", "sort", "head", "last", "table", "ci",
            "center",
            "save", "export":
            guard let found = Self.input(of: node) else { return nil }
            self = found
        case "delta":
            guard let found = Self.input(of: node) else { return nil }
            self = found.joined(found.turned)
        case "rename":
            guard let found = Self.input(of: node) else { return nil }
            self = found
            let renamings = arguments.renamings("new=old")
            notChosen = Set(notChosen.map { renamings.name(of: $0) })
        case "stack":
            guard let found = Self.joined(HeldOutScore(node.inputs[0]), HeldOutScore(node.inputs[1])) else {
                return nil
            }
            self = found
        default: return nil
        }
    }

    private static func input(of node: PlanNode) -> HeldOutScore? { node.inputs.first.flatMap { HeldOutScore($0) } }

    /// Of a − b and a / b a large a and a small b are good; factors count as positive unless they are written as numbers below 0.
    private static func computed(_ op: BinaryOperator, _ node: PlanNode) -> HeldOutScore? {
        let (a, b) = (node.inputs[0], node.inputs[1])
        let (left, right) = (HeldOutScore(a), HeldOutScore(b))
        switch op {
        case .add: return joined(left, right)
        case .subtract: return joined(left, right?.turned)
        case .multiply: return joined(left?.times(b), right?.times(a))
        case .divide: return joined(left?.times(b), right?.turned.times(a))
        case .power: return left?.times(b)
        default: return nil
        }
    }

    private var turned: HeldOutScore {
        HeldOutScore(
            parts: Set(parts.map { Part(metric: $0.metric, isTurned: !$0.isTurned) }), notChosen: notChosen)
    }

    /// Times a factor: a number below 0 turns it.
    private func times(_ factor: PlanNode) -> HeldOutScore {
        var sign = 1.0
        var factor = factor
        if case .negate = factor.operation {
            sign = -1
            factor = factor.inputs[0]
        }
        guard case .constant(let value) = factor.operation, let number = value.number else { return self }
        return number * sign < 0 ? turned : self
    }

    private func joined(_ other: HeldOutScore) -> HeldOutScore {
        HeldOutScore(parts: parts.union(other.parts), notChosen: notChosen.union(other.notChosen))
    }

    private static func joined(_ a: HeldOutScore?, _ b: HeldOutScore?) -> HeldOutScore? {
        guard let a, let b else { return a ?? b }
        return a.joined(b)
    }

    /// `[metric=…]` leaves some of the scores that `score` gave side by side.
    private mutating func narrow(to kept: DimensionChoice.Kept) {
        let labels: [Label]
        switch kept {
        case .one(let label): labels = [label]
        case .several(let several): labels = several
        default: return
        }
        let sideBySide = Set(VerbTable.metrics + VerbTable.regressionMetrics)
        let names = Set(labels.map(\.description)).intersection(sideBySide)
        guard !names.isEmpty else { return }
        parts = parts.filter { names.contains($0.metric) || !sideBySide.contains($0.metric) }
    }
}
