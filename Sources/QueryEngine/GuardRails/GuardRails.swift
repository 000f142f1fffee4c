import QueryLanguage

/// What an answer has to say about itself that no single verb can know: found in its plan and in its numbers.
///
/// Nothing here changes an answer; every finding is a note with a code. Verbs say themselves what they alone see.
struct GuardRails {
    let executor: Executor

    /// Adds the notes on a shown value.
    func check(_ node: PlanNode, _ operand: Operand) throws {
        var seen = Set<ObjectIdentifier>()
        try walk(node, &seen)
        // Where no row was left, that is said already.
        guard !executor.notes.contains(where: { $0.code == "no-rows" }) else { return }
        NotANumber.count(in: operand).map { executor.note("nan-values", $0.text(of: node)) }
    }

    private func walk(_ node: PlanNode, _ seen: inout Set<ObjectIdentifier>) throws {
        guard seen.insert(ObjectIdentifier(node)).inserted else { return }
        for input in node.inputs { try walk(input, &seen) }
        if let text = ChosenOnTestRows.text(node) { executor.note("chosen-on-test-rows", text) }
        if let text = try ExactTies.text(node, executor) { executor.note("ties", text) }
        guard case .verb(let name, let arguments) = node.operation else { return }
        for case .node(let value) in arguments.values.values { try walk(value, &seen) }
        if DominantDimension.verbs.contains(name), let text = try DominantDimension.text(node.inputs[0], executor) {
            executor.note("dominant-dimension", text)
        }
    }
}

/// How many numbers of an answer are NaN.
struct NotANumber {
    var count: Int
    var total: Int

    /// nil where none is. Cells without a value are no numbers and don't count.
    static func count(in operand: Operand) -> NotANumber? {
        guard case .frame(let frame) = operand else { return nil }
        let found: NotANumber
        switch frame.payload {
        case .numbers(let values):
            let missing = values.count { $0.isNaN && Missing.holds($0) }
            found = NotANumber(count: values.count(where: \.isNaN) - missing, total: values.count - missing)
        case .vectors(let values, _): found = NotANumber(count: values.count(where: \.isNaN), total: values.count)
        case .stats(let values):
            found = NotANumber(
                count: values.count { $0.count > 0 && $0.mean.isNaN }, total: values.count { $0.count > 0 })
        default: return nil
        }
        return found.count > 0 ? found : nil
    }

    func text(of node: PlanNode) -> String {
        let lead = "\(count) of \(total) numbers \(count == 1 ? "is" : "are") NaN: "
        if node.type.quantity?.hasSuffix("of convergence") == true { return lead + "the level is never kept there" }
        guard let column = NotANumber.tokenColumn(node) else {
            return lead + "NaN went in, a vector is zero, or nothing was there to work with"
        }
        return lead + "some tokens have no `\(column)`; a condition on it, such as "
            + "`where(\(column) \(column == "next_logprob" ? "<= 0" : "> 0"))`, leaves them out"
    }

    /// The column with a number per token that the value is made from.
    private static func tokenColumn(_ node: PlanNode) -> String? {
        if case .site(let choice) = node.operation { return choice.tokenColumn }
        return node.inputs.first.flatMap(tokenColumn)
    }
}

/// The best of several layers (or C, k, models …) is taken by the very test rows that its score is told on.
enum ChosenOnTestRows {
    /// What to say about a step that chooses; nil for every other.
    static func text(_ node: PlanNode) -> String? {
        guard case .verb(let name, let arguments) = node.operation, let input = node.inputs.first,
            isScore(input)
        else { return nil }
        let chosen: [Dimension]
        switch name {
        case "max", "argmax":
            let named = arguments.dims("dims") + arguments.dims("dim")
            chosen = input.type.dims.filter { named.contains($0.name) && !$0.isSample }
        case "top", "head":
            // Of a sorted list the first entries.
            guard name == "top" || isSorted(input) else { return nil }
            let named = arguments.dims("dims")
            chosen = input.type.dims.filter { !$0.isSample && (named.isEmpty || named.contains($0.name)) }
        default: return nil
        }
        let choices = chosen.filter { $0.name != "metric" && $0.bound > 1 }
        guard !choices.isEmpty else { return nil }
        let count = choices.reduce(1) { $0 * $1.bound }
        let names = choices.map(\.name).joined(separator: " × ")
        return
            "the best of \(count) (\(names)) is chosen on the same test rows that its score comes from, which flatters it: "
            + "choose on one part of the prompts (`where`, another data set) and report on the other"
    }

    /// Whether the value is a held-out score, pooled or not.
    private static func isScore(_ node: PlanNode) -> Bool {
        guard case .verb(let name, _) = node.operation else {
            switch node.operation {
            case .choose, .sweep: return node.inputs.first.map(isScore) ?? false
            default: return false
            }
        }
        switch name {
        case "score", "auroc", "accuracy": return true
        case "mean", "median", "summary", "min", "max", "sort", "head", "table":
            return node.inputs.first.map(isScore) ?? false
        default: return false
        }
    }

    private static func isSorted(_ node: PlanNode) -> Bool {
        if case .verb("sort", _) = node.operation { true } else { false }
    }
}
