import Kernels

/// L2 fits on rows that lie in a larger matrix, without a copy of them or of their z-scores.
extension LogisticRegression {
    /// Whether rows are fitted this way: the processor has a matrix unit, rows are at least as many as columns and lie together, and
    /// columns are enough that copies count.
    public func fitsInPlace(_ x: PickedRows) -> Bool {
        penalty == .l2 && TileGram.isAvailable && Ridge.fitsInPlace(rows: x.rows, columns: x.columns) && x.isCoherent
    }

    /// One fit of the rows' z-scores per C, as `path` of a copy of them.
    ///
    /// - Parameter isScaled: whether z-scores are fitted, in whose units weights are then; else the rows themselves
    /// - Precondition: `fitsInPlace`.
    public func path(_ x: TwoClassRows, isScaled: Bool, c values: [Double]) throws(AnalysisError) -> [Fit] {
        precondition(fitsInPlace(x.picked), "rows that are copied")
        let rows = ScoredRows(x, isScaled: isScaled)
        return try path(values) { model, start throws(AnalysisError) in
            try model.check(rows: rows.rows, columns: rows.columns, rows.labels, start)
            var problem = LogisticProblem(rows, c: model.c)
            return L2Solver(model).solve(&problem, start: start)
        }
    }
}
