import Analysis
import QueryLanguage
import Scan
import Store

/// Fits one probe for every outer cell, inner cell, contrast, split and C.
struct Fitting: Sendable {
    enum Estimator: Sendable {
        case logistic(LogisticRegression, c: [Double])
        case differenceInMeans
    }

    var estimator: Estimator
    var rows: LabelledRows
    /// The labels of `C` where it sweeps.
    var cLabels: [Label]?
    var threads: Int
    /// For failures: the step that asked.
    var node: PlanNode

    /// The training and test rows of one (cell, contrast, split).
    private struct Division: Sendable {
        var train: [Int]
        var test: [Int]
        var trainLabels: [Bool]
        var testLabels: [Bool]
    }

    func fit(_ frame: Frame) throws -> FitSet {
        guard let rule = rows.split, let column = rows.column else {
            preconditionFailure("the type checker lets no fit through without split and classes")
        }
        let features = if case .vectors(_, let width) = frame.payload { width } else { 1 }
        let contrasts = try contrasts(frame, column: column)
        let divisions = try (0..<frame.outer.cells).map { cell in
            try contrasts.map { try divide(frame, cell: cell, $0, rule, column: column) }
        }
        let innerCells = frame.inner.cells
        let cs: [Double] = if case .logistic(_, let c) = estimator { c } else { [1] }
        let perTask = cs.count
        // Tasks in the order of the result: inner, contrast, split; C is fitted as one warm-started path.
        let splits = rule.count
        let taskCount = innerCells * contrasts.count * splits * frame.outer.cells
        var probes: [FitSet.Probe?] = Array(repeating: nil, count: taskCount * perTask)
        let cells = frame.outer.cells
        try ParallelScan.run(count: taskCount, threads: threads) { task -> [FitSet.Probe] in
            let cell = task % cells
            let split = task / cells % splits
            let contrast = task / (cells * splits) % contrasts.count
            let inner = task / (cells * splits * contrasts.count)
            return try probe(
                frame, cell: cell, inner: inner, features: features, divisions[cell][contrast][split], cs)
        } merge: { task, found in
            let cell = task % cells
            let grid = task / cells
            for (place, probe) in found.enumerated() { probes[(grid * perTask + place) * cells + cell] = probe }
        }
        var axes = frame.inner
        if !rows.contrasts.isEmpty { axes.append(Axis("contrast", rows.contrasts.map { .string($0.name) })) }
        axes.append(Axis(rule.folds == nil ? "rep" : "fold", (0..<splits).map { .int($0) }))
        if let cLabels { axes.append(Axis("C", cLabels)) }
        let complete = probes.compactMap { $0 }
        return FitSet(
            frame: frame, outer: frame.outer, inner: axes, probes: complete, features: features,
            notes: notes(complete, cs: cs, rule: rule, cells: cells))
    }

    // MARK: - Classes and divisions

    private func contrasts(_ frame: Frame, column: String) throws -> [Contrast] {
        guard rows.contrasts.isEmpty else { return rows.contrasts }
        var values: [String] = []
        for (cell, table) in frame.tables.enumerated() {
            let columns = PromptColumns(table)
            let used = Set(
                (frame.offsets[cell]..<frame.offsets[cell + 1]).compactMap { row in frame.prompts.map { $0[row] } })
            for prompt in used.sorted() {
                guard let text = columns.text(column, prompt: Int(prompt)) else { continue }
                if !values.contains(text) { values.append(text) }
                if values.count > 2 { break }
            }
        }
        values.sort()
        guard values.count == 2 else {
            throw QueryFailure(
                "not-two-classes", at: node,
                "`\(column)` has \(values.count > 2 ? "more than two" : "\(values.count)") different values here; two are needed",
                help: "choose two with `contrast(\(column), \"a\" vs \"b\")`")
        }
        return [Contrast(negative: values[0], positive: values[1])]
    }

    private func divide(
        _ frame: Frame, cell: Int, _ contrast: Contrast, _ rule: LabelledRows.SplitRule, column: String
    ) throws -> [Division] {
        let table = frame.tables[cell]
        let classes = LabelledRows.classes(of: table, column: column, contrast)
        var members: [Int] = []
        var labels: [Int] = []
        var parts: [Int] = []
        var promptOfRow: [Int] = []
        for row in frame.offsets[cell]..<frame.offsets[cell + 1] {
            let prompt = frame.prompts.map { Int($0[row]) } ?? 0
            guard classes[prompt] >= 0 else { continue }
            members.append(row)
            labels.append(Int(classes[prompt]))
            promptOfRow.append(prompt)
            parts.append(frame.tokens.map { Int($0[row]) } ?? 0)
        }
        do {
            guard Set(labels).count == 2 else {
                throw AnalysisError(
                    .oneClass, "no row is \(labels.contains(0) ? contrast.positive : contrast.negative)",
                    mend: "check `where` and the values of `\(column)`")
            }
            let keys = try RowKeys(prompts: table.keys, promptOfRow: promptOfRow, partOfRow: parts)
            if let folds = rule.folds {
                var kept = Array(members.indices)
                if rows.isBalanced {
                    kept = try Balance.undersample(keys, labels: labels, seed: rule.splits.seed, repeat: 0)
                }
                let keptLabels = kept.map { labels[$0] }
                return try rule.splits.kFold(keys.selecting(kept), labels: keptLabels, folds: folds).map {
                    division($0, kept, members, labels)
                }
            }
            var divisions: [Division] = []
            for index in 0..<rule.repeats {
                var kept = Array(members.indices)
                if rows.isBalanced {
                    kept = try Balance.undersample(keys, labels: labels, seed: rule.splits.seed, repeat: index)
                }
                let keptLabels = kept.map { labels[$0] }
                let split = try rule.splits.shuffle(
                    keys.selecting(kept), labels: keptLabels, testShare: rule.testShare, repeat: index)
                divisions.append(division(split, kept, members, labels))
            }
            return divisions
        } catch let error as AnalysisError {
            throw QueryFailure(
                "cannot-split", at: node, "\(contrast.name): \(error.message)", help: error.mend)
        }
    }

    private func division(_ split: Split, _ kept: [Int], _ members: [Int], _ labels: [Int]) -> Division {
        Division(
            train: split.train.map { members[kept[$0]] }, test: split.test.map { members[kept[$0]] },
            trainLabels: split.train.map { labels[kept[$0]] == 1 }, testLabels: split.test.map { labels[kept[$0]] == 1 }
        )
    }

    // MARK: - One task

    private func probe(
        _ frame: Frame, cell: Int, inner: Int, features: Int, _ division: Division, _ cs: [Double]
    ) throws -> [FitSet.Probe] {
        do {
            var train = try matrix(frame, inner: inner, features: features, rows: division.train)
            var test = try matrix(frame, inner: inner, features: features, rows: division.test)
            if rows.scaling == .training {
                let scaler = try Standardizer(train)
                train = try scaler(train)
                test = try scaler(test)
            }
            switch estimator {
            case .logistic(let model, _):
                return try model.path(train, labels: division.trainLabels, c: cs).map { fit in
                    FitSet.Probe(
                        weights: fit.weights, bias: fit.bias, testRows: division.test,
                        decisions: try fit.decisions(test), labels: division.testLabels, converged: fit.converged,
                        iterations: fit.iterations, trainRows: fit.trainRows)
                }
            case .differenceInMeans:
                let direction = try DifferenceInMeans(train, labels: division.trainLabels)
                return [
                    FitSet.Probe(
                        weights: direction.direction, bias: -direction.threshold, testRows: division.test,
                        decisions: try direction.decisions(test), labels: division.testLabels, converged: true,
                        iterations: 1, trainRows: train.rows)
                ]
            }
        } catch let error as AnalysisError {
            throw QueryFailure("cannot-fit", at: node, error.message, help: error.mend)
        }
    }

    private func matrix(_ frame: Frame, inner: Int, features: Int, rows: [Int]) throws -> FeatureMatrix {
        var values: [Float] = []
        values.reserveCapacity(rows.count * features)
        let base = inner * frame.rows
        switch frame.payload {
        case .vectors(let all, let width):
            for row in rows { values.append(contentsOf: all[(base + row) * width..<(base + row + 1) * width]) }
        case .numbers(let all):
            for row in rows { values.append(Float(all[base + row])) }
        default: preconditionFailure("only vectors and numbers are fitted")
        }
        return try FeatureMatrix(values, rows: rows.count, columns: features)
    }

    // MARK: - Notes

    private func notes(_ probes: [FitSet.Probe], cs: [Double], rule: LabelledRows.SplitRule, cells: Int) -> [FitNote] {
        var notes: [FitNote] = []
        if case .logistic(let model, _) = estimator {
            for (place, c) in cs.enumerated() {
                let mine = probes.indices.filter { $0 / cells % cs.count == place }.map { probes[$0] }
                let empty = mine.filter { $0.weights.allSatisfy { $0 == 0 } }
                if model.penalty == .l1, let least = empty.map(\.trainRows).min() {
                    notes.append(.allWeightsZero(count: empty.count, of: mine.count, c: c, trainRows: least))
                }
                let unfinished = mine.filter { !$0.converged }
                if let most = unfinished.map(\.iterations).max() {
                    notes.append(.notConverged(count: unfinished.count, of: mine.count, iterations: most))
                }
            }
        }
        notes += FitNote.notes(onTestLabels: probes.map(\.labels))
        if rule.splits.unit == .row { notes.append(.ungroupedSplit) }
        if rows.scaling == .all { notes.append(.standardizedBeforeSplit) }
        return notes
    }
}
