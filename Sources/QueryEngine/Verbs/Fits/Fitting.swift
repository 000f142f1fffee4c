import Analysis
import QueryLanguage
import Scan
import Store

/// Fits one model for every outer cell, inner cell, contrast, split and value of a swept parameter.
struct Fitting: Sendable {
    var estimator: Estimator
    var rows: LabelledRows
    /// The labels of the parameter that sweeps; nil where one value was given.
    var sweepLabels: [Label]?
    /// Whether the column's numbers are predicted instead of classes.
    var isRegression: Bool
    var threads: Int
    /// For failures: the step that asked.
    var node: PlanNode

    func fit(_ frame: Frame) throws -> FitSet {
        guard let column = rows.column else {
            preconditionFailure("the type checker lets no fit through without classes")
        }
        let features = if case .vectors(_, let width) = frame.payload { width } else { 1 }
        let comparisons = try comparisons(frame, column: column)
        let divisions = try (0..<frame.outer.cells).map { cell in
            try comparisons.map { comparison in
                let targets =
                    isRegression
                    ? RowTargets(frame.tables[cell], numbers: column)
                    : RowTargets(frame.tables[cell], column: column, names: comparison.names)
                return try Dividing(
                    frame: frame, cell: cell, rows: rows, targets: targets, node: node, title: comparison.title,
                    threads: threads
                ).divisions()
            }
        }
        // Tasks in the order of the result: inner, contrast, split; swept values are fitted as one warm-started path.
        let splitAxes = rows.split?.axes ?? []
        let (splits, cells, perTask) = (splitAxes.cells, frame.outer.cells, estimator.count)
        let taskCount = frame.inner.cells * comparisons.count * splits * cells
        var probes: [FitSet.Probe?] = Array(repeating: nil, count: taskCount * perTask)
        try ParallelScan.run(count: taskCount, threads: threads) { task -> [FitSet.Probe] in
            let cell = task % cells
            let split = task / cells % splits
            let comparison = task / (cells * splits) % comparisons.count
            let inner = task / (cells * splits * comparisons.count)
            return try probe(
                frame, inner: inner, features: features, classes: comparisons[comparison].names.count,
                divisions[cell][comparison][split])
        } merge: { task, found in
            let cell = task % cells
            let grid = task / cells
            for (place, probe) in found.enumerated() { probes[(grid * perTask + place) * cells + cell] = probe }
        }
        var axes = frame.inner
        if !rows.contrasts.isEmpty { axes.append(Axis("contrast", rows.contrasts.map { .string($0.name) })) }
        axes += splitAxes
        if let sweepLabels, let name = estimator.sweep?.name { axes.append(Axis(name, sweepLabels)) }
        let complete = probes.compactMap { $0 }
        var set = FitSet(
            frame: frame, outer: frame.outer, inner: axes, probes: complete, features: features,
            comparisons: comparisons.map(\.names), isRegression: isRegression, notes: [])
        set.notes = notes(set)
        return set
    }

    // MARK: - Classes

    /// What is compared: the classes' names, of every contrast or of the column's values.
    private func comparisons(_ frame: Frame, column: String) throws -> [(title: String, names: [String])] {
        if isRegression { return [(column, [])] }
        guard rows.contrasts.isEmpty else {
            return rows.contrasts.map { ($0.name, [$0.negative, $0.positive]) }
        }
        var values: Set<String> = []
        for (cell, table) in frame.tables.enumerated() {
            let columns = PromptColumns(table)
            let used = Set(
                (frame.offsets[cell]..<frame.offsets[cell + 1]).compactMap { row in frame.prompts.map { $0[row] } })
            for prompt in used {
                if let text = columns.text(column, prompt: Int(prompt)) { values.insert(text) }
                if values.count > VerbTable.classLimit { break }
            }
        }
        // Classes that no row has keep their place where the type has named them.
        let named = node.type.fit?.classes ?? []
        let names = values.isSubset(of: named) && values.count > 1 ? named : VerbTable.inClassOrder(Array(values))
        guard (2...VerbTable.classLimit).contains(names.count) else {
            throw QueryFailure(
                "not-two-classes", at: node,
                "`\(column)` has \(names.count > 2 ? "too many" : "\(names.count)") different values here; two are needed",
                help: "choose two with `contrast(\(SyntaxPrinter.name(column)), \"a\" vs \"b\")`")
        }
        return [(names.joined(separator: " vs "), names)]
    }

    // MARK: - One task

    private func probe(
        _ frame: Frame, inner: Int, features: Int, classes: Int, _ division: Division
    ) throws -> [FitSet.Probe] {
        do {
            var train = try matrix(frame, inner: inner, features: features, rows: division.train)
            var test = try matrix(frame, inner: inner, features: features, rows: division.test)
            var scaler: Standardizer?
            if rows.scaling == .training || (rows.split == nil && rows.scaling == .all) {
                let fitted = try Standardizer(train)
                train = try fitted(train)
                test = try fitted(test)
                scaler = fitted
            }
            return try estimator.fit(
                train, labels: division.trainClasses, classes: classes, numbers: division.trainNumbers
            ).map { fitted in
                FitSet.Probe(
                    model: fitted.model, scaler: scaler, testRows: division.test,
                    decisions: try fitted.model.decisions(test), labels: division.testClasses.map { Int32($0) },
                    targets: division.testNumbers, converged: fitted.converged, iterations: fitted.iterations,
                    isSingular: fitted.isSingular, trainRows: train.rows)
            }
        } catch let error as AnalysisError {
            if error.kind == .notFinite,
                let place = frame.firstNotFinite(inner: inner, rows: division.train + division.test)
            {
                throw QueryFailure("not-finite", at: node, place, help: Frame.withoutNotFinite)
            }
            throw QueryFailure("cannot-fit", at: node, error.message, help: error.mend)
        }
    }

    private func matrix(_ frame: Frame, inner: Int, features: Int, rows: [Int]) throws(AnalysisError) -> FeatureMatrix {
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

    private func notes(_ set: FitSet) -> [FitNote] {
        var notes: [FitNote] = []
        let cells = set.outer.cells
        for (place, value) in (estimator.sweep?.values ?? [1]).enumerated() {
            let mine = set.probes.indices.filter { $0 / cells % estimator.count == place }.map { set.probes[$0] }
            if case .logistic(let model, _) = estimator, model.penalty == .l1 {
                let empty = mine.filter { $0.model.weights.allSatisfy { $0 == 0 } }
                if let least = empty.map(\.trainRows).min() {
                    notes.append(.allWeightsZero(count: empty.count, of: mine.count, c: value, trainRows: least))
                }
            }
            let unfinished = mine.filter { !$0.converged }
            if let most = unfinished.map(\.iterations).max() {
                notes.append(.notConverged(count: unfinished.count, of: mine.count, iterations: most))
            }
        }
        let singular = set.probes.filter(\.isSingular)
        if let least = singular.map(\.trainRows).min() {
            notes.append(
                .singularCovariance(
                    count: singular.count, of: set.probes.count, trainRows: least, features: set.features))
        }
        guard let rule = rows.split else { return notes }
        if !isRegression {
            let several = set.comparisons.map(\.count).max() ?? 2
            notes += FitNote.notes(onTestClasses: set.probes.map(\.labels), classes: several)
        }
        if rule.splits.unit == .row { notes.append(.ungroupedSplit) }
        if rows.scaling == .all { notes.append(.standardizedBeforeSplit) }
        return notes
    }
}
