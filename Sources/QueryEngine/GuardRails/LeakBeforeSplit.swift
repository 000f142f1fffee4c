import Analysis
import QueryLanguage

/// Statistics over all rows that were taken before they are split: the test rows are part of them.
///
/// Pools along grid dimensions and within a prompt (`center(token)`) leave test rows where they are, and so does what comes from
/// other prompts: a direction of another data set, or of rows that `where` keeps apart.
enum LeakBeforeSplit {
    /// A note to be.
    typealias Finding = (code: NoteCode, text: String)

    /// What to say about a `split`; nil where nothing below it looked at all prompts together, and for every other step.
    static func note(_ node: PlanNode) -> Finding? {
        guard case .verb("split", _) = node.operation else { return nil }
        var below = node.inputs.first
        while let step = below {
            if let found = statistic(step) ?? other(step) { return found }
            below = step.inputs.first
        }
        return nil
    }

    /// A verb that pools all prompts and gives the rows back.
    private static func statistic(_ step: PlanNode) -> Finding? {
        guard case .verb(let name, let arguments) = step.operation, let input = step.inputs.first,
            input.type.has("prompt")
        else { return nil }
        let named = arguments.dims("dims")
        switch name {
        case "standardize": return (.standardizedBeforeSplit, FitNote.standardizedBeforeSplit.text)
        case "center" where (named.isEmpty ? input.type.sampleDims : named).contains("prompt"):
            return said(
                "`\(name)` before split takes the test rows into its mean",
                "`standardize` after split has that of the training rows")
        case "normalize" where named.contains("prompt"):
            return said(
                "`\(name)(prompt)` before split takes the test rows into its sums",
                "`standardize` after split has the deviation of the training rows")
        case "drop_dims":
            return said(
                "`\(name)` before split chooses its dimensions by the test rows too",
                "`standardize` after split takes away what makes them large")
        default: return nil
        }
    }

    /// Rows with a second value that was pooled from the very same rows, such as `x - (x | mean)` or `dot(x | … | diff_means)`.
    private static func other(_ step: PlanNode) -> Finding? {
        guard step.inputs.count > 1, step.inputs[0].type.has("prompt") else { return nil }
        var own: Set<String> = []
        for value in step.inputs.dropFirst() where !value.type.has("prompt") {
            var source: PlanNode? = value
            var pool = value
            while let below = source, !below.type.has("prompt") {
                pool = below
                source = below.inputs.first
            }
            guard let source, case .verb(let name, _) = pool.operation, name != "load", name != "read" else { continue }
            if own.isEmpty { own = rows(below: step.inputs[0]) }
            guard own.contains(source.digest) else { continue }
            return said(
                "before split stands a value that `\(name)` makes of the same rows, test rows among them",
                "take it from other prompts: `where`, another data set")
        }
        return nil
    }

    /// Digests of a value with prompts and of all that it was made from.
    private static func rows(below node: PlanNode) -> Set<String> {
        var found: Set<String> = []
        var next: PlanNode? = node
        while let step = next, step.type.has("prompt") {
            found.insert(step.digest)
            next = step.inputs.first
        }
        return found
    }

    private static func said(_ what: String, _ mend: String) -> Finding {
        (.statisticsBeforeSplit, "\(what), which flatters the scores: \(mend).")
    }
}
