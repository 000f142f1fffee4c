import Analysis
import Kernels
import QueryLanguage
import Scan
import Store
import Tensor

/// A statistic with the probability of one at least as far out by chance.
public struct TestResult: Sendable, Hashable {
    public var statistic: Double
    public var pValue: Double
    /// Permutations, or rows of a correlation.
    public var count: Int
}

extension Executor {
    /// `permutation_test`: classes of prompts exchanged.
    func permuted(_ arguments: BoundArguments, _ node: PlanNode) throws -> Frame {
        let rows = try labelledRows(node.inputs[0], "permutation_test")
        // Classes were named by `contrast`: the rows are those of the value below it.
        let sums = try promptSums(Executor.unlabelled(node.inputs[0]))
        let column = arguments.column("column")?.name ?? rows.column ?? ""
        var comparisons = rows.contrasts.map { (title: $0.name, names: [$0.negative, $0.positive]) }
        let isContrasted = !comparisons.isEmpty
        if !isContrasted { comparisons = [(column, try names(of: column, sums, arguments, node))] }
        let test = PermutationTest(
            seed: UInt64(bitPattern: Int64(arguments.int("seed") ?? 0)), permutations: arguments.int("n") ?? 1000)
        let (cells, inner) = (sums.outer.cells, sums.inner.cells)
        let plans = try (0..<cells).flatMap { cell in
            try comparisons.map { comparison in
                try ExchangePlan(sums, cell: cell, column: column, names: comparison.names, test, node)
            }
        }
        if plans.contains(where: { $0.assignments.isExact }) {
            note(.exactTest, "all different exchanges are taken once: p is exact")
        }
        let compared = comparisons.count
        let tasks = inner * compared * cells
        var found = [TestResult](repeating: TestResult(statistic: .nan, pValue: .nan, count: 0), count: tasks)
        try ParallelScan.run(count: tasks, threads: threads) { task in
            let cell = task % cells
            let comparison = task / cells % compared
            return plans[cell * compared + comparison].result(sums, inner: task / (cells * compared))
        } merge: { task, result in
            found[task] = result
        }
        let axes = sums.inner + (isContrasted ? [Axis("contrast", comparisons.map { .string($0.title) })] : [])
        return Frame(outer: sums.outer, inner: axes, payload: .tests(found))
    }

    /// The value below `contrast` and `balance`.
    private static func unlabelled(_ node: PlanNode) -> PlanNode {
        var node = node
        while case .verb(let name, _) = node.operation, name == "contrast" || name == "balance",
            let below = node.inputs.first
        {
            node = below
        }
        return node
    }

    private func names(
        of column: String, _ sums: PromptSums, _ arguments: BoundArguments, _ node: PlanNode
    ) throws -> [String] {
        var values = Set<String>()
        for cell in 0..<sums.outer.cells {
            let columns = PromptColumns(sums.tables[cell])
            for prompt in sums.range(cell) {
                if let text = columns.text(column, prompt: Int(sums.prompts[prompt])) { values.insert(text) }
            }
        }
        guard values.count > 1, values.count <= VerbTable.classLimit else {
            throw QueryFailure(
                "not-two-classes", at: node, "`\(column)` has \(values.count) different values here; two are needed",
                help: "choose two with `contrast(\(SyntaxPrinter.name(column)), \"a\" vs \"b\")`")
        }
        return VerbTable.inClassOrder(Array(values))
    }

    /// `correlate`: a value against a column of its prompts, or against another value of the same prompts.
    func correlated(_ arguments: BoundArguments, _ node: PlanNode) throws -> Frame {
        let input = try frame(node.inputs[0])
        guard case .numbers(let values) = input.payload else { return input }
        let other = try arguments.node("with").map { try frame($0) }
        let innerMap = other.map { input.inner.cellMap(into: $0.inner) }
        let outerMap = other.map { input.outer.cellMap(into: $0.outer) }
        let isPearson = arguments.string("method") == "pearson"
        var found: [TestResult] = []
        for inner in 0..<input.inner.cells {
            for cell in 0..<input.outer.cells {
                var (x, y): ([Double], [Double]) = ([], [])
                let partner = try partners(
                    arguments, other, outerMap.map { $0[cell] } ?? cell, innerMap.map { $0[inner] } ?? inner,
                    input.tables[cell])
                for row in input.offsets[cell]..<input.offsets[cell + 1] {
                    let value = values[inner * input.rows + row]
                    let theirs = partner[input.promptKey(row: row, cell: cell)] ?? .nan
                    guard !value.isNaN, !theirs.isNaN else { continue }
                    x.append(value)
                    y.append(theirs)
                }
                let result: Correlation = isPearson ? .pearson(x, y) : .spearman(x, y)
                found.append(
                    TestResult(statistic: result.coefficient, pValue: result.pValue, count: result.count))
            }
        }
        return Frame(outer: input.outer, inner: input.inner, payload: .tests(found))
    }

    /// The other side's number of every prompt, by its id.
    private func partners(
        _ arguments: BoundArguments, _ other: Frame?, _ cell: Int?, _ inner: Int?, _ table: PromptTable
    ) throws -> [String: Double] {
        guard let other else {
            let columns = PromptColumns(table)
            let name = arguments.column("column")?.name ?? ""
            return Dictionary(
                table.keys.indices.compactMap { prompt in
                    columns.value(name, prompt: prompt).number.map { (table.keys[prompt], $0) }
                }, uniquingKeysWith: { first, _ in first })
        }
        guard let cell, let inner, case .numbers(let values) = other.payload else { return [:] }
        return Dictionary(
            (other.offsets[cell]..<other.offsets[cell + 1]).map { row in
                (other.promptKey(row: row, cell: cell), values[inner * other.rows + row])
            }, uniquingKeysWith: { first, _ in first })
    }
}

/// The classes of one cell's prompts and what they are exchanged for.
private struct ExchangePlan: Sendable {
    /// Prompts of the classes, as places among all prompts.
    let members: [Int]
    let classes: [Int32]
    let classCount: Int
    let assignments: PermutationTest.Assignments

    init(
        _ sums: PromptSums, cell: Int, column: String, names: [String], _ test: PermutationTest, _ node: PlanNode
    ) throws {
        let targets = RowTargets(sums.tables[cell], column: column, names: names)
        let chosen = sums.range(cell).filter { targets.classes[Int(sums.prompts[$0])] >= 0 }
        let found = chosen.map { targets.classes[Int(sums.prompts[$0])] }
        for (place, name) in names.enumerated() where !found.contains(Int32(place)) {
            throw QueryFailure(
                "one-class", at: node, "no prompt is \(name)", help: "check `where` and the column's values")
        }
        guard names.count < chosen.count else {
            throw QueryFailure(
                "all-different", at: node, "every prompt has a `\(column)` of its own: there is nothing to exchange",
                help: "choose a column whose values several prompts share; `correlate` takes numbers")
        }
        members = chosen
        classes = found
        classCount = names.count
        assignments = test.assignments(chosen.map { sums.keys[$0] }, classes: found.map { Int($0) })
    }

    func result(_ sums: PromptSums, inner: Int) -> TestResult {
        let statistic = makeStatistic(sums, inner)
        let value = statistic(classes)
        let others = assignments.classes.map { WorkWatch.isCancelled ? .nan : statistic($0) }
        return TestResult(
            statistic: value, pValue: assignments.pValue(true: value, others: others, slack: 1e-6), count: others.count)
    }

    private func makeStatistic(_ sums: PromptSums, _ inner: Int) -> ([Int32]) -> Double {
        let base = inner * sums.prompts.count
        let counts = members.map { sums.counts[base + $0] }
        if sums.width > 1 { return length(sums, base, counts) }
        let totals = members.map { sums.sums[base + $0] }
        if classCount == 2 {
            return { classes in
                var (s0, s1, n0, n1) = (0.0, 0.0, 0.0, 0.0)
                for (place, k) in classes.enumerated() {
                    if k == 1 {
                        s1 += totals[place]
                        n1 += counts[place]
                    } else {
                        s0 += totals[place]
                        n0 += counts[place]
                    }
                }
                return s1 / n1 - s0 / n0
            }
        }
        // F = (Σ nₖ(μₖ − μ)² / (K − 1)) / (Σ (x − μₖ)² / (n − K)), over the prompts' means.
        let means = zip(totals, counts).map { $0 / $1 }
        let middle = means.reduce(0, +) / Double(means.count)
        let all = means.reduce(0.0) { $0 + ($1 - middle) * ($1 - middle) }
        let (k, n) = (classCount, Double(means.count))
        return { classes in
            var total = [Double](repeating: 0, count: k)
            var count = [Double](repeating: 0, count: k)
            for (place, one) in classes.enumerated() {
                total[Int(one)] += means[place] - middle
                count[Int(one)] += 1
            }
            let between = zip(total, count).reduce(0.0) { $0 + ($1.1 > 0 ? $1.0 * $1.0 / $1.1 : 0) }
            return between / Double(k - 1) / ((all - between) / (n - Double(k)))
        }
    }

    /// ‖mean of class 1 − mean of class 0‖, from the prompts' inner products: one matrix serves all exchanges.
    private func length(_ sums: PromptSums, _ base: Int, _ counts: [Double]) -> ([Int32]) -> Double {
        let (n, d) = (members.count, sums.width)
        var middle = [Double](repeating: 0, count: d)
        let total = counts.reduce(0, +)
        for prompt in members {
            for j in 0..<d { middle[j] += sums.sums[(base + prompt) * d + j] / total }
        }
        // Centred, which leaves differences of means as they are, so that far rows cost no digits.
        var rows = [Double](repeating: 0, count: n * d)
        for (place, prompt) in members.enumerated() {
            for j in 0..<d { rows[place * d + j] = sums.sums[(base + prompt) * d + j] - counts[place] * middle[j] }
        }
        var products = [Double](repeating: 0, count: n * n)
        var out = products.mutableSpan
        MatrixMultiply.rowProducts(rows.span, into: &out, m: n, n: d)
        return { classes in
            var (n0, n1) = (0.0, 0.0)
            for (place, k) in classes.enumerated() { if k == 1 { n1 += counts[place] } else { n0 += counts[place] } }
            let share = classes.map { $0 == 1 ? 1 / n1 : -1 / n0 }
            var sum = 0.0
            for i in 0..<n {
                var line = products[i * n + i] * share[i]
                for j in (i + 1)..<max(n, i + 1) { line += 2 * products[i * n + j] * share[j] }
                sum += share[i] * line
            }
            return max(0, sum).squareRoot()
        }
    }
}
