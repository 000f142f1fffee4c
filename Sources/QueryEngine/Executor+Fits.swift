import Analysis
import QueryLanguage
import Store

extension VerbImplementations {
    static let labels: [String: Computation] = [
        "contrast": { try $0.labelled("contrast", $1, $2) },
        "balance": { try $0.labelled("balance", $1, $2) },
        "split": { try $0.labelled("split", $1, $2) },
        "standardize": { try $0.labelled("standardize", $1, $2) },
    ]

    static let fits: [String: Computation] = [
        "logreg": { try $0.fit("logreg", $1, $2) },
        "ridge": { try $0.fit("ridge", $1, $2) },
        "lda": { try $0.fit("lda", $1, $2) },
        "diff_means": { try $0.fit("diff_means", $1, $2) },
        "score": { .frame(try $0.fits($2.inputs[0]).scores(metric: $1.string("metric"), threads: $0.threads)) },
        "weights": { .frame(try $0.weights($2.inputs[0])) },
        "predict": { .frame(try $0.fits($2.inputs[0]).predictions) },
        "roc": { .frame(try $0.fits($2.inputs[0]).curves(points: $1.int("points") ?? 101, threads: $0.threads)) },
        "confusion": {
            .frame(
                try $0.fits($2.inputs[0]).confusion(
                    $2.type.dim("predicted")?.labels ?? [.int(0), .int(1)], threads: $0.threads))
        },
        "calibration": {
            .frame(try $0.fits($2.inputs[0]).calibration(bins: $1.int("bins") ?? 10, threads: $0.threads))
        },
        "apply": { .frame(try $0.applied($1, $2)) },
        "auroc": { .frame(try $0.ranked($1, $2).auroc()) },
        "accuracy": { executor, arguments, node in
            let ranking = try executor.ranked(arguments, node)
            if case .predictions = ranking.frame.payload { return .frame(ranking.namedAccuracy()) }
            return .frame(ranking.accuracy())
        },
    ]
}

extension Executor {
    /// `contrast`, `balance`, `split` and `standardize`: nothing is read, the rows are told what they are for.
    func labelled(_ name: String, _ arguments: BoundArguments, _ node: PlanNode) throws -> Operand {
        var rows = try labelledRows(node.inputs[0], name)
        switch name {
        case "contrast":
            rows.column = arguments.column("column")?.name
            rows.contrasts = arguments.contrasts("classes")
        case "balance": rows.isBalanced = true
        case "split": rows.split = splitRule(arguments, node)
        default:
            if rows.split != nil {
                rows.scaling = .training
            } else {
                rows.scaling = .all
                let frame = try base(rows, node)
                rows.unscaled = .frame(frame)
                rows.base = .frame(try standardized(frame, node))
            }
        }
        return .labelled(rows)
    }

    func labelledRows(_ input: PlanNode, _ verb: String) throws -> LabelledRows {
        switch try evaluate(input) {
        case .labelled(let known): return known
        case .stream(let stream): return LabelledRows(base: .stream(stream), origin: ObjectIdentifier(input))
        case .frame(let frame): return LabelledRows(base: .frame(frame))
        default: throw QueryFailure("wrong-type", at: input, "`\(verb)` takes rows")
        }
    }

    private func splitRule(_ arguments: BoundArguments, _ node: PlanNode) -> LabelledRows.SplitRule {
        let kind: LabelledRows.SplitRule.Kind =
            switch (node.type.split, arguments.column("column")) {
            case (.values(let values)?, let column?): .values(column: column.name, values)
            case (.given?, let column?): .given(column: column.name)
            case (.folds(let folds, _)?, _): .folds(folds)
            default: .share(arguments.double("test") ?? 0.2)
            }
        return LabelledRows.SplitRule(
            kind: kind, repeats: arguments.int("repeats") ?? 1,
            splits: Splits(
                seed: UInt64(bitPattern: Int64(arguments.int("seed") ?? 0)),
                unit: arguments.string("group") == "none" ? .row : .prompt,
                stratified: arguments.bool("stratify") ?? true),
            groupColumn: arguments.column("group")?.name)
    }

    /// Every feature to mean 0 and sd 1 over all rows of its cell.
    private func standardized(_ raw: Frame, _ node: PlanNode) throws -> Frame {
        var frame = raw
        let width = if case .vectors(_, let width) = frame.payload { width } else { 1 }
        var out = [Float](repeating: 0, count: frame.inner.cells * frame.rows * width)
        do {
            for inner in 0..<frame.inner.cells {
                for cell in 0..<frame.outer.cells {
                    let range = frame.offsets[cell]..<frame.offsets[cell + 1]
                    guard !range.isEmpty else { continue }
                    let start = (inner * frame.rows + range.lowerBound) * width
                    let end = (inner * frame.rows + range.upperBound) * width
                    let values: [Float] =
                        switch frame.payload {
                        case .vectors(let all, _): Array(all[start..<end])
                        case .numbers(let all): all[start..<end].map { Float($0) }
                        default: []
                        }
                    if let place = frame.firstNotFinite(inner: inner, rows: Array(range)) {
                        throw QueryFailure("not-finite", at: node, place, help: Frame.withoutNotFinite)
                    }
                    let matrix = try FeatureMatrix(values, rows: range.count, columns: width)
                    out.replaceSubrange(start..<end, with: try Standardizer(matrix)(matrix).values)
                }
            }
        } catch let error as AnalysisError {
            throw QueryFailure("cannot-standardize", at: node, error.message, help: error.mend)
        }
        if case .vectors = frame.payload {
            frame.payload = .vectors(out, width: width)
        } else {
            frame.payload = .numbers(out.map { Double($0) })
        }
        return frame
    }

    private func base(_ rows: LabelledRows, _ node: PlanNode) throws -> Frame {
        // A probe of all rows keeps its scaler, so it is fitted on the rows as they were.
        switch rows.split == nil ? rows.unscaled ?? rows.base : rows.base {
        case .frame(let frame): return frame
        case .stream(let stream):
            // All splits of a sweep, and all ways to fit them, are of one matrix.
            if let sweptRows, sweptRows.origin == rows.origin { return sweptRows.frame }
            let frame = try gather(stream, node.inputs.first ?? node)
            if sweeps > 0, case .whole = role, let origin = rows.origin { sweptRows = (origin, frame) }
            return frame
        }
    }

    /// `logreg`, `ridge`, `lda` and `diff_means`: fits of the splits, or probes of all rows.
    func fit(_ name: String, _ arguments: BoundArguments, _ node: PlanNode) throws -> Operand {
        var rows = try labelledRows(node.inputs[0], name)
        if let y = arguments.column("y") { rows.column = y.name }
        if case .vector = node.type.element { return .frame(try directions(rows, node)) }
        let estimator = Estimator(name, arguments)
        let fitting = Fitting(
            estimator: estimator, rows: rows,
            sweepLabels: estimator.sweep.flatMap { sweep in
                arguments.isSweep(sweep.name) ? arguments.items(sweep.name).compactMap(\.label) : nil
            },
            isRegression: node.type.fit?.isRegression == true, threads: threads, node: node)
        let set: FitSet
        if case .stream(let stream) = rows.base, let input = node.inputs.first,
            let fitted = try fitRead(fitting, stream, input) ?? fitLayers(fitting, stream, input)
        {
            set = fitted
        } else {
            set = try fitting.fit(try base(rows, node))
        }
        if case .logistic(_, let c) = estimator { note(.penalty, set.penaltyText(cs: c)) }
        for fitNote in set.notes { note(NoteCode(fitNote), fitNote.text) }
        if case .probe = node.type.element { return .probes(set.detached) }
        return .fits(set)
    }

    /// `diff_means` without a split: mean of class 1 − mean of class 0 for every contrast, pooled in one pass.
    private func directions(_ rows: LabelledRows, _ node: PlanNode) throws -> Frame {
        guard let column = rows.column, case .vector(let width)? = node.inputs.first?.type.element else {
            throw QueryFailure("no-classes", at: node, "`diff_means` needs classes")
        }
        if rows.isBalanced {
            note(.balanceIgnored, "`balance` has no effect on class means: each class is averaged by itself")
        }
        var names: [String] = []
        for contrast in rows.contrasts {
            for name in [contrast.negative, contrast.positive] where !names.contains(name) { names.append(name) }
        }
        try checkClasses(names, of: column, rows, node)
        let pooling = Pooling(kind: .mean, gone: ["prompt", "token"], width: width, by: (column, names))
        let means: Frame
        switch rows.base {
        case .stream(let stream): means = try pooled(stream, pooling, node)
        case .frame(let frame): means = pooling.pool(frame)
        }
        var parts: [Frame] = []
        for contrast in rows.contrasts {
            let negative = means.choosing(column, labels: [.string(contrast.negative)], drop: true)
            let positive = means.choosing(column, labels: [.string(contrast.positive)], drop: true)
            parts.append(FrameArithmetic(op: .subtract)(positive, negative))
        }
        guard let first = parts.first else { return means }
        // Stack along `contrast`, the last inner axis.
        let inner = first.inner.cells
        let cells = first.rows
        var values: [Float] = []
        for cell in 0..<inner {
            for part in parts {
                guard case .vectors(let all, _) = part.payload else { continue }
                values.append(contentsOf: all[cell * cells * width..<(cell + 1) * cells * width])
            }
        }
        return Frame(
            outer: first.outer, inner: first.inner + [Axis("contrast", rows.contrasts.map { .string($0.name) })],
            payload: .vectors(values, width: width))
    }

    /// Refuses classes that no row has in any cell: their mean would be no number.
    private func checkClasses(_ names: [String], of column: String, _ rows: LabelledRows, _ node: PlanNode) throws {
        if case .part = role { return }
        var seen: Set<String> = []
        func see(_ table: PromptTable, _ prompts: Set<Int32>) {
            let columns = PromptColumns(table)
            for prompt in prompts { columns.text(column, prompt: Int(prompt)).map { _ = seen.insert($0) } }
        }
        switch rows.base {
        case .stream(let stream): for cell in stream.cells { see(cell.prompts, Set(cell.segments.map(\.prompt))) }
        case .frame(let frame):
            for (cell, table) in frame.tables.enumerated() { see(table, Set(frame.promptsInOrder(cell))) }
        }
        guard let missing = names.first(where: { !seen.contains($0) }) else { return }
        throw QueryFailure(
            "one-class", at: node, "no row is \(missing)",
            help: "check `where` and the values of `\(SyntaxPrinter.name(column))`")
    }

    func fits(_ node: PlanNode) throws -> FitSet {
        guard case .fits(let set) = try evaluate(node) else {
            throw QueryFailure("wrong-type", at: node, "this is no fit")
        }
        return set
    }

    /// The weights of fits or probes.
    func weights(_ node: PlanNode) throws -> Frame {
        switch try evaluate(node) {
        case .fits(let set): return set.weights
        case .probes(let probes): return probes.weights
        default: throw QueryFailure("wrong-type", at: node, "this has no weights")
        }
    }

    /// `[dim=…]` on fits or probes; nil for everything else.
    func chosenProbes(_ choices: [DimensionChoice], _ node: PlanNode) throws -> Operand? {
        switch node.inputs[0].type.element {
        case .fit, .probe: break
        default: return nil
        }
        var operand = try evaluate(node.inputs[0])
        for choice in choices {
            let (labels, drop): ([Label], Bool)
            switch choice.kept {
            case .one(let label): (labels, drop) = ([label], true)
            case .several(let several): (labels, drop) = (several, false)
            default: continue
            }
            switch operand {
            case .probes(let probes): operand = .probes(probes.choosing(choice.dim, labels: labels, drop: drop))
            case .fits(let fits): operand = .fits(fits.choosing(choice.dim, labels: labels, drop: drop))
            default: preconditionFailure("a fit or a probe stays what it is")
            }
        }
        return operand
    }

    /// `apply`: the rows of a frame or stream through a probe.
    func applied(_ arguments: BoundArguments, _ node: PlanNode) throws -> Frame {
        guard let source = arguments.node("probe"), case .probes(let probes) = try evaluate(source) else {
            throw QueryFailure("wrong-type", at: node, "`apply` takes a probe")
        }
        let isRegression = node.type.element == .float
        var result: Frame
        switch try evaluate(node.inputs[0]) {
        case .stream(let stream):
            result = try gather(
                stream.adding(.applying(probes, outer: stream.outer, isRegression: isRegression)), node)
        default:
            let input = try frame(node.inputs[0])
            result = try mapped(input, .applying(probes, outer: input.outer, isRegression: isRegression))
        }
        result.classNames = probes.classNames
        return result
    }

    /// What `auroc` and `accuracy` compare.
    func ranked(_ arguments: BoundArguments, _ node: PlanNode) throws -> ClassScoring {
        let rows = try labelledRows(node.inputs[0], "auroc")
        let frame = try base(rows, node)
        let column = arguments.column("y")?.name ?? rows.column ?? ""
        var comparisons = rows.contrasts.map { (title: $0.name, names: [$0.negative, $0.positive]) }
        if comparisons.isEmpty {
            var values = arguments.column("y")?.values ?? []
            if values.isEmpty {
                let found = frame.tables.map { table in
                    let columns = PromptColumns(table)
                    return Set(table.keys.indices.compactMap { columns.text(column, prompt: $0) })
                }
                values = Array(found.reduce(into: Set<String>()) { $0.formUnion($1) })
            }
            // A probe's own order says which class its decisions are for.
            let isSame = frame.classNames.count == 2 && Set(frame.classNames) == Set(values)
            comparisons = [(column, isSame ? frame.classNames : VerbTable.inClassOrder(values))]
        }
        return ClassScoring(
            frame: frame, comparisons: comparisons, column: column, threshold: arguments.double("at") ?? 0)
    }
}
