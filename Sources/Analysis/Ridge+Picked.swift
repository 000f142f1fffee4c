/// Ridge on rows that lie in a larger matrix, from a scatter that is known: splits of one matrix share what they have in common.
extension Ridge {
    /// Whether rows are fitted this way: at least as many as columns, and enough columns that copies of the rows count.
    public static func fitsInPlace(rows: Int, columns: Int) -> Bool {
        rows >= columns && columns > GramState.doubleLimit
    }

    /// A classifier, as `classify` of the rows' z-scores (of the rows themselves without a scaler).
    ///
    /// - Parameters:
    ///   - gram: the state of those rows
    ///   - scaler: fitted on those rows; weights are in its units
    ///   - labels: 0 ..< classes, one per row
    /// - Throws: as `classify`; `.notFinite` for rows that are not.
    public func classify(
        _ x: PickedRows, gram: GramState, scaler: Standardizer?, labels: [Int], classes: Int, alphas: [Double]
    ) throws(AnalysisError) -> [LinearModel] {
        try checkClasses(rows: x.rows, labels, classes: classes)
        return try solve(
            x, gram, scaler, targets: Self.targets(labels, classes: classes), alphas: alphas, link: .none)
    }

    /// A regression on one number per row, as `regress` of the rows' z-scores.
    public func regress(
        _ x: PickedRows, gram: GramState, scaler: Standardizer?, target: [Double], alphas: [Double]
    ) throws(AnalysisError) -> [LinearModel] {
        try Self.check(targets: target, rows: x.rows)
        return try solve(x, gram, scaler, targets: [target], alphas: alphas, link: .identity)
    }

    private func solve(
        _ x: PickedRows, _ gram: GramState, _ scaler: Standardizer?, targets: [[Double]], alphas: [Double],
        link: LinearModel.Link
    ) throws(AnalysisError) -> [LinearModel] {
        try Self.check(alphas: alphas, rows: x.rows)
        let (d, mean) = (x.columns, gram.mean)
        let scale = scaler?.scale ?? [Double](repeating: 1, count: d)
        // The scatter of z-scores is the rows' own, each entry divided by the scales of its two columns.
        var square = gram.scatter
        let inverse = scale.map { 1 / $0 }
        for i in 0..<d {
            for j in i..<d { square[i * d + j] *= inverse[i] * inverse[j] }
        }
        let middles = targets.map { $0.reduce(0, +) / Double(x.rows) }
        let sides = zip(targets, middles).map { target, middle in
            let centred = target.map { $0 - middle }
            let (sum, total) = (x.weightedSum(centred), centred.reduce(0, +))
            return (0..<d).map { (sum[$0] - total * mean[$0]) * inverse[$0] }
        }
        var models: [LinearModel] = []
        for alpha in alphas {
            var matrix = square
            for j in 0..<d { matrix[j * d + j] += alpha }
            let system = try PositiveSystem(matrix, size: d)
            var weights: [Double] = []
            var bias: [Double] = []
            for (side, middle) in zip(sides, middles) {
                let w = system.refined(side) { v in
                    var shift = 0.0
                    let raw = (0..<d).map { v[$0] * inverse[$0] }
                    for j in 0..<d { shift -= raw[j] * mean[j] }
                    let (sum, total) = x.normalProduct(weights: raw, bias: shift)
                    return (0..<d).map { (sum[$0] - total * mean[$0]) * inverse[$0] + alpha * v[$0] }
                }
                var b = middle
                for j in 0..<d { b -= w[j] * (mean[j] - (scaler?.mean[j] ?? 0)) * inverse[j] }
                weights += w
                bias.append(b)
            }
            models.append(LinearModel(weights: weights, bias: bias, features: d, link: link))
        }
        return models
    }
}
