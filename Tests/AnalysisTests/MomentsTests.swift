import Testing

@testable import Analysis

@Suite struct MomentsTests {
    @Test(arguments: [[7, 13], [1, 19], [0, 20], [5, 5, 5, 5], [20]])
    func mergingEqualsTheDirectState(_ chunks: [Int]) throws {
        let x = try FeatureMatrix(noise(seed: 3, count: 60).map { $0 + 1000 }, rows: 20, columns: 3)
        let direct = Moments(x)
        var merged = Moments(columns: 3)
        var first = 0
        for count in chunks {
            merged.merge(Moments(x.selecting(Array(first..<first + count))))
            first += count
        }
        #expect(merged.weight == 20)
        for j in 0..<3 {
            let column = (0..<20).map { Double(x.values[$0 * 3 + j]) }
            let mean = column.reduce(0, +) / 20
            let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20
            for state in [direct, merged] {
                #expect(abs(state.mean[j] - mean) < 1e-10)
                #expect(abs(state.variance()[j] - variance) < 1e-10)
                #expect(abs(state.variance(ddof: 1)[j] - variance * 20 / 19) < 1e-10)
            }
        }
    }

    @Test func weightsCountAsRepeats() throws {
        let x = try FeatureMatrix([1, 5, 2], rows: 3, columns: 1)
        var weighted = Moments(columns: 1)
        for (row, w) in zip(0..<3, [1.0, 3, 0]) { weighted.add(x.values.span.extracting(row..<row + 1), weight: w) }
        let repeated = Moments(try FeatureMatrix([1, 5, 5, 5], rows: 4, columns: 1))
        #expect(weighted.weight == 4 && abs(weighted.mean[0] - repeated.mean[0]) < 1e-12)
        #expect(abs(weighted.variance()[0] - repeated.variance()[0]) < 1e-12)
        #expect(Moments(columns: 2).variance().allSatisfy { $0.isNaN })
    }

    @Test func standardizesAsScikitLearnDoes() throws {
        let x = try FeatureMatrix([1, 0.1, 0, 2, 0.1, 0, 3, 0.1, 0, 6, 0.1, 0], rows: 4, columns: 3)
        let standardizer = try Standardizer(x)
        #expect(standardizer.constantColumns == [1, 2])
        #expect(standardizer.scale[1] == 1 && standardizer.mean[0] == 3)
        let z = try standardizer(x)
        #expect(abs(z.values[0] + 2 / Float(3.5).squareRoot()) < 1e-6)
        #expect(z.values[1] == 0 && z.values[2] == 0)
        #expect(throws: AnalysisError.self) { try standardizer(FeatureMatrix([1], rows: 1, columns: 1)) }
        #expect(throws: AnalysisError.self) { try Standardizer(FeatureMatrix([], rows: 0, columns: 3)) }
    }

    @Test func differenceInMeansPointsToClassOne() throws {
        let x = try FeatureMatrix([0, 0, 2, 0, 4, 1, 6, 1], rows: 4, columns: 2)
        let probe = try DifferenceInMeans(x, labels: [false, false, true, true])
        #expect(probe.direction == [4, 1] && probe.threshold == 12.5 && probe.counts == [2, 2])
        #expect(try probe.decisions(x) == [-12.5, -4.5, 4.5, 12.5])
        #expect(abs(probe.dominance - 16.0 / 17) < 1e-15)
        #expect(throws: AnalysisError.self) { try DifferenceInMeans(x, labels: [true, true, true, true]) }
    }

    @Test func convergesWhereItNeverChangesAgain() {
        #expect(Converge.index(of: [Int]()) == nil)
        #expect(Converge.index(of: [1]) == 0)
        #expect(Converge.index(of: [0, 1, 0, 1, 1, 1]) == 3)
        #expect(Converge.index(of: [1, 1, 1]) == 0)
        #expect(Converge.index(of: [true, true, false]) == 2)
        #expect(Converge.index(of: [0.2, 0.9, 0.5, 0.8, 0.9], staysAtLeast: 0.8) == 3)
        #expect(Converge.index(of: [0.9, 0.9], staysAtLeast: 0.9) == 0)
        #expect(Converge.index(of: [0.9, 0.2], staysAtLeast: 0.8) == nil)
        #expect(Converge.index(of: [.nan, 0.9], staysAtLeast: 0.8) == 1)
        #expect(Converge.index(of: [0.9, .nan], staysAtLeast: 0.8) == nil)
    }
}
