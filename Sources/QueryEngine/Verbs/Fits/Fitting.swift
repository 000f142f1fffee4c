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
            let constant = frame.constantColumns(inner: inner, rows: division.train)
            return try probe(
                frame, inner: inner, classes: plan.comparisons[comparison].names.count, division,
                gram: grams?.training(inner, cell, comparison, split: split)
            ).map { fitted in
                var fitted = fitted
                fitted.constantColumns = constant
                return fitted
            }
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
    private func probe(
        _ frame: Frame, inner: Int, classes: Int, _ division: Division, gram: GramState?
    ) throws -> [FitSet.Probe] {
        do {
            if let probes = try ridge(frame, inner: inner, classes: classes, division, gram) { return probes }
            if let probes = try logistic(frame, inner: inner, classes: classes, division) { return probes }
            let (train, test, scaler) = try matrices(frame, inner: inner, division)
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

    /// Whether features are scaled by the training rows.
    private var isScaling: Bool { rows.scaling == .training || (rows.split == nil && rows.scaling == .all) }

    /// Ridge without a copy of the rows; nil where the rows are few or narrow, or are no vectors.
    private func ridge(
        _ frame: Frame, inner: Int, classes: Int, _ division: Division, _ known: GramState?
    ) throws(AnalysisError) -> [FitSet.Probe]? {
        guard case .ridge(let alphas) = estimator, case .vectors(let values, let width) = frame.payload,
            Ridge.fitsInPlace(rows: division.train.count, columns: width)
        else { return nil }
        let start = inner * frame.rows * width
        let train = PickedRows(values, first: start, columns: width, rows: division.train)
        let gram = known ?? train.gram()
        // The copy says which number it is.
        guard gram.mean.allSatisfy(\.isFinite) else { return nil }
        let scaler = isScaling ? Standardizer(train, mean: gram.mean) : nil
        let models =
            division.trainNumbers.isEmpty
            ? try Ridge().classify(
                train, gram: gram, scaler: scaler, labels: division.trainClasses, classes: classes, alphas: alphas)
            : try Ridge().regress(train, gram: gram, scaler: scaler, target: division.trainNumbers, alphas: alphas)
        let test = PickedRows(values, first: start, columns: width, rows: division.test)
        return models.map { model in
            let raw = scaler.map { model.unscaled($0) } ?? model
            let decisions = (0..<raw.outputs).flatMap { output in
                test.decisions(
                    weights: Array(raw.weights[output * width..<(output + 1) * width]), bias: raw.bias[output])
            }
            return FitSet.Probe(
                model: model, scaler: scaler, testRows: division.test, decisions: decisions,
                labels: division.testClasses.map { Int32($0) }, targets: division.testNumbers, converged: true,
                iterations: 1, isSingular: false, trainRows: train.rows)
        }
    }

    /// L2 fits of two classes without a copy of the rows; nil where they are few, narrow or scattered, or are no vectors.
    private func logistic(
        _ frame: Frame, inner: Int, classes: Int, _ division: Division
    ) throws(AnalysisError) -> [FitSet.Probe]? {
        guard case .logistic(let model, let cs) = estimator, model.penalty == .l2, classes == 2,
            division.trainNumbers.isEmpty, case .vectors(let values, let width) = frame.payload
        else { return nil }
        let start = inner * frame.rows * width
        let train = PickedRows(values, first: start, columns: width, rows: division.train)
        guard model.fitsInPlace(train) else { return nil }
        let known = try TwoClassRows(train, labels: division.trainClasses.map { $0 == 1 })
        let scaler = isScaling ? known.scaler : nil
        let fits = try model.path(known, isScaled: isScaling, c: cs)
        let test = PickedRows(values, first: start, columns: width, rows: division.test)
        return fits.map { fit in
            let model = LinearModel(weights: fit.weights, bias: [fit.bias], features: width, link: .sigmoid)
            let raw = scaler.map { model.unscaled($0) } ?? model
            return FitSet.Probe(
                model: model, scaler: scaler, testRows: division.test,
                decisions: test.decisions(weights: raw.weights, bias: raw.bias[0]),
                labels: division.testClasses.map { Int32($0) }, targets: [], converged: fit.converged,
                iterations: fit.iterations, isSingular: false, trainRows: train.rows)
        }
    }

    /// Training and test rows as they are fitted, with what scaled them.
    private func matrices(
        _ frame: Frame, inner: Int, _ division: Division
    ) throws(AnalysisError) -> (train: FeatureMatrix, test: FeatureMatrix, scaler: Standardizer?) {
        if isScaling, case .vectors(let values, let width) = frame.payload {
            let start = inner * frame.rows * width
            let train = PickedRows(values, first: start, columns: width, rows: division.train)
            let scaler = try Standardizer(train)
            let test = PickedRows(values, first: start, columns: width, rows: division.test)
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
