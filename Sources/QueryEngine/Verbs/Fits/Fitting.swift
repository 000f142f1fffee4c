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
    /// For every inner cell, what reads its rows; empty where the frame holds them.
    var readers: [RowReader] = []

    /// What depends on the rows alone, whatever their numbers: the same for every layer.
    struct Plan: Sendable {
        /// What is compared: the classes' names, of every contrast or of the column's values.
        var comparisons: [(title: String, names: [String])]
        /// `divisions[outer cell][comparison][split]`.
        var divisions: [[[Division]]]
    }

    func fit(_ frame: Frame) throws -> FitSet {
        let plan = try plan(frame)
        return set(frame, inner: frame.inner, plan, try probes(frame, plan))
    }

    func plan(_ frame: Frame) throws -> Plan {
        guard let column = rows.column else {
            preconditionFailure("the type checker lets no fit through without classes")
        }
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
        return Plan(comparisons: comparisons, divisions: divisions)
    }

    /// The fits of a frame: inner cells, then comparisons, splits, swept values, and outer cells last.
    func probes(_ frame: Frame, _ plan: Plan) throws -> [FitSet.Probe] {
        // Tasks in the order of the result; swept values are fitted as one warm-started path.
        let (splits, cells, perTask) = ((rows.split?.axes ?? []).cells, frame.outer.cells, estimator.count)
        let comparisons = plan.comparisons.count
        let taskCount = frame.inner.cells * comparisons * splits * cells
        let grams = try trainingGrams(frame, plan)
        var probes: [FitSet.Probe?] = Array(repeating: nil, count: taskCount * perTask)
        try ParallelScan.run(count: taskCount, threads: threads) { task -> [FitSet.Probe] in
            let cell = task % cells
            let split = task / cells % splits
            let comparison = task / (cells * splits) % comparisons
            let inner = task / (cells * splits * comparisons)
            let division = plan.divisions[cell][comparison][split]
            return try self.probes(
                frame, inner: inner, classes: plan.comparisons[comparison].names.count, division,
                gram: grams?.training(inner, cell, comparison, split: split))
        } merge: { task, found in
            let cell = task % cells
            let grid = task / cells
            for (place, probe) in found.enumerated() { probes[(grid * perTask + place) * cells + cell] = probe }
        }
        return probes.compactMap { $0 }
    }

    /// All fits as a value.
    ///
    /// - Parameters:
    ///   - frame: some of the rows that were fitted; its numbers are not kept
    ///   - inner: the inner axes of all of them
    func set(_ frame: Frame, inner: [Axis], _ plan: Plan, _ probes: [FitSet.Probe]) -> FitSet {
        var axes = inner
        if !rows.contrasts.isEmpty { axes.append(Axis("contrast", rows.contrasts.map { .string($0.name) })) }
        axes += rows.split?.axes ?? []
        if let sweepLabels, let name = estimator.sweep?.name { axes.append(Axis(name, sweepLabels)) }
        var rowsAlone = frame
        rowsAlone.inner = inner
        rowsAlone.payload = .numbers([])
        var set = FitSet(
            frame: rowsAlone, outer: frame.outer, inner: axes, probes: probes, features: frame.features,
            comparisons: plan.comparisons.map(\.names), isRegression: isRegression, notes: [])
        set.notes = notes(set)
        return set
    }

    // MARK: - Classes

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

    /// - Parameter gram: of the training rows, where it is known already.
    private func probes(
        _ frame: Frame, inner: Int, classes: Int, _ division: Division, gram: GramState?
    ) throws -> [FitSet.Probe] {
        do {
            let probes =
                try inPlace(frame, inner: inner, classes: classes, division, gram)
                ?? copied(frame, inner: inner, classes: classes, division)
            if readers.isEmpty { return probes }
            try readers[inner].check()
            return probes
        } catch let error as AnalysisError {
            if !readers.isEmpty { try readers[inner].check() }
            if error.kind == .notFinite,
                let place = firstNotFinite(frame, inner: inner, rows: division.train + division.test)
            {
                throw QueryFailure("not-finite", at: node, place, help: Frame.withoutNotFinite)
            }
            throw QueryFailure("cannot-fit", at: node, error.message, help: error.mend)
        }
    }

    /// Whether features are scaled by the training rows.
    private var isScaling: Bool { rows.scaling == .training || (rows.split == nil && rows.scaling == .all) }

    /// Some rows of an inner cell, where they lie; nil where they are no vectors.
    func picked(_ frame: Frame, inner: Int, _ rows: [Int]) -> PickedRows? {
        guard case .vectors(let values, let width) = frame.payload else { return nil }
        if !readers.isEmpty { return PickedRows(readers[inner], columns: width, rows: rows) }
        return PickedRows(values, first: inner * frame.rows * width, columns: width, rows: rows)
    }

    private func firstNotFinite(_ frame: Frame, inner: Int, rows: [Int]) -> String? {
        guard !readers.isEmpty else { return frame.firstNotFinite(inner: inner, rows: rows) }
        return readers[inner].firstNotFinite(rows.sorted()).map {
            frame.words(inner: inner, row: $0.row, feature: $0.feature, Double($0.value))
        }
    }

    /// Fits without a copy of the rows; nil where a copy is better, or rows are no vectors.
    private func inPlace(
        _ frame: Frame, inner: Int, classes: Int, _ division: Division, _ gram: GramState?
    ) throws(AnalysisError) -> [FitSet.Probe]? {
        guard let train = picked(frame, inner: inner, division.train),
            let test = picked(frame, inner: inner, division.test),
            let found = try estimator.fitInPlace(
                train, isScaled: isScaling, labels: division.trainClasses, classes: classes,
                numbers: division.trainNumbers, gram: gram)
        else { return nil }
        let constant =
            train.isRead ? found.constantColumns : frame.constantColumns(inner: inner, rows: division.train)
        var probes: [FitSet.Probe] = []
        for fitted in found.fits {
            let raw = found.scaler.map { fitted.model.unscaled($0) } ?? fitted.model
            probes.append(
                probe(
                    fitted, found.scaler, division, decisions: try test.decisions(of: raw), trainRows: train.rows,
                    constantColumns: constant))
        }
        return probes
    }

    /// Fits of a copy of the rows.
    private func copied(
        _ frame: Frame, inner: Int, classes: Int, _ division: Division
    ) throws(AnalysisError) -> [FitSet.Probe] {
        let (train, test, scaler) = try matrices(frame, inner: inner, division)
        let constant = frame.constantColumns(inner: inner, rows: division.train)
        var probes: [FitSet.Probe] = []
        let fits = try estimator.fit(
            train, labels: division.trainClasses, classes: classes, numbers: division.trainNumbers)
        for fitted in fits {
            probes.append(
                probe(
                    fitted, scaler, division, decisions: try fitted.model.decisions(test), trainRows: train.rows,
                    constantColumns: constant))
        }
        return probes
    }

    private func probe(
        _ fitted: Estimator.Fitted, _ scaler: Standardizer?, _ division: Division, decisions: [Double], trainRows: Int,
        constantColumns: Int
    ) -> FitSet.Probe {
        FitSet.Probe(
            model: fitted.model, scaler: scaler, testRows: division.test, decisions: decisions,
            labels: division.testClasses.map { Int32($0) }, targets: division.testNumbers,
            converged: fitted.converged, iterations: fitted.iterations, isSingular: fitted.isSingular,
            trainRows: trainRows, constantColumns: constantColumns)
    }

    /// Training and test rows as they are fitted, with what scaled them.
    private func matrices(
        _ frame: Frame, inner: Int, _ division: Division
    ) throws(AnalysisError) -> (train: FeatureMatrix, test: FeatureMatrix, scaler: Standardizer?) {
        if isScaling, let train = picked(frame, inner: inner, division.train),
            let test = picked(frame, inner: inner, division.test)
        {
            let scaler = try Standardizer(train)
            return (try train.scaled(scaler), try test.scaled(scaler), scaler)
        }
        let features = frame.features
        let train = try matrix(frame, inner: inner, features: features, rows: division.train)
        let test = try matrix(frame, inner: inner, features: features, rows: division.test)
        guard isScaling else { return (train, test, nil) }
        let scaler = try Standardizer(train)
        return (try scaler(train), try scaler(test), scaler)
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
        let dull = set.probes.map(\.constantColumns).filter { $0 > 0 }
        if let most = dull.max() {
            notes.append(
                .constantColumns(count: most, of: set.features, fits: dull.count, ofFits: set.probes.count))
        }
        guard let rule = rows.split else { return notes }
        notes += self.notes(onTestsOf: set)
        if rule.splits.unit == .row { notes.append(.ungroupedSplit) }
        if rows.scaling == .all { notes.append(.standardizedBeforeSplit) }
        return notes
    }

    /// What there is to say of the test sets: each counts once, however many layers and values of C share it.
    private func notes(onTestsOf set: FitSet) -> [FitNote] {
        let ofSplits: Set<String> = ["contrast", "rep", "fold"]
        let cells = set.outer.cells
        var tests: [[Int32]] = []
        var empty: [String] = []
        for inner in 0..<set.inner.cells {
            let places = Array(zip(set.inner, set.inner.coordinates(of: inner)))
            guard places.allSatisfy({ $1 == 0 || ofSplits.contains($0.name) }) else { continue }
            for cell in 0..<cells {
                let probe = set.probes[inner * cells + cell]
                tests.append(probe.labels)
                guard probe.testRows.isEmpty else { continue }
                let all = zip(set.outer, set.outer.coordinates(of: cell)) + places
                let named = all.filter { axis, _ in
                    axis.count > 1 && (axis.name == "model" || axis.name == "dataset" || ofSplits.contains(axis.name))
                }
                let place = named.map { "\($0.name) \($0.labels[$1])" }.joined(separator: ", ")
                empty.append(place.isEmpty ? "the split" : place)
            }
        }
        let lacking: [FitNote] = empty.isEmpty ? [] : [.noTestRows(splits: empty, of: tests.count)]
        guard !isRegression else { return lacking }
        return lacking + FitNote.notes(onTestClasses: tests, classes: set.comparisons.map(\.count).max() ?? 2)
    }
}
