import Analysis

/// Fits of rows that are looked at where they lie, without a copy of them or of their z-scores.
extension Estimator {
    /// What fits in place give.
    struct InPlace: Sendable {
        /// One for every value that a parameter sweeps over, in units of the scaled features where there is a scaler.
        var fits: [Fitted]
        var scaler: Standardizer?
        /// Features without variation.
        var constantColumns: Int
    }

    /// Whether rows that are read again for every look can be fitted at all, and need not be held.
    ///
    /// - Parameters:
    ///   - rows: of the smallest training set
    ///   - columns: features
    func fitsRead(rows: Int, columns: Int, classes: Int) -> Bool {
        guard rows >= columns else { return false }
        switch self {
        case .logistic(let model, _): return model.penalty == .l2 && classes == 2
        case .discriminant(let discriminant): return discriminant.fitsScatters
        case .ridge, .differenceInMeans, .massMean: return true
        }
    }

    /// Decoded bytes of a layer up to which its rows are held: few where a fit of held rows copies them, which takes longer than reading
    /// them twice.
    func heldBytes(_ limit: MemoryLimit) -> Int {
        switch self {
        case .logistic, .ridge: limit.heldBytes
        case .discriminant, .differenceInMeans, .massMean: limit.heldBytes / 16
        }
    }

    /// What one fit of rows that are read takes beside its looks: square matrices of the columns, and a sample of the rows.
    func readBytes(rows: Int, columns: Int) -> Int {
        let squares = 3 * columns * columns * 8
        switch self {
        case .logistic: return squares + LogisticRegression.keptBytes(rows: rows, columns: columns)
        case .ridge, .discriminant, .massMean: return squares
        case .differenceInMeans: return 0
        }
    }

    /// nil where a copy is better: for rows in memory that are few, narrow or scattered, and for estimators that need one.
    ///
    /// - Parameters:
    ///   - isScaled: whether z-scores are fitted
    ///   - labels: 0 ..< classes
    ///   - numbers: what is predicted instead of classes; empty for classes
    ///   - gram: of the rows, where it is known already
    func fitInPlace(
        _ x: PickedRows, isScaled: Bool, labels: [Int], classes: Int, numbers: [Double], gram: GramState?
    ) throws(AnalysisError) -> InPlace? {
        switch self {
        case .logistic(let model, let values):
            guard classes == 2, numbers.isEmpty, model.fitsInPlace(x) else { return nil }
            let known = try TwoClassRows(x, labels: labels.map { $0 == 1 })
            let fits = try model.path(known, isScaled: isScaled, c: values).map { fit in
                Fitted(
                    model: LinearModel(weights: fit.weights, bias: [fit.bias], features: x.columns, link: .sigmoid),
                    converged: fit.converged, iterations: fit.iterations)
            }
            return InPlace(fits: fits, isScaled, known.scaler)
        case .ridge(let alphas):
            guard x.isRead || Ridge.fitsInPlace(rows: x.rows, columns: x.columns) else { return nil }
            var gram = gram ?? x.gram()
            if !gram.mean.allSatisfy(\.isFinite) {
                try x.checkFinite()
                // It is among the rows that are held out: the scatter of all but those is none either.
                gram = x.gram()
            }
            let scaler = isScaled || x.isRead ? Standardizer(x, mean: gram.mean) : nil
            let used = isScaled ? scaler : nil
            let models =
                numbers.isEmpty
                ? try Ridge().classify(x, gram: gram, scaler: used, labels: labels, classes: classes, alphas: alphas)
                : try Ridge().regress(x, gram: gram, scaler: used, target: numbers, alphas: alphas)
            return InPlace(fits: models.map { Fitted(model: $0) }, isScaled, scaler)
        case .discriminant(let discriminant):
            guard x.isRead else { return nil }
            let scaler = try Standardizer(x)
            let fit = try discriminant.fit(x, scaler: isScaled ? scaler : nil, labels: labels, classes: classes)
            return InPlace(fits: [Fitted(model: fit.model, isSingular: fit.isSingular)], isScaled, scaler)
        case .differenceInMeans:
            guard x.isRead else { return nil }
            let known = try TwoClassRows(x, labels: labels.map { $0 == 1 })
            return InPlace(
                fits: [Fitted(try DifferenceInMeans(known, isScaled: isScaled))], isScaled, known.scaler)
        case .massMean:
            guard x.isRead else { return nil }
            let scaler = try Standardizer(x)
            let fit = try LinearDiscriminant().fit(x, scaler: isScaled ? scaler : nil, labels: labels, classes: 2)
            let positive = labels.count { $0 == 1 }
            let probe = MassMean(fit, rows: [labels.count - positive, positive])
            return InPlace(fits: [Fitted(model: probe.model, isSingular: probe.isSingular)], isScaled, scaler)
        }
    }
}

extension Estimator.InPlace {
    /// - Parameter scaler: of the rows, used or not
    fileprivate init(fits: [Estimator.Fitted], _ isScaled: Bool, _ scaler: Standardizer?) {
        self.init(
            fits: fits, scaler: isScaled ? scaler : nil, constantColumns: scaler?.constantColumns.count ?? 0)
    }
}

extension Estimator.Fitted {
    init(_ direction: DifferenceInMeans) {
        self.init(
            model: LinearModel(
                weights: direction.direction, bias: [-direction.threshold], features: direction.direction.count,
                link: .none))
    }
}

extension PickedRows {
    /// A model's decisions on the rows as they are, outputs × rows. O(n · d · outputs).
    ///
    /// - Throws: `.notFinite` at the first number of a row that isn't.
    func decisions(of model: LinearModel) throws(AnalysisError) -> [Double] {
        let found = (0..<model.outputs).flatMap { output in
            decisions(
                weights: Array(model.weights[output * columns..<(output + 1) * columns]), bias: model.bias[output])
        }
        if !found.allSatisfy(\.isFinite) { try checkFinite() }
        return found
    }
}
