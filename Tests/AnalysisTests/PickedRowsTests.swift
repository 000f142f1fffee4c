import Kernels
import Testing

@testable import Analysis

/// Rows fitted where they lie give what copies of them give.
@Suite struct PickedRowsTests {
    /// Columns of unequal scale and far from the origin, one of them constant; with labels that some of them tell.
    static func matrix(rows: Int, columns: Int) -> (values: [Float], labels: [Int]) {
        let draw = SeededDraw(seed: 3, repeat: 0, purpose: .permutation)
        func uniform(_ row: Int, _ column: Int) -> Double {
            Double(draw.number(key: UInt64(row), part: column) >> 11) / 0x1p53 - 0.5
        }
        var values: [Float] = []
        for row in 0..<rows {
            for column in 0..<columns {
                let scale = [0.01, 1, 30][column % 3]
                values.append(column == 5 ? 2.5 : Float(scale * (uniform(row, column) + Double(column % 7))))
            }
        }
        let labels = (0..<rows).map { row -> Int in
            let score = uniform(row, 0) + uniform(row, 1) + uniform(row, 2) + uniform(row, columns) / 2
            return score > 0 ? 1 : 0
        }
        return (values, labels)
    }

    private static let columns = 260
    private static let rows = 1200

    /// Five folds by turns of a few rows.
    private static func folds() -> [(train: [Int], test: [Int])] {
        (0..<5).map { fold in
            let all = Array(0..<rows)
            return (all.filter { $0 / 7 % 5 != fold }, all.filter { $0 / 7 % 5 == fold })
        }
    }

    @Test func ridgeAgreesWithThatOfCopies() throws {
        let (values, labels) = Self.matrix(rows: Self.rows, columns: Self.columns)
        let folds = Self.folds()
        let held = folds.map { PickedRows(values, columns: Self.columns, rows: $0.test).gram() }
        var all = held[0]
        for state in held.dropFirst() { all.merge(state) }
        for (fold, split) in folds.enumerated() {
            let train = PickedRows(values, columns: Self.columns, rows: split.train)
            let mine = split.train.map { labels[$0] }
            let copy = try train.copied()
            let copied = try Standardizer(copy)
            let reference = try Ridge().classify(copied(copy), labels: mine, classes: 2, alphas: [1, 100])
            let test = PickedRows(values, columns: Self.columns, rows: split.test)
            for gram in [train.gram(), all.without(held[fold])] {
                let scaler = Standardizer(train, mean: gram.mean)
                #expect(distance(scaler.scale, copied.scale) < 1e-12)
                #expect(scaler.constantColumns == [5] && copied.constantColumns == [5])
                let models = try Ridge().classify(
                    train, gram: gram, scaler: scaler, labels: mine, classes: 2, alphas: [1, 100])
                for (one, other) in zip(models, reference) {
                    #expect(distance(one.weights, other.weights) < 1e-6)
                    #expect(distance(one.bias, other.bias) < 1e-6)
                    let raw = one.unscaled(scaler)
                    let decisions = test.decisions(weights: raw.weights, bias: raw.bias[0])
                    let theirs = try other.decisions(copied(test.copied()))
                    #expect(distance(decisions, theirs) < 1e-5)
                }
            }
        }
    }

    /// Where the processor has a matrix unit; elsewhere rows are copied.
    @Test(.enabled(if: TileGram.isAvailable)) func logisticAgreesWithThatOfCopies() throws {
        let (values, labels) = Self.matrix(rows: Self.rows, columns: Self.columns)
        // The matrix begins behind other numbers.
        let moved = [Float](repeating: .nan, count: 19) + values
        let rows = (0..<Self.rows).filter { $0 / 31 % 4 != 2 }
        let mine = rows.map { labels[$0] == 1 }
        let picked = PickedRows(moved, first: 19, columns: Self.columns, rows: rows)
        let model = LogisticRegression(penalty: .l2, intercept: .free)
        #expect(model.fitsInPlace(picked))
        #expect(
            !model.fitsInPlace(PickedRows(values, columns: Self.columns, rows: Array(stride(from: 0, to: 1200, by: 2))))
        )
        let known = try TwoClassRows(picked, labels: mine)
        let scaler = try Standardizer(picked)
        #expect(distance(known.scaler.mean, scaler.mean) < 1e-13 && distance(known.scaler.scale, scaler.scale) < 1e-13)
        #expect(known.scaler.constantColumns == scaler.constantColumns)
        for isScaled in [true, false] {
            let copy = try isScaled ? picked.scaled(scaler) : picked.copied()
            // Where no column has a weight the classes' sums are enough.
            var (sums, rowwise) = (
                LogisticProblem(ScoredRows(known, isScaled: isScaled), c: 2), LogisticProblem(copy, labels: mine, c: 2)
            )
            let start = [Double](repeating: 0, count: Self.columns) + [0.3]
            var (one, other) = (start, start)
            #expect(abs(sums.fused(start, gradient: &one) - rowwise.fused(start, gradient: &other)) < 1e-9)
            #expect(distance(one, other) < 1e-5 * (1 + (other.map { abs($0) }.max() ?? 0)))
            #expect(distance(sums.curvature, rowwise.curvature) < 1e-15)
            let found = try model.path(known, isScaled: isScaled, c: [1, 0.01])
            let expected = try model.path(copy, labels: mine, c: [1, 0.01])
            for (one, other) in zip(found, expected) {
                #expect(one.converged && one.iterations < 60)
                // Scores of a copy are rounded to f32.
                #expect(abs(one.objective - other.objective) <= 1e-7 * other.objective)
                #expect(distance(one.weights, other.weights) < 1e-5 * (1 + (other.weights.map { abs($0) }.max() ?? 0)))
            }
        }
    }

    /// A number that isn't finite is named; a constant column is one whatever the sums are taken around.
    @Test func oneLookAtTwoClasses() throws {
        var (values, labels) = Self.matrix(rows: Self.rows, columns: 31)
        let rows = (0..<Self.rows).filter { $0 % 9 < 5 }
        let mine = rows.map { labels[$0] == 1 }
        let known = try TwoClassRows(PickedRows(values, columns: 31, rows: rows), labels: mine)
        #expect(known.scaler.constantColumns == [5] && known.scaler.mean[5] == 2.5)
        values[31 * 10 + 2] = .nan
        let error = #expect(throws: AnalysisError.self) {
            try TwoClassRows(PickedRows(values, columns: 31, rows: rows), labels: mine)
        }
        #expect(error?.message == "row 6, feature 2 is nan")
        #expect(throws: AnalysisError.self) { try TwoClassRows(PickedRows(values, columns: 31, rows: []), labels: []) }
    }

    /// Rows that repeat a pattern are all seen by a sample.
    @Test func aSampleSeesAllPositions() {
        for step in [2, 4, 8] {
            let rows = (0..<4000).map { WeightedGram.sampled($0, every: step, of: 4000 * step) }
            #expect(Set(rows.map { $0 % 16 }).count == 16)
            #expect(rows.enumerated().allSatisfy { $1 / step == $0 })
        }
        #expect(WeightedGram.sampled(3, every: 5, of: 16) == 15)
    }

    @Test func regressionWithoutScalingAgrees() throws {
        let (values, labels) = Self.matrix(rows: Self.rows, columns: Self.columns)
        // The matrix begins behind other numbers.
        let moved = [Float](repeating: .nan, count: 17) + values
        let rows = Array(stride(from: 3, to: Self.rows, by: 2))
        let picked = PickedRows(moved, first: 17, columns: Self.columns, rows: rows)
        let target = rows.map { Double(labels[$0]) + Double($0) / 1000 }
        let reference = try Ridge().regress(picked.copied(), target: target, alphas: [10])
        let found = try Ridge().regress(picked, gram: picked.gram(), scaler: nil, target: target, alphas: [10])
        #expect(distance(found[0].weights, reference[0].weights) < 1e-6)
        #expect(distance(found[0].bias, reference[0].bias) < 1e-6)
    }

    @Test func scoresAreThoseOfACopy() throws {
        let (values, _) = Self.matrix(rows: Self.rows, columns: 31)
        let picked = PickedRows(values, columns: 31, rows: (0..<Self.rows).filter { $0 % 9 < 5 })
        let other = PickedRows(values, columns: 31, rows: [4, 900, 3, 3])
        let (mine, theirs) = (try Standardizer(picked), try Standardizer(picked.copied()))
        #expect(mine == theirs)
        #expect(try picked.scaled(mine) == theirs(picked.copied()))
        #expect(try other.scaled(mine) == theirs(other.copied()))
        var broken = values
        broken[31 * 10 + 2] = .infinity
        let error = #expect(throws: AnalysisError.self) {
            try Standardizer(PickedRows(broken, columns: 31, rows: [9, 10]))
        }
        #expect(error?.message == "row 1, feature 2 is inf")
        #expect(throws: AnalysisError.self) { try Standardizer(PickedRows(values, columns: 31, rows: [])) }
    }

    @Test func statesOfRangesAreThoseOfTheRows() throws {
        let (values, _) = Self.matrix(rows: Self.rows, columns: Self.columns)
        let rows = (0..<Self.rows).filter { $0 % 11 < 8 }
        let picked = PickedRows(values, columns: Self.columns, rows: rows)
        #expect(try picked.gram() == GramState(picked.copied()))
    }
}

extension PickedRows {
    /// A matrix of those rows.
    func copied() throws(AnalysisError) -> FeatureMatrix {
        var values: [Float] = []
        forEachPart { _, numbers in
            for place in numbers.indices { values.append(numbers[place]) }
        }
        return try FeatureMatrix(values, rows: rows, columns: columns)
    }
}
