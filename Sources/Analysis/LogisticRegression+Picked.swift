import Kernels

/// L2 fits on rows that lie in a larger matrix, without a copy of them or of their z-scores.
extension LogisticRegression {
    /// Whether rows are fitted this way: rows that are read, as far as they are no fewer than columns; else where the processor has a
    /// matrix unit, rows lie together, and columns are enough that copies count.
    public func fitsInPlace(_ x: PickedRows) -> Bool {
        guard penalty == .l2 else { return false }
        if x.isRead { return x.rows >= x.columns }
        return TileGram.isAvailable && Ridge.fitsInPlace(rows: x.rows, columns: x.columns) && x.isCoherent
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

    /// Bytes that a fit keeps of rows that are read: the sample that its metric is made of, whose size the columns decide.
    public static func keptBytes(rows: Int, columns: Int) -> Int {
        let stride = HessianMetric.sampleStride(rows: rows, columns: columns)
        return (rows + stride - 1) / stride * columns * 4
    }
}
