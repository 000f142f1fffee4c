import Testing

@testable import Analysis

/// When a fit of several classes counts as converged, and how soon it is.
@Suite struct SoftmaxTests {
    /// Rows of noisy classes: each has a mean of its own, a third of the noise away.
    static func rows(_ count: Int, _ columns: Int, classes: Int) throws -> (FeatureMatrix, [Int]) {
        let means = noise(seed: 5, count: classes * columns)
        var values = noise(seed: 6, count: count * columns)
        let labels = (0..<count).map { $0 * 3 % classes }
        for row in 0..<count {
            for j in 0..<columns { values[row * columns + j] += 0.35 * means[labels[row] * columns + j] }
        }
        return (try FeatureMatrix(values, rows: count, columns: columns), labels)
    }

    @Test(arguments: [0.01, 1, 100]) func convergesInFewSteps(c: Double) throws {
        let (x, labels) = try Self.rows(1500, 24, classes: 7)
        let fit = try SoftmaxRegression(c: c).fit(x, labels: labels, classes: 7)
        #expect(fit.converged)
        #expect(fit.iterations < 200, "\(fit.iterations) steps")
        // No other way leads lower: the same fit to the last digit has the same weights.
        let exact = try SoftmaxRegression(c: c, tolerance: 0).fit(x, labels: labels, classes: 7)
        #expect(exact.converged, "rounding ends it")
        #expect(exact.iterations < 300, "\(exact.iterations) steps")
        #expect(abs(exact.objective - fit.objective) <= 1e-12 * exact.objective)
        #expect(distance(fit.model.weights, exact.model.weights) < 1e-6)
        // The classes' weights sum to 0.
        for j in 0..<24 { #expect(abs((0..<7).reduce(0) { $0 + fit.model.weights[$1 * 24 + j] }) < 1e-9) }
    }

    @Test func saysWhereItStoppedEarly() throws {
        let (x, labels) = try Self.rows(300, 12, classes: 4)
        let hurried = try SoftmaxRegression(c: 100, maxIterations: 3).fit(x, labels: labels, classes: 4)
        #expect(!hurried.converged && hurried.iterations == 3)
        let patient = try SoftmaxRegression(c: 100).fit(x, labels: labels, classes: 4)
        #expect(patient.converged && patient.objective < hurried.objective)
    }
}
