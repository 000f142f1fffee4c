import Kernels
import Testing

@testable import Analysis

/// Rows that are read again for every look give what rows in memory give.
@Suite struct ReadRowsTests {
    /// Hands a matrix out in parts that end where nothing else does.
    private struct Parts: RowReading {
        let values: [Float]
        let columns: Int
        let part: Int

        func read(_ ranges: [Range<Int>], _ body: (Range<Int>, Span<Float>) -> Void) {
            for range in ranges {
                var start = range.lowerBound
                while start < range.upperBound {
                    let end = min(range.upperBound, (start / part + 1) * part)
                    body(start..<end, values.span.extracting(start * columns..<end * columns))
                    start = end
                }
            }
        }
    }

    private static let rows = 1200

    private static func picks(
        columns: Int, part: Int = 37, classes: Int = 2
    ) throws -> (read: PickedRows, copy: FeatureMatrix, labels: [Int], values: [Float]) {
        let (values, labels) = PickedRowsTests.matrix(rows: rows, columns: columns)
        let rows = (0..<rows).filter { $0 / 7 % 5 != 2 }
        let read = PickedRows(Parts(values: values, columns: columns, part: part), columns: columns, rows: rows)
        let kinds = rows.map { classes == 2 ? labels[$0] : (labels[$0] + $0 % 2 * (classes - 1)) % classes }
        return (read, try PickedRows(values, columns: columns, rows: rows).copied(), kinds, values)
    }

    @Test("ridge, of classes and of numbers", arguments: [31, 260])
    func ridge(columns: Int) throws {
        let (read, copy, labels, _) = try Self.picks(columns: columns)
        let gram = read.gram()
        let scaler = Standardizer(read, mean: gram.mean)
        let copied = try Standardizer(copy)
        #expect(distance(scaler.scale, copied.scale) < 1e-12)
        let models = try Ridge().classify(
            read, gram: gram, scaler: scaler, labels: labels, classes: 2, alphas: [1, 100])
        let reference = try Ridge().classify(copied(copy), labels: labels, classes: 2, alphas: [1, 100])
        for (one, other) in zip(models, reference) {
            #expect(distance(one.weights, other.weights) < 1e-6)
            #expect(distance(one.bias, other.bias) < 1e-6)
        }
        let target = labels.enumerated().map { Double($1) + Double($0) / 1000 }
        let found = try Ridge().regress(read, gram: gram, scaler: nil, target: target, alphas: [10])
        let wanted = try Ridge().regress(copy, target: target, alphas: [10])
        #expect(distance(found[0].weights, wanted[0].weights) < 1e-6)
    }

    @Test("L2 logistic regression reaches the same least objective", arguments: [31, 260], [true, false])
    func logistic(columns: Int, isScaled: Bool) throws {
        let (read, copy, labels, _) = try Self.picks(columns: columns)
        let model = LogisticRegression(penalty: .l2, intercept: .free)
        #expect(model.fitsInPlace(read))
        let known = try TwoClassRows(read, labels: labels.map { $0 == 1 })
        let fits = try model.path(known, isScaled: isScaled, c: [0.01, 1])
        let rows = isScaled ? try Standardizer(copy)(copy) : copy
        let wanted = try model.path(rows, labels: labels.map { $0 == 1 }, c: [0.01, 1])
        for (fit, other) in zip(fits, wanted) {
            #expect(fit.converged)
            // z-scores of the copy are rounded to f32.
            #expect(abs(fit.objective - other.objective) <= (isScaled ? 2e-8 : 1e-9) * other.objective)
            #expect(distance(fit.weights, other.weights) < 1e-4)
        }
    }

    @Test("LDA with and without shrinkage, of two and three classes", arguments: [31, 260], [2, 3])
    func discriminant(columns: Int, classes: Int) throws {
        let (read, copy, labels, _) = try Self.picks(columns: columns, classes: classes)
        let scaler = try Standardizer(read)
        for shrinkage in [LinearDiscriminant.Shrinkage.none, .fixed(0.3)] {
            let model = LinearDiscriminant(shrinkage: shrinkage)
            for used in [scaler, nil] {
                let fit = try model.fit(read, scaler: used, labels: labels, classes: classes)
                let rows = used == nil ? copy : try scaler(copy)
                let wanted = try model.fit(rows, labels: labels, classes: classes)
                #expect(distance(fit.model.weights, wanted.model.weights) < 1e-5)
                #expect(distance(fit.model.bias, wanted.model.bias) < 1e-5)
                #expect(fit.isSingular == wanted.isSingular)
            }
        }
        #expect(!LinearDiscriminant(shrinkage: .ledoitWolf).fitsScatters)
        #expect(throws: AnalysisError.self) {
            try LinearDiscriminant(shrinkage: .fixed(2)).fit(read, scaler: nil, labels: labels, classes: classes)
        }
        #expect(throws: AnalysisError.self) {
            try LinearDiscriminant().fit(
                read, scaler: nil, labels: [Int](repeating: 1, count: labels.count), classes: classes)
        }
    }

    @Test func differenceInMeansAndMassMean() throws {
        let (read, copy, labels, _) = try Self.picks(columns: 31)
        let flags = labels.map { $0 == 1 }
        let known = try TwoClassRows(read, labels: flags)
        let scaled = try Standardizer(copy)(copy)
        for (isScaled, rows) in [(true, scaled), (false, copy)] {
            let found = try DifferenceInMeans(known, isScaled: isScaled)
            let wanted = try DifferenceInMeans(rows, labels: flags)
            // z-scores of the copy are rounded to f32.
            #expect(distance(found.direction, wanted.direction) < 1e-6)
            #expect(abs(found.threshold - wanted.threshold) < 1e-6 * max(1, abs(wanted.threshold)))
            #expect(found.counts == wanted.counts)
        }
        let fit = try LinearDiscriminant().fit(read, scaler: nil, labels: labels, classes: 2)
        let positive = flags.count { $0 }
        let mass = MassMean(fit, rows: [flags.count - positive, positive])
        #expect(distance(mass.model.weights, try MassMean(copy, labels: flags).model.weights) < 1e-6)
        let same = try TwoClassRows(read, labels: [Bool](repeating: true, count: flags.count))
        #expect(throws: AnalysisError.self) { try DifferenceInMeans(same, isScaled: false) }
    }

    @Test func whereANumberIsNoneIsSaid() throws {
        let (_, _, labels, sound) = try Self.picks(columns: 31)
        var values = sound
        values[31 * 21 + 4] = .nan
        let rows = (0..<Self.rows).filter { $0 / 7 % 5 != 2 }
        let flags = labels.map { $0 == 1 }
        let read = PickedRows(Parts(values: values, columns: 31, part: 50), columns: 31, rows: rows)
        for look in [{ _ = try Standardizer(read) }, { _ = try TwoClassRows(read, labels: flags) }] {
            let error = #expect(throws: AnalysisError.self, performing: look)
            // Rows 14 to 20 were left out.
            #expect(error?.message == "row 14, feature 4 is nan")
        }
    }

    @Test func fewerRowsThanColumnsAreNotFittedThisWay() throws {
        let (read, _, _, _) = try Self.picks(columns: 1100)
        #expect(!LogisticRegression(penalty: .l2, intercept: .free).fitsInPlace(read))
        #expect(!LogisticRegression(penalty: .l1, intercept: .free).fitsInPlace(try Self.picks(columns: 31).read))
    }
}
