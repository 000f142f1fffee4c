import Kernels

/// Rows that are not held: whoever looks at them gets them part by part, each time anew.
public protocol RowReading: Sendable {
    /// Hands out the numbers of some rows, row-major, each once and in order.
    ///
    /// What can't be read ends it early: the reader keeps why, and whoever began the fit asks for it.
    ///
    /// - Parameters:
    ///   - ranges: ascending
    ///   - body: neighbouring rows, all of one range, and their numbers
    func read(_ ranges: [Range<Int>], _ body: (_ rows: Range<Int>, _ numbers: Span<Float>) -> Void)
}

/// Some rows of a matrix, looked at where they lie: the training rows of a split without a copy of them.
///
/// Where they lie is memory, or a reader that fetches them again for every look: then memory holds a part of them, however many
/// there are. Sums of a reader's rows are cut where its parts end, so that their last digits may differ from those of a matrix.
public struct PickedRows: Sendable {
    private enum Numbers: Sendable {
        /// The first of its rows begins at `first`.
        case matrix([Float], first: Int)
        case reader(any RowReading)
    }

    private let numbers: Numbers
    /// Neighbouring rows together, in the order in which they were picked.
    private let ranges: [Range<Int>]
    /// n.
    public let rows: Int
    /// d.
    public let columns: Int

    /// - Parameters:
    ///   - values: a matrix of `columns` numbers a row, which begins at `first`.
    ///   - rows: of the matrix, in the order wanted.
    public init(_ values: [Float], first: Int = 0, columns: Int, rows: [Int]) {
        ranges = Self.ranges(of: rows)
        precondition(
            first >= 0 && columns >= 0
                && ranges.allSatisfy { $0.lowerBound >= 0 && first + $0.upperBound * columns <= values.count },
            "a row beyond the matrix")
        numbers = .matrix(values, first: first)
        self.columns = columns
        self.rows = rows.count
    }

    /// Rows that are read whenever they are looked at.
    ///
    /// - Parameter rows: as the reader counts them, ascending.
    public init(_ reader: any RowReading, columns: Int, rows: [Int]) {
        ranges = Self.ranges(of: rows)
        precondition(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound }, "rows out of order")
        numbers = .reader(reader)
        self.columns = columns
        self.rows = rows.count
    }

    private init(_ numbers: Numbers, columns: Int, ranges: [Range<Int>]) {
        (self.numbers, self.columns, self.ranges) = (numbers, columns, ranges)
        rows = ranges.reduce(0) { $0 + $1.count }
    }

    /// Some of these rows, in their order.
    ///
    /// - Parameter isChosen: told a row as it was counted when picked
    func choosing(_ isChosen: (Int) -> Bool) -> PickedRows {
        let chosen = places.enumerated().filter { isChosen($0.offset) }.map(\.element)
        return PickedRows(numbers, columns: columns, ranges: Self.ranges(of: chosen))
    }

    /// As many of the rows as were picked first.
    private func first(_ count: Int) -> PickedRows {
        var chosen: [Range<Int>] = []
        var left = count
        for range in ranges where left > 0 {
            chosen.append(range.prefix(left))
            left -= range.count
        }
        return PickedRows(numbers, columns: columns, ranges: chosen)
    }

    /// Rows with their neighbours, in the order given.
    private static func ranges(of rows: [Int]) -> [Range<Int>] {
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
        return ranges
    }

    /// Whether rows are fetched for every look.
    public var isRead: Bool { if case .reader = numbers { true } else { false } }

    /// Goes through the rows in order.
    ///
    /// - Parameter body: neighbouring rows, and their numbers
    public func forEachPart(_ body: (_ rows: Range<Int>, _ numbers: Span<Float>) -> Void) {
        switch numbers {
        case .matrix(let values, let first):
            for range in ranges {
                body(
                    range,
                    values.span.extracting(first + range.lowerBound * columns..<first + range.upperBound * columns))
            }
        case .reader(let reader): reader.read(ranges, body)
        }
    }

    /// A matrix of some of the rows.
    ///
    /// - Parameters:
    ///   - chosen: counted as they were picked, ascending
    ///   - center: what is taken off each column
    func matrix(_ chosen: [Int], minus center: [Float]) throws(AnalysisError) -> FeatureMatrix {
        var values = [Float](repeating: 0, count: chosen.count * columns)
        var (next, place) = (0, 0)
        forEachPart { rows, numbers in
            while next < chosen.count, chosen[next] < place + rows.count {
                let from = (chosen[next] - place) * columns
                for column in 0..<columns { values[next * columns + column] = numbers[from + column] - center[column] }
                next += 1
            }
            place += rows.count
        }
        return try FeatureMatrix(values, rows: chosen.count, columns: columns)
    }

    /// - Throws: `.notFinite` at the first number that isn't. O(n · d).
    public func checkFinite() throws(AnalysisError) {
        var place = 0
        var found: (row: Int, column: Int, value: Float)?
        forEachPart { rows, numbers in
            if found == nil, let bad = numbers.indices.first(where: { !numbers[$0].isFinite }) {
                found = (place + bad / columns, bad % columns, numbers[bad])
            }
            place += rows.count
        }
        if let found { throw FeatureMatrix.notFinite(found.value, row: found.row, column: found.column) }
    }

    /// A matrix of the rows' z-scores, as the scaler makes them of a copy. O(n · d).
    ///
    /// - Throws: `.shape` where the columns differ from those fitted, `.notFinite` where a score leaves f32's range.
    public func scaled(_ scaler: Standardizer) throws(AnalysisError) -> FeatureMatrix {
        try scaler.checkColumns(columns)
        let scores = unsafe [Float](unsafeUninitializedCapacity: rows * columns) { buffer, count in
            forEachPart { range, numbers in
                var part = unsafe MutableSpan(
                    _unsafeElements: buffer.extracting(count..<count + range.count * columns))
                RowSums.standardize(
                    numbers, rows: range.count, width: columns, mean: scaler.mean.span, scale: scaler.scale.span,
                    into: &part)
                count += range.count * columns
            }
        }
        return try FeatureMatrix(scores, rows: rows, columns: columns)
    }

    /// Σ x of every column over n; NaN without a row. O(n · d).
    func mean() -> [Double] {
        var sums = [Double](repeating: 0, count: columns)
        forEachPart { range, numbers in
            var out = sums.mutableSpan
            RowSums.add(numbers, rows: range.count, width: columns, to: &out)
        }
        return sums.map { $0 / Double(rows) }
    }

    /// Count, mean and scatter. O(n · d²).
    public func gram() -> GramState {
        var state = GramState(columns: columns)
        var scratch = GramScratch()
        switch numbers {
        // Blocks are filled across gaps.
        case .matrix(let values, let first):
            state.add(values.span.extracting(first..<values.count), ranges, scratch: &scratch)
        case .reader: forEachPart { range, numbers in state.add(numbers, [0..<range.count], scratch: &scratch) }
        }
        return state
    }

    /// Σ (x − c)² and Σ (x − c) of every column. O(n · d).
    func deviations(around center: [Double]) -> (squares: [Double], sums: [Double]) {
        var squares = [Double](repeating: 0, count: columns)
        var sums = squares
        forEachPart { range, numbers in
            var intoSquares = squares.mutableSpan
            var intoSums = sums.mutableSpan
            RowSums.addDeviations(
                numbers, rows: range.count, width: columns, around: center.span, squares: &intoSquares, sums: &intoSums)
        }
        return (squares, sums)
    }

    /// The mean of some of the rows, at most 512: of those that are read the first, so that one part is enough. O(512 · d).
    func sampleMean() -> [Double] {
        if isRead, rows > 512 { return first(512).mean() }
        let step = max(1, rows / 512)
        var sums = [Double](repeating: 0, count: columns)
        var (taken, place) = (0, 0)
        forEachPart { range, numbers in
            var out = sums.mutableSpan
            // Picked rows are counted on from part to part.
            for row in stride(from: (step - place % step) % step, to: range.count, by: step) {
                RowSums.add(numbers.extracting(row * columns..<(row + 1) * columns), rows: 1, width: columns, to: &out)
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
        forEachPart { range, numbers in
            var start = 0
            while start < range.count {
                let kind = classes[place]
                var end = start
                while end < range.count, classes[place] == kind { (end, place) = (end + 1, place + 1) }
                var intoSquares = squares.mutableSpan
                var intoSums = sums[kind ? 1 : 0].mutableSpan
                RowSums.addDeviations(
                    numbers.extracting(start * columns..<end * columns), rows: end - start, width: columns,
                    around: center.span, squares: &intoSquares, sums: &intoSums)
                start = end
            }
        }
    }

    /// w·x + b of every row. O(n · d).
    public func decisions(weights: [Double], bias: Double) -> [Double] {
        var z = [Double](repeating: 0, count: rows)
        var place = 0
        forEachPart { range, numbers in
            var out = z.mutableSpan
            var part = out._mutatingExtracting(place..<place + range.count)
            LogisticLoss.decisions(numbers, weights: weights.span, bias: bias, into: &part)
            place += range.count
        }
        return z
    }

    /// Σ rᵢxᵢ. O(n · d).
    func weightedSum(_ r: [Double]) -> [Double] {
        var sum = [Double](repeating: 0, count: columns)
        var place = 0
        forEachPart { range, numbers in
            var out = sum.mutableSpan
            LogisticLoss.addWeightedRows(
                numbers, rowWeights: r.span.extracting(place..<place + range.count), into: &out)
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
        forEachPart { range, numbers in
            var out = sum.mutableSpan
            for start in stride(from: 0, to: range.count, by: block) {
                let rows = start..<min(start + block, range.count)
                let part = numbers.extracting(rows.lowerBound * columns..<rows.upperBound * columns)
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

    /// The matrix from its first row on.
    ///
    /// - Precondition: not `isRead`.
    func withMatrix<R>(_ body: (Span<Float>) -> R) -> R {
        guard case .matrix(let values, let first) = numbers else { preconditionFailure("rows that lie nowhere") }
        return body(values.span.extracting(first..<values.count))
    }

    /// Σ log(1 + exp(−signᵢ(w·xᵢ + b))) with its gradient (d features, then the intercept) and curvature, each row read once.
    /// O(n · d).
    func logisticPass(
        weights: [Double], bias: Double, signs: [Double], gradient: inout [Double], curvature: inout [Double]
    ) -> Double {
        var (sum, place) = (0.0, 0)
        var part = [Double](repeating: 0, count: columns + 1)
        for j in gradient.indices { gradient[j] = 0 }
        forEachPart { range, numbers in
            let rows = place..<place + range.count
            var all = curvature.mutableSpan
            var own = all._mutatingExtracting(rows)
            do {
                var slopes = part.mutableSpan
                sum += LogisticLoss.pass(
                    numbers, weights: weights.span, bias: bias, signs: signs.span.extracting(rows),
                    gradient: &slopes, curvature: &own)
            }
            for j in gradient.indices { gradient[j] += part[j] }
            place += range.count
        }
        return sum
    }
}
