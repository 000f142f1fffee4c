import Testing

@testable import Analysis

@Suite struct MetricsTests {
    @Test func agreesWithScikitLearnOnTiesAndOneClass() throws {
        let all = try recorded("metrics", as: [RecordedMetrics].self)
        #expect(all.count > 20)
        for one in all {
            expectEqual(Metrics(decisions: one.decisions, labels: one.labels), one.scores, loss: 1e-12)
        }
    }

    @Test func countsTiesAsHalf() {
        #expect(Metrics.auroc(scores: [1, 1, 1, 1], labels: [true, false, true, false]) == 0.5)
        #expect(Metrics.auroc(scores: [0, 1, 1, 2], labels: [false, false, true, true]) == 0.875)
        #expect(Metrics.auroc(scores: [0, 1], labels: [true, true]) == nil)
        #expect(Metrics.auroc(scores: [], labels: []) == nil)
    }

    @Test func aDecisionOfZeroIsNegative() {
        let metrics = Metrics(decisions: [0, -0.0], labels: [true, false])
        #expect(metrics.confusion == Confusion(trueNegatives: 1, falseNegatives: 1))
        #expect(metrics.precision == 0 && metrics.recall == 0 && metrics.f1 == 0)
    }

    @Test func logLossStaysFiniteFarOut() {
        let metrics = Metrics(decisions: [800, -800], labels: [false, false])
        #expect(metrics.logLoss == 400)
    }
}
