import Testing

@testable import Analysis

/// Curves, intervals, tests and correlations against recorded answers of scikit-learn and SciPy.
@Suite struct StatisticsAgreementTests {
    let all: RecordedStatistics

    init() throws { all = try recorded("statistics", as: RecordedStatistics.self) }

    @Test func curves() throws {
        for theirs in all.roc {
            let ours = try #require(RocCurve(scores: theirs.scores, labels: theirs.labels))
            #expect(distance(ours.falsePositiveRates, theirs.fpr) < 1e-9)
            #expect(distance(ours.truePositiveRates, theirs.tpr) < 1e-9)
            #expect(ours.thresholds.first == .infinity)
            #expect(Array(ours.thresholds.dropFirst()) == theirs.thresholds)
            #expect(distance((0...10).map { ours.truePositiveRate(at: Double($0) * 0.1) }, theirs.at) < 1e-9)
            #expect(abs(ours.area - theirs.area) < 1e-12)
        }
        #expect(RocCurve(scores: [1, 2], labels: [true, true]) == nil)
        #expect(RocCurve(scores: [], labels: []) == nil)
    }

    @Test func calibrationBins() {
        for theirs in all.calibration {
            let ours = Calibration(probabilities: theirs.probabilities, labels: theirs.labels, bins: theirs.bins)
            #expect(ours.counts.reduce(0, +) == theirs.labels.count)
            #expect(abs(ours.brier - theirs.brier) < 1e-12)
            if theirs.observed.isEmpty { continue }
            #expect(distance(ours.observed.filter { !$0.isNaN }, theirs.observed) < 1e-9)
            #expect(distance(ours.predicted.filter { !$0.isNaN }, theirs.predicted) < 1e-9)
        }
        // Two rows predicted 0.8, one of them positive: |0.5 − 0.8|.
        let even = Calibration(probabilities: [0.8, 0.8], labels: [true, false], bins: 10)
        #expect(abs(even.expectedError - 0.3) < 1e-12)
        #expect(Calibration(probabilities: [], labels: [], bins: 3).brier.isNaN)
    }

    @Test func correlations() {
        func same(_ ours: Correlation, _ theirs: [Double?], _ comment: String) {
            #expect(ours.coefficient.isNaN == (theirs[0] == nil), "\(comment)")
            #expect(ours.pValue.isNaN == (theirs[1] == nil), "\(comment)")
            if let r = theirs[0] { #expect(abs(ours.coefficient - r) < 1e-12, "\(comment)") }
            // At |r| = 1 the last bit of r decides about p.
            guard let p = theirs[1], abs(ours.coefficient) < 1 - 1e-12 else { return }
            #expect(abs(ours.pValue - p) <= 1e-9 * max(p, 1e-6), "\(comment)")
        }
        for (place, theirs) in all.correlation.enumerated() {
            same(.spearman(theirs.x, theirs.y), theirs.spearman, "spearman \(place)")
            same(.pearson(theirs.x, theirs.y), theirs.pearson, "pearson \(place)")
        }
        #expect(Correlation.ranks([3, 1, 3, 2]) == [3.5, 1, 3.5, 2])
        #expect(Correlation.spearman([1], [2]).coefficient.isNaN)
    }

    @Test func intervals() {
        for theirs in all.shares {
            let wilson = Interval.wilson(hits: Double(theirs.hits), trials: theirs.trials, level: theirs.level)
            let exact = Interval.exact(hits: Double(theirs.hits), trials: theirs.trials, level: theirs.level)
            #expect(distance([wilson.low, wilson.high], theirs.wilson) < 1e-10)
            #expect(distance([exact.low, exact.high], theirs.exact) < 1e-10)
        }
        for theirs in all.student {
            let ours = Interval.student(theirs.values, level: theirs.level)
            #expect(distance([ours.low, ours.high], theirs.bounds) < 1e-10)
        }
        for theirs in all.quantiles {
            let ours = Interval.percentile(theirs.values + [.nan], level: theirs.level)
            #expect(distance([ours.low, ours.high], theirs.bounds) < 1e-14)
            #expect(ours.count == theirs.values.count)
        }
        #expect(Interval.percentile([], level: 0.9).estimate.isNaN)
        #expect(Interval.wilson(hits: 0, trials: 0, level: 0.9).low.isNaN)
        #expect(Interval.student([1], level: 0.9).low.isNaN)
    }

    @Test func distributions() {
        for theirs in all.distributions {
            let ours =
                switch theirs.kind {
                case "beta": Distributions.incompleteBeta(theirs.x, theirs.a, theirs.b)
                case "student": Distributions.studentTwoSided(theirs.x, freedom: theirs.a)
                default: Distributions.normalQuantile(theirs.x)
                }
            #expect(abs(ours - theirs.value) <= 1e-11 * max(1e-3, abs(theirs.value)), "\(theirs)")
        }
    }

    @Test func permutations() {
        for theirs in all.permutation {
            let keys = theirs.values.indices.map { "p\($0)" }
            func statistic(_ classes: [Int32]) -> Double {
                var (sums, counts) = ([0.0, 0.0], [0.0, 0.0])
                for (value, k) in zip(theirs.values, classes) {
                    sums[Int(k)] += value
                    counts[Int(k)] += 1
                }
                return sums[1] / counts[1] - sums[0] / counts[0]
            }
            let value = statistic(theirs.classes.map { Int32($0) })
            #expect(abs(value - theirs.statistic) < 1e-12)
            let exact = PermutationTest(seed: 1, permutations: 1000).assignments(keys, classes: theirs.classes)
            #expect(exact.isExact && exact.classes.count == theirs.assignments)
            #expect(abs(exact.pValue(true: value, others: exact.classes.map(statistic)) - theirs.p) < 1e-12)
            // Too few to take all: drawn, near the exact value, never 0.
            let drawn = PermutationTest(seed: 1, permutations: theirs.assignments - 1).assignments(
                keys, classes: theirs.classes)
            #expect(!drawn.isExact && drawn.classes.count == theirs.assignments - 1)
            #expect(drawn.classes.allSatisfy { $0.count { $0 == 1 } == theirs.classes.count { $0 == 1 } })
            #expect(drawn.pValue(true: value, others: drawn.classes.map(statistic)) > 0)
        }
    }

    @Test func verdicts() {
        for theirs in all.models {
            let won = theirs.wanted.map { a in
                theirs.other.map { b in
                    Double(Verdict.choice(wanted: [a], other: [b], higher: true) + 1) / 2
                }
            }
            let comparison = Verdict.Comparison(
                wanted: Array(won.indices), other: theirs.other.indices.map { won.count + $0 }, outcomes: won)
            let ours = Verdict.modelInterval([comparison], level: 0.95)
            #expect(
                distance([ours.estimate, ours.low, ours.high], [theirs.estimate, theirs.low, theirs.high]) < 1e-10)
            let labels = theirs.wanted.map { _ in true } + theirs.other.map { _ in false }
            #expect(
                abs(ours.estimate - (Metrics.auroc(scores: theirs.wanted + theirs.other, labels: labels) ?? 0)) < 1e-12)
        }
        #expect(Verdict.choice(wanted: [1, 1, 0], other: [0, 0, 5], higher: true) == 1)
        #expect(Verdict.choice(wanted: [1, 1, 0], other: [0, 0, 5], higher: false) == -1)
        #expect(Verdict.choice(wanted: [.nan, 1], other: [0, 1], higher: true) == 0)
        #expect(Verdict(right: 2, wrong: 1, ties: 1).hits == 2.5)
    }

    /// Models that stand in several comparisons count as the models they are.
    @Test func verdictsOverSeveralGroups() {
        func comparisons(_ theirs: RecordedStatistics.Groups, sharing: Bool) -> [Verdict.Comparison] {
            var next = theirs.wanted.count
            return theirs.others.enumerated().map { group, others in
                let first = next
                next += others.count + (sharing ? 0 : theirs.wanted.count)
                return Verdict.Comparison(
                    wanted: theirs.wanted.indices.map { sharing || group == 0 ? $0 : first + others.count + $0 },
                    other: others.indices.map { first + $0 },
                    outcomes: theirs.wanted.map { a in
                        others.map { Double(Verdict.choice(wanted: [a], other: [$0], higher: true) + 1) / 2 }
                    })
            }
        }
        var narrower = 0
        for theirs in all.groups {
            let ours = Verdict.modelInterval(comparisons(theirs, sharing: true), level: 0.95)
            #expect(
                distance([ours.estimate, ours.low, ours.high], [theirs.estimate, theirs.low, theirs.high]) < 1e-10)
            guard theirs.others.count > 1 else { continue }
            // Other models with the same scores tell more than the same models again.
            let apart = Verdict.modelInterval(comparisons(theirs, sharing: false), level: 0.95)
            #expect(apart.estimate == ours.estimate && apart.count == ours.count)
            if apart.high - apart.low < ours.high - ours.low { narrower += 1 }
        }
        #expect(narrower > 0)
        let lone = Verdict.Comparison(wanted: [0], other: [1, 2], outcomes: [[1, 0.5]])
        let ours = Verdict.modelInterval([lone], level: 0.95)
        #expect(ours.estimate == 0.75 && ours.low.isNaN && ours.high.isNaN && ours.count == 2)
        #expect(Verdict.modelInterval([], level: 0.95).estimate.isNaN)
    }

    @Test func resamplesDependOnKeysAlone() {
        let keys = (0..<40).map { "p\($0)" }
        let bootstrap = Bootstrap(seed: 7)
        let counts = bootstrap.counts(bootstrap.sample(keys), resample: 3)
        #expect(counts.reduce(0, +) == 40)
        let turned = Array(keys.reversed())
        let others = bootstrap.counts(bootstrap.sample(turned), resample: 3)
        #expect(Array(others.reversed()) == counts)
        #expect(bootstrap.counts(bootstrap.sample(keys), resample: 4) != counts)
        // Another set of prompts draws independently.
        let other = bootstrap.counts(bootstrap.sample((0..<40).map { "q\($0)" }), resample: 3)
        #expect(other.sorted() != counts.sorted() || other != counts)
        // A unit is left out of a resample about e⁻¹ of the time.
        let missing = (0..<500).reduce(0) {
            $0 + bootstrap.counts(bootstrap.sample(keys), resample: $1).count { $0 == 0 }
        }
        #expect(abs(Double(missing) / 20_000 - 0.3632) < 0.01)  // (1 − 1/40)⁴⁰
    }

    @Test func settlesWithinADistance() {
        #expect(Converge.index(of: [0, 3, 1.2, 0.9, 1], staysWithin: 0.2) == 2)
        #expect(Converge.index(of: [1, 1], staysWithin: 0) == 0)
        #expect(Converge.index(of: [1, .nan], staysWithin: 1) == nil)
        #expect(Converge.index(of: [.nan, 1], staysWithin: 1) == 1)
    }
}
