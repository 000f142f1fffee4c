import Analysis
import QueryLanguage
import Scan
import Store
import Tensor

/// The training and test rows of one (cell, comparison, split), as rows of the frame.
struct Division: Sendable {
    var train: [Int]
    var test: [Int]
    /// The class of each, and the number for a regression.
    var trainClasses: [Int]
    var testClasses: [Int]
    var trainNumbers: [Double] = []
    var testNumbers: [Double] = []
}

/// Makes the divisions of one cell and comparison: balance, then split, by prompt or by group.
struct Dividing: Sendable {
    let frame: Frame
    let cell: Int
    let rows: LabelledRows
    let targets: RowTargets
    /// For failures: the step that asked.
    let node: PlanNode
    /// What the comparison is called.
    let title: String
    /// Repeats are drawn side by side; each depends on its own number alone.
    let threads: Int

    /// One division per split, in the order of the split's axes; without a split all rows are for training.
    func divisions() throws -> [Division] {
        var members: [Int] = []
        var labels: [Int] = []
        var promptOfRow: [Int] = []
        for row in frame.offsets[cell]..<frame.offsets[cell + 1] {
            let prompt = frame.prompts.map { Int($0[row]) } ?? 0
            guard targets.classes[prompt] >= 0 else { continue }
            members.append(row)
            labels.append(Int(targets.classes[prompt]))
            promptOfRow.append(prompt)
        }
        do throws(any Error) {
            try checkClasses(labels)
            let keys = try rowKeys(members, promptOfRow)
            guard var rule = rows.split else {
                let all = Array(members.indices)
                return [
                    division(
                        Split(train: all, test: []), all, Members(rows: members, prompts: promptOfRow, labels: labels))
                ]
            }
            rule.splits.classNames = targets.names
            let rows = Members(rows: members, prompts: promptOfRow, labels: labels)
            switch rule.kind {
            case .share, .folds: return try drawn(rule, keys, rows)
            case .values(let column, let values):
                let kept = try balanced(keys, labels, rule, repeat: 0)
                return try values.map { value in
                    try WorkWatch.check()
                    let split = try held(kept, promptOfRow, column) { $0 == value ? true : $0 == nil ? nil : false }
                    return division(split, kept, rows)
                }
            case .given(let column):
                let kept = try balanced(keys, labels, rule, repeat: 0)
                let split = try held(kept, promptOfRow, column) { $0 == "test" ? true : $0 == "train" ? false : nil }
                return [division(split, kept, rows)]
            }
        } catch let error as AnalysisError {
            throw QueryFailure("cannot-split", at: node, "\(title): \(error.message)", help: error.mend)
        }
    }

    /// The rows of the cell that have a class: which they are, their prompts and classes.
    private struct Members: Sendable {
        let rows: [Int]
        let prompts: [Int]
        let labels: [Int]
    }

    /// The divisions of all repeats, in their order.
    private func drawn(_ rule: LabelledRows.SplitRule, _ keys: RowKeys, _ rows: Members) throws -> [Division] {
        var divisions: [Division] = []
        try ParallelScan.run(count: rule.repeats, threads: threads) { index -> [Division] in
            let kept = try balanced(keys, rows.labels, rule, repeat: index)
            let (chosen, classes) = (keys.selecting(kept), kept.map { rows.labels[$0] })
            switch rule.kind {
            case .share(let share):
                let split = try rule.splits.shuffle(chosen, labels: classes, testShare: share, repeat: index)
                return [division(split, kept, rows)]
            case .folds(let folds):
                return try rule.splits.kFold(chosen, labels: classes, folds: folds, repeat: index)
                    .map { division($0, kept, rows) }
            default: return []
            }
        } merge: { _, repeated in
            divisions += repeated
        }
        return divisions
    }

    private func checkClasses(_ labels: [Int]) throws(AnalysisError) {
        let seen = Set(labels)
        if targets.numbers != nil {
            guard !labels.isEmpty else {
                throw AnalysisError(
                    .tooFew, "no row has a number in `\(rows.column ?? "")`", mend: "check `where` and the column")
            }
            return
        }
        guard let missing = targets.names.indices.first(where: { !seen.contains($0) }) else { return }
        throw AnalysisError(
            .oneClass, "no row is \(targets.names[missing])",
            mend: "check `where` and the values of `\(rows.column ?? "")`")
    }

    /// Prompts with their rows, or groups of prompts where a column keeps them together.
    private func rowKeys(_ members: [Int], _ promptOfRow: [Int]) throws(AnalysisError) -> RowKeys {
        let table = frame.tables[cell]
        guard let column = rows.split?.groupColumn else {
            let parts = members.map { row in frame.tokens.map { Int($0[row]) } ?? 0 }
            return try RowKeys(prompts: table.keys, promptOfRow: promptOfRow, partOfRow: parts)
        }
        let columns = PromptColumns(table)
        var groups: [String] = []
        var places: [String: Int] = [:]
        var groupOfRow: [Int] = []
        for prompt in promptOfRow {
            // A prompt without a value is a group of its own; a colon keeps its name apart from values.
            let name = columns.text(column, prompt: prompt).map { "=\($0)" } ?? ":\(table.keys[prompt])"
            if places[name] == nil {
                places[name] = groups.count
                groups.append(name)
            }
            groupOfRow.append(places[name] ?? 0)
        }
        return try RowKeys(prompts: groups, promptOfRow: groupOfRow, partOfRow: Array(members.indices))
    }

    private func balanced(
        _ keys: RowKeys, _ labels: [Int], _ rule: LabelledRows.SplitRule, repeat index: Int
    ) throws(AnalysisError) -> [Int] {
        guard rows.isBalanced else { return Array(labels.indices) }
        return try Balance.undersample(keys, labels: labels, seed: rule.splits.seed, repeat: index)
    }

    /// A split by a column's text: true is tested, false trained on, nil in neither.
    private func held(
        _ kept: [Int], _ promptOfRow: [Int], _ column: String, _ isTested: (String?) -> Bool?
    ) throws(AnalysisError) -> Split {
        let columns = PromptColumns(frame.tables[cell])
        var train: [Int] = []
        var test: [Int] = []
        for (place, index) in kept.enumerated() {
            switch isTested(columns.text(column, prompt: promptOfRow[index])) {
            case true?: test.append(place)
            case false?: train.append(place)
            case nil: break
            }
        }
        guard !train.isEmpty else {
            throw AnalysisError(
                .tooFew, "no row is left to train on in `\(column)`", mend: "check `where` and the column's values")
        }
        return Split(train: train, test: test)
    }

    /// - Parameters:
    ///   - split: places in `kept`
    ///   - kept: places in `all`
    private func division(_ split: Split, _ kept: [Int], _ all: Members) -> Division {
        let (train, test) = (split.train.map { kept[$0] }, split.test.map { kept[$0] })
        var made = Division(
            train: train.map { all.rows[$0] }, test: test.map { all.rows[$0] },
            trainClasses: train.map { all.labels[$0] }, testClasses: test.map { all.labels[$0] })
        if let numbers = targets.numbers {
            made.trainNumbers = train.map { numbers[all.prompts[$0]] }
            made.testNumbers = test.map { numbers[all.prompts[$0]] }
        }
        return made
    }
}
