/// LDA of rows that are looked at where they lie, from the scatter of every class.
extension LinearDiscriminant {
    /// Whether rows are fitted this way: Ledoit & Wolf's shrinkage asks for more than scatters.
    public var fitsScatters: Bool { shrinkage != .ledoitWolf }

    /// As `fit` of the rows' z-scores (of the rows themselves without a scaler). O(n · d² + d³), a pass for the scatters and one for every
    /// step that refines.
    ///
    /// - Parameters:
    ///   - scaler: fitted on those rows; weights are in its units
    ///   - labels: 0 ..< classes, one per row
    /// - Precondition: `fitsScatters`.
    /// - Throws: `.shape`, `.oneClass`, `.parameter`.
    public func fit(
        _ x: PickedRows, scaler: Standardizer?, labels: [Int], classes count: Int
    ) throws(AnalysisError) -> Fit {
        precondition(fitsScatters, "rows that are copied")
        try checkClasses(rows: x.rows, labels, classes: count)
        try checkShrinkage()
        let (total, d) = (x.rows, x.columns)
        let classes = (0..<count).map { kind in x.choosing { labels[$0] == kind } }
        let inverse = scaler.map { $0.scale.map { 1 / $0 } } ?? [Double](repeating: 1, count: d)
        let share = if case .fixed(let share) = shrinkage { share } else { 0.0 }
        var matrix = [Double](repeating: 0, count: d * d)
        var added = [Double](repeating: 0, count: d)
        var raw: [[Double]] = []
        for rows in classes {
            let gram = rows.gram()
            var spread = 0.0
            for i in 0..<d {
                for j in i..<d {
                    matrix[i * d + j] += (1 - share) / Double(total) * gram.scatter[i * d + j] * inverse[i] * inverse[j]
                }
                spread += max(0, gram.scatter[i * d + i]) * inverse[i] * inverse[i]
            }
            for i in 0..<d where share > 0 { added[i] += share * spread / Double(total) / Double(d) }
            raw.append(gram.mean)
        }
        for i in 0..<d { matrix[i * d + i] += added[i] }
        let system = try PositiveSystem(matrix, size: d)
        func product(_ v: [Double]) -> [Double] {
            let weights = (0..<d).map { v[$0] * inverse[$0] }
            var out = (0..<d).map { added[$0] * v[$0] }
            for (rows, mean) in zip(classes, raw) {
                var shift = 0.0
                for j in 0..<d { shift -= weights[j] * mean[j] }
                let (sum, all) = rows.normalProduct(weights: weights, bias: shift)
                for j in 0..<d { out[j] += (1 - share) / Double(total) * (sum[j] - all * mean[j]) * inverse[j] }
            }
            return out
        }
        let isExact = d <= GramState.doubleLimit || system.isSingular
        let model = Self.model(
            means: scaler.map { raw.map($0.scores) } ?? raw, priors: classes.map { Double($0.rows) / Double(total) }
        ) { side in isExact ? system.solve(side) : system.refined(side) { product($0) } }
        return Fit(
            model: model, shrinkage: [Double](repeating: share, count: count), isSingular: system.isSingular)
    }
}
