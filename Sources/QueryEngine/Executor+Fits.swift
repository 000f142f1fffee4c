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
        "diff_means": { try $0.fit("diff_means", $1, $2) },
        "score": { .frame(try $0.fits($2.inputs[0]).scores(metric: $1.string("metric"))) },
        "weights": { .frame(try $0.fits($2.inputs[0]).weights) },
        "predict": { .frame(try $0.fits($2.inputs[0]).predictions) },
    ]
}

extension Executor {
    /// `contrast`, `balance`, `split` and `standardize`: nothing is read, the rows are told what they are for.
    func labelled(_ name: String, _ arguments: BoundArguments, _ node: PlanNode) throws -> Operand {
        var rows: LabelledRows
        switch try evaluate(node.inputs[0]) {
        case .labelled(let known): rows = known
        case .stream(let stream): rows = LabelledRows(base: .stream(stream))
        case .frame(let frame): rows = LabelledRows(base: .frame(frame))
        default: throw QueryFailure("wrong-type", at: node, "`\(name)` takes rows")
        }
        switch name {
        case "contrast":
            rows.column = arguments.column("column")?.name
            rows.contrasts = arguments.contrasts("classes")
        case "balance": rows.isBalanced = true
        case "split":
            rows.split = LabelledRows.SplitRule(
                testShare: arguments.double("test") ?? 0.2, folds: arguments.int("kfold"),
                repeats: arguments.int("repeats") ?? 1,
                splits: Splits(
                    seed: UInt64(bitPattern: Int64(arguments.int("seed") ?? 0)),
                    unit: arguments.string("group") == "none" ? .row : .prompt,
                    stratified: arguments.bool("stratify") ?? true))
        default:
            if rows.split != nil {
                rows.scaling = .training
            } else {
                rows.scaling = .all
                rows.base = .frame(try standardized(rows, node))
            }
        }
        return .labelled(rows)
    }

    /// Every feature to mean 0 and sd 1 over all rows of its cell.
    private func standardized(_ rows: LabelledRows, _ node: PlanNode) throws -> Frame {
        var frame = try base(rows, node)
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
                    let matrix = try FeatureMatrix(values, rows: range.count, columns: width)
                    out.replaceSubrange(start..<end, with: try Standardizer(matrix)(matrix).values)
                }
            }
        } catch {
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
        switch rows.base {
        case .frame(let frame): return frame
        case .stream(let stream): return try gather(stream, node.inputs.first ?? node)
        }
    }

    /// `logreg` and `diff_means`.
    func fit(_ name: String, _ arguments: BoundArguments, _ node: PlanNode) throws -> Operand {
        guard case .labelled(var rows) = try evaluate(node.inputs[0]) else {
            throw QueryFailure("no-split", at: node, "`\(name)` needs classes and a split")
        }
        if let y = arguments.column("y") { rows.column = y.name }
        if rows.split == nil { return .frame(try directions(rows, node)) }
        let estimator: Fitting.Estimator
        if name == "logreg" {
            let c = arguments.items("C").compactMap(\.number)
            estimator = .logistic(
                LogisticRegression(
                    penalty: arguments.string("penalty") == "l1" ? .l1 : .l2, c: c.first ?? 1,
                    intercept: arguments.string("intercept") == "liblinear" ? .liblinear : .free,
                    maxIterations: arguments.int("max_iter") ?? 1000), c: c)
        } else {
            estimator = .differenceInMeans
        }
        let fitting = Fitting(
            estimator: estimator, rows: rows,
            cLabels: arguments.isSweep("C") ? arguments.items("C").compactMap(\.label) : nil, threads: threads,
            node: node)
        let set = try fitting.fit(try base(rows, node))
        if case .logistic = estimator {
            note("penalty", set.penaltyText(cs: arguments.items("C").compactMap(\.number)))
        }
        for fitNote in set.notes { note(fitNote.code, fitNote.text) }
        return .fits(set)
    }

    /// `diff_means` without a split: mean of class 1 − mean of class 0 for every contrast, pooled in one pass.
    private func directions(_ rows: LabelledRows, _ node: PlanNode) throws -> Frame {
        guard let column = rows.column, case .vector(let width)? = node.inputs.first?.type.element else {
            throw QueryFailure("no-classes", at: node, "`diff_means` needs classes")
        }
        if rows.isBalanced {
            note("balance-ignored", "`balance` has no effect on class means: each class is averaged by itself")
        }
        var names: [String] = []
        for contrast in rows.contrasts {
            for name in [contrast.negative, contrast.positive] where !names.contains(name) { names.append(name) }
        }
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

    func fits(_ node: PlanNode) throws -> FitSet {
        guard case .fits(let set) = try evaluate(node) else {
            throw QueryFailure("wrong-type", at: node, "this is no fit")
        }
        return set
    }
}
