import QueryLanguage

/// What an answer has to say about itself that no single verb can know: found in its plan and in its numbers.
///
/// Nothing here changes an answer; every finding is a note with a code. Verbs say themselves what they alone see.
struct GuardRails {
    let executor: Executor

    /// Notes that tell already where the NaN of scores comes from.
    private static let testSetNotes = Set([NoteCode.noTestRows, .oneClassMissing].map(\.rawValue))

    /// Adds the notes on a shown value.
    func check(_ node: PlanNode, _ operand: Operand) throws {
        var seen = Set<ObjectIdentifier>()
        try walk(node, &seen)
        // Where no row was left, that is said already.
        guard !executor.notes.contains(where: { $0.code == NoteCode.noRows.rawValue }) else { return }
        guard let missing = NotANumber.count(in: operand) else { return }
        let isExplained = executor.notes.contains { Self.testSetNotes.contains($0.code) }
        executor.note(
            .nanValues, isExplained ? missing.lead + "a test set lacks rows, as said" : missing.text(of: node))
    }

    private func walk(_ node: PlanNode, _ seen: inout Set<ObjectIdentifier>) throws {
        guard seen.insert(ObjectIdentifier(node)).inserted else { return }
        for input in node.inputs { try walk(input, &seen) }
        if let text = ChosenOnTestRows.text(node) { executor.note(.chosenOnTestRows, text) }
        if let (code, text) = LeakBeforeSplit.note(node) { executor.note(code, text) }
        if let text = try ExactTies.text(node, executor) { executor.note(.ties, text) }
        guard case .verb(let name, let arguments) = node.operation else { return }
        for case .node(let value) in arguments.values.values { try walk(value, &seen) }
        if DominantDimension.verbs.contains(name), let text = try DominantDimension.text(node.inputs[0], executor) {
            executor.note(.dominantDimension, text)
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

    /// How many, and a colon.
    var lead: String { "\(count) of \(total) numbers \(count == 1 ? "is" : "are") NaN: " }

    func text(of node: PlanNode) -> String {
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
