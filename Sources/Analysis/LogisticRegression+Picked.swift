import Kernels

/// L2 fits on rows that lie in a larger matrix, without a copy of them or of their z-scores.
extension LogisticRegression {
    /// Whether rows are fitted this way: the processor has a matrix unit, rows are at least as many as columns and lie together, and
    /// columns are enough that copies count.
    public func fitsInPlace(_ x: PickedRows) -> Bool {
        penalty == .l2 && TileGram.isAvailable && Ridge.fitsInPlace(rows: x.rows, columns: x.columns) && x.isCoherent
    }

    /// One fit of the rows' z-scores per C, as `path` of a copy of them (of the rows themselves without a scaler).
    ///
    /// - Parameters:
    ///   - scaler: fitted on those rows; weights are in its units
    ///   - labels: true is class 1; one per row
    /// - Precondition: `fitsInPlace`, and all rows are finite.
    public func path(
        _ x: PickedRows, scaler: Standardizer?, labels: [Bool], c values: [Double]
    ) throws(AnalysisError) -> [Fit] {
        precondition(fitsInPlace(x), "rows that are copied")
        let rows = ScoredRows(x, scaler)
        return try path(values) { model, start throws(AnalysisError) in
            try model.check(rows: rows.rows, columns: rows.columns, labels, start)
            var problem = LogisticProblem(rows, labels: labels, c: model.c)
            return L2Solver(model).solve(&problem, start: start)
        }
    }
}
