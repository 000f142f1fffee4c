import Kernels

/// Some rows of a matrix, looked at where they lie: the training rows of a split without a copy of them.
public struct PickedRows: Sendable {
    private let values: [Float]
    /// Neighbouring rows together, in the order in which they were picked; counted in rows of `columns` from `first` on.
    private let ranges: [Range<Int>]
    private let first: Int
    /// n.
    public let rows: Int
    /// d.
    public let columns: Int

    /// - Parameters:
    ///   - values: a matrix of `columns` numbers a row, which begins at `first`.
    ///   - rows: of the matrix, in the order wanted.
    public init(_ values: [Float], first: Int = 0, columns: Int, rows: [Int]) {
        var ranges: [Range<Int>] = []
        var range = (rows.first ?? 0)..<(rows.first ?? 0)
        for row in rows {
            if range.upperBound != row {
                ranges.append(range)
                range = row..<row
            }
            range = range.lowerBound..<row + 1
        }
        if !range.isEmpty { ranges.append(range) }
        precondition(
            first >= 0 && columns >= 0
                && ranges.allSatisfy { $0.lowerBound >= 0 && first + $0.upperBound * columns <= values.count },
            "a row beyond the matrix")
        self.values = values
        self.ranges = ranges
        self.first = first
        self.columns = columns
        self.rows = rows.count
    }

    /// A matrix of those rows.
    ///
    /// - Throws: `.notFinite` at the first number that isn't.
    public func copied() throws(AnalysisError) -> FeatureMatrix {
        var copy: [Float] = []
        copy.reserveCapacity(rows * columns)
        for range in ranges { copy += values[first + range.lowerBound * columns..<first + range.upperBound * columns] }
        return try FeatureMatrix(copy, rows: rows, columns: columns)
    }

    /// A matrix of the rows' z-scores, as the scaler makes them of a copy. O(n · d).
    ///
    /// - Throws: `.shape` where the columns differ from those fitted, `.notFinite` where a score leaves f32's range.
    public func scaled(_ scaler: Standardizer) throws(AnalysisError) -> FeatureMatrix {
        try scaler.checkColumns(columns)
        let scores = unsafe [Float](unsafeUninitializedCapacity: rows * columns) { buffer, count in
            var out = unsafe MutableSpan(_unsafeElements: buffer.extracting(0..<rows * columns))
            for range in ranges {
                var part = out._mutatingExtracting(count..<count + range.count * columns)
                RowSums.standardize(
                    self.part(range), rows: range.count, width: columns, mean: scaler.mean.span,
                    scale: scaler.scale.span, into: &part)
                count += range.count * columns
            }
        }
        return try FeatureMatrix(scores, rows: rows, columns: columns)
    }

    /// Σ x of every column over n; NaN without a row. O(n · d).
    func mean() -> [Double] {
        var sums = [Double](repeating: 0, count: columns)
        var out = sums.mutableSpan
        for range in ranges { RowSums.add(part(range), rows: range.count, width: columns, to: &out) }
        return sums.map { $0 / Double(rows) }
    }

    /// Count, mean and scatter. O(n · d²).
    public func gram() -> GramState {
        var state = GramState(columns: columns)
        var scratch = GramScratch()
        state.add(values.span.extracting(first..<values.count), ranges, scratch: &scratch)
        return state
    }

    /// Σ (x − c)² and Σ (x − c) of every column. O(n · d).
    func deviations(around center: [Double]) -> (squares: [Double], sums: [Double]) {
        var squares = [Double](repeating: 0, count: columns)
        var sums = squares
        var intoSquares = squares.mutableSpan
        var intoSums = sums.mutableSpan
        for range in ranges {
            RowSums.addDeviations(
                part(range), rows: range.count, width: columns, around: center.span, squares: &intoSquares,
                sums: &intoSums)
        }
        return (squares, sums)
    }

    /// The mean of some of the rows, at most 512. O(512 · d).
    func sampleMean() -> [Double] {
        let step = max(1, rows / 512)
        var sums = [Double](repeating: 0, count: columns)
        var out = sums.mutableSpan
        var (taken, place) = (0, 0)
        for range in ranges {
            // Picked rows are counted on from range to range.
            for row in stride(from: range.lowerBound + (step - place % step) % step, to: range.upperBound, by: step) {
                RowSums.add(part(row..<row + 1), rows: 1, width: columns, to: &out)
                taken += 1
            }
            place += range.count
        }
        return sums.map { $0 / Double(taken) }
    }

    /// squares += Σ (x − c)² over all rows, and sums[k] += Σ (x − c) over those of class k. O(n · d).
    func addDeviations(
        around center: [Double], classes: [Bool], squares: inout [Double], sums: inout [[Double]]
    ) {
        var place = 0
        for range in ranges {
            var start = range.lowerBound
            while start < range.upperBound {
                let kind = classes[place]
                var end = start
                while end < range.upperBound, classes[place] == kind { (end, place) = (end + 1, place + 1) }
                var intoSquares = squares.mutableSpan
                var intoSums = sums[kind ? 1 : 0].mutableSpan
                RowSums.addDeviations(
                    part(start..<end), rows: end - start, width: columns, around: center.span, squares: &intoSquares,
                    sums: &intoSums)
                start = end
            }
        }
    }

    /// w·x + b of every row. O(n · d).
    public func decisions(weights: [Double], bias: Double) -> [Double] {
        var z = [Double](repeating: 0, count: rows)
        var out = z.mutableSpan
        var place = 0
        for range in ranges {
            var part = out._mutatingExtracting(place..<place + range.count)
            LogisticLoss.decisions(self.part(range), weights: weights.span, bias: bias, into: &part)
            place += range.count
        }
        return z
    }

    /// Σ rᵢxᵢ. O(n · d).
    func weightedSum(_ r: [Double]) -> [Double] {
        var sum = [Double](repeating: 0, count: columns)
        var out = sum.mutableSpan
        var place = 0
        for range in ranges {
            LogisticLoss.addWeightedRows(
                part(range), rowWeights: r.span.extracting(place..<place + range.count), into: &out)
            place += range.count
        }
        return sum
    }

    /// Σ zᵢxᵢ and Σ zᵢ with zᵢ = w·xᵢ + b, every row read once. O(n · d).
    func normalProduct(weights: [Double], bias: Double) -> (sum: [Double], total: Double) {
        // Rows that stay near the processor between the two products.
        let block = max(8, min(1024, 32_768 / max(1, columns)) / 8 * 8)
        var sum = [Double](repeating: 0, count: columns)
        var z = [Double](repeating: 0, count: block)
        var total = 0.0
        var out = sum.mutableSpan
        for range in ranges {
            for start in stride(from: range.lowerBound, to: range.upperBound, by: block) {
                let rows = start..<min(start + block, range.upperBound)
                let part = part(rows)
                do {
                    var products = z.mutableSpan
                    var mine = products._mutatingExtracting(0..<rows.count)
                    LogisticLoss.decisions(part, weights: weights.span, bias: bias, into: &mine)
                }
                for place in 0..<rows.count { total += z[place] }
                LogisticLoss.addWeightedRows(part, rowWeights: z.span.extracting(0..<rows.count), into: &out)
            }
        }
        return (sum, total)
    }

    /// Whether most rows have neighbours that were picked too, so that looking at them in place costs no more than a copy.
    var isCoherent: Bool { ranges.count * 8 <= rows }

    /// The rows' indices, in the order picked.
    var places: [Int] { ranges.flatMap { Array($0) } }

    /// The matrix, and where its first row begins.
    func withValues<R>(_ body: (Span<Float>, _ first: Int) -> R) -> R { body(values.span, first) }

    /// Σ log(1 + exp(−signᵢ(w·xᵢ + b))) with its gradient (d features, then the intercept) and curvature, each row read once.
    /// O(n · d).
    func logisticPass(
        weights: [Double], bias: Double, signs: [Double], gradient: inout [Double], curvature: inout MutableSpan<Double>
    ) -> Double {
        var (sum, place) = (0.0, 0)
        var part = [Double](repeating: 0, count: columns + 1)
        for j in gradient.indices { gradient[j] = 0 }
        for range in ranges {
            let rows = place..<place + range.count
            var own = curvature._mutatingExtracting(rows)
            do {
                var slopes = part.mutableSpan
                sum += LogisticLoss.pass(
                    self.part(range), weights: weights.span, bias: bias, signs: signs.span.extracting(rows),
                    gradient: &slopes, curvature: &own)
            }
            for j in gradient.indices { gradient[j] += part[j] }
            place += range.count
        }
        return sum
    }

    @_lifetime(borrow self)
    private func part(_ range: Range<Int>) -> Span<Float> {
        values.span.extracting(first + range.lowerBound * columns..<first + range.upperBound * columns)
    }
}
