import Testing

@testable import Analysis

/// Agreement with scikit-learn on recorded data sets and folds.
@Suite struct LogisticRegressionTests {
    static let cases: [RecordedLogistic.Case] = (try? recorded("logistic", as: RecordedLogistic.self).cases) ?? []

    @Test func fixturesAreThere() { #expect(Self.cases.count > 200) }

    @Test(arguments: cases)
    func agreesWithScikitLearn(_ answer: RecordedLogistic.Case) throws {
        var x = try rows(of: answer.data)
        let labels = answer.isPositive
        let tested = Set(answer.test)
        let train = (0..<x.rows).filter { !tested.contains($0) }
        if answer.scaled { x = try Standardizer(x.selecting(train))(x) }
        let isL1 = answer.penalty == "l1"
        let model = LogisticRegression(penalty: isL1 ? .l1 : .l2, c: answer.c, intercept: isL1 ? .liblinear : .free)
        let fit = try model.fit(x.selecting(train), labels: train.map { labels[$0] })

        #expect(fit.converged)
        #expect(fit.objective <= answer.objective * (1 + 1e-6))
        #expect(fit.lambda == 1 / (answer.c * Double(train.count)))
        guard answer.tight else { return }
        #expect(fit.objective >= answer.objective * (1 - 1e-6))
        // Equal columns share their weight in any way under L1.
        if !(isL1 && answer.data.kind == "duplicate_columns") {
            let scale = answer.weights.map(abs).max() ?? 0
            // liblinear's own answers are good to about 1e-4; those of L2 are polished.
            let bound = isL1 ? 1e-4 : 1e-5
            for (ours, theirs) in zip(fit.weights, answer.weights) {
                #expect(abs(ours - theirs) <= bound * max(1, scale))
            }
            #expect(abs(fit.bias - answer.bias) <= bound * max(1, abs(answer.bias)))
        }
        let decisions = try fit.decisions(x.selecting(answer.test))
        for (ours, theirs) in zip(decisions, answer.decisions) {
            #expect(abs(ours - theirs) <= 1e-3 * max(1, abs(theirs)))
        }
        expectEqual(Metrics(decisions: decisions, labels: answer.test.map { labels[$0] }), answer.scores, loss: 1e-4)
    }

    @Test func saysAtOnceWhenNothingCanBeLearned() throws {
        let x = try FeatureMatrix(noise(seed: 1, count: 16 * 9), rows: 16, columns: 9)
        let labels = (0..<16).map { $0 % 2 == 0 }
        let fit = try LogisticRegression(penalty: .l1, c: 0.01, intercept: .liblinear).fit(x, labels: labels)
        #expect(fit.allWeightsZero && fit.bias == 0 && fit.converged && fit.iterations == 0)
        let notes = FitNote.notes(on: [LogisticRegression.Fit](repeating: fit, count: 20), c: 0.01)
        #expect(
            notes.map(\.text) == [
                "every weight is zero in 20 of 20 fits: C=0.01 is too strong for 16 training rows of this scale. "
                    + "Nothing was learned; 0.50 is not a result."
            ])
    }

    @Test(arguments: [LogisticRegression.Penalty.l1, .l2], [LogisticRegression.Intercept.free, .liblinear])
    func optimalityConditionsHold(_ penalty: LogisticRegression.Penalty, _ intercept: LogisticRegression.Intercept)
        throws
    {
        for (n, d) in [(30, 3), (200, 12), (50, 150), (400, 200)] {
            let x = try FeatureMatrix(noise(seed: UInt64(n + d), count: n * d), rows: n, columns: d)
            let labels = (0..<n).map { x.values[$0 * d] + x.values[$0 * d + 1] * 0.5 > 0.3 }
            for c in [0.05, 1, 20.0] {
                let fit = try LogisticRegression(penalty: penalty, c: c, intercept: intercept).fit(x, labels: labels)
                #expect(fit.converged)
                var problem = LogisticProblem(x, labels: labels, c: c)
                var g = [Double](repeating: 0, count: d + 1)
                _ = problem.fused(fit.weights + [fit.bias], gradient: &g)
                let v = fit.weights + [fit.bias]
                for j in 0...d {
                    let weight: Double = j == d && intercept == .free ? 0 : 1
                    let off =
                        switch penalty {
                        case .l2: abs(g[j] + weight * v[j])
                        case .l1: v[j] == 0 ? max(0, abs(g[j]) - weight) : abs(g[j] + (v[j] > 0 ? weight : -weight))
                        }
                    #expect(off <= (penalty == .l1 ? 1e-7 : 1e-4 * max(1, c)))
                }
            }
        }
    }

    /// Many rows: the metric comes from every few of them, the optimum from all.
    @Test func aSampledMetricLeadsToTheOptimum() throws {
        let (n, d) = (5600, 170)
        let x = try FeatureMatrix(noise(seed: 77, count: n * d), rows: n, columns: d)
        let flips = noise(seed: 78, count: n)
        let labels = (0..<n).map { x.values[$0 * d] - 0.5 * x.values[$0 * d + 1] + flips[$0] > 0 }
        let fit = try LogisticRegression(penalty: .l2, c: 1, intercept: .free).fit(x, labels: labels)
        #expect(fit.converged)
        var problem = LogisticProblem(x, labels: labels, c: 1)
        var g = [Double](repeating: 0, count: d + 1)
        _ = problem.fused(fit.weights + [fit.bias], gradient: &g)
        for j in 0..<d { #expect(abs(g[j] + fit.weights[j]) < 1e-4) }
        #expect(abs(g[d]) < 1e-4)
    }

    @Test func aPathEqualsItsFits() throws {
        let x = try FeatureMatrix(noise(seed: 5, count: 150 * 8), rows: 150, columns: 8)
        let labels = (0..<150).map { x.values[$0 * 8] > 0.1 * x.values[$0 * 8 + 3] }
        for (penalty, intercept) in [
            (LogisticRegression.Penalty.l1, LogisticRegression.Intercept.liblinear), (.l2, .free),
        ] {
            let model = LogisticRegression(penalty: penalty, intercept: intercept)
            let values = [1.0, 0.01, 10, 0.1]
            for (fit, c) in zip(try model.path(x, labels: labels, c: values), values) {
                let alone = try LogisticRegression(penalty: penalty, c: c, intercept: intercept).fit(x, labels: labels)
                for (a, b) in zip(fit.weights, alone.weights) { #expect(abs(a - b) < 1e-5) }
                #expect(fit.lambda == 1 / (c * 150))
            }
        }
    }

    @Test func sameBytesEachTime() async throws {
        let x = try FeatureMatrix(noise(seed: 6, count: 300 * 20), rows: 300, columns: 20)
        let labels = (0..<300).map { x.values[$0 * 20] > 0 }
        let model = LogisticRegression(penalty: .l1, c: 0.3, intercept: .liblinear)
        let first = try model.fit(x, labels: labels)
        let others = try await withThrowingTaskGroup(of: LogisticRegression.Fit.self) { group in
            for _ in 0..<4 { group.addTask { try model.fit(x, labels: labels) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(others.allSatisfy { $0 == first })
    }

    @Test func refusesWhatHasNoAnswer() throws {
        let x = try FeatureMatrix([1, 2, 3, 4], rows: 4, columns: 1)
        let model = LogisticRegression(penalty: .l1, intercept: .liblinear)
        func kind(_ body: () throws -> Void) -> AnalysisError.Kind? {
            do { try body() } catch let error as AnalysisError { return error.kind } catch {}
            return nil
        }
        #expect(kind { _ = try model.fit(x, labels: [true, true, true, true]) } == .oneClass)
        #expect(kind { _ = try model.fit(x, labels: [true, false]) } == .shape)
        for c in [0, -1, Double.nan, .infinity] {
            #expect(
                kind {
                    _ = try LogisticRegression(penalty: .l2, c: c, intercept: .free).fit(
                        x, labels: [true, false, true, false])
                } == .parameter)
        }
        #expect(kind { _ = try FeatureMatrix([1, .nan], rows: 2, columns: 1) } == .notFinite)
        #expect(kind { _ = try FeatureMatrix([1, 2, 3], rows: 2, columns: 1) } == .shape)
        #expect(kind { _ = try FeatureMatrix([], rows: Int.max, columns: 2) } == .shape)
    }

    @Test func worksWithoutFeatures() throws {
        let x = try FeatureMatrix([], rows: 4, columns: 0)
        for penalty in LogisticRegression.Penalty.allCases {
            let fit = try LogisticRegression(penalty: penalty, intercept: .free).fit(
                x, labels: [true, true, true, false])
            #expect(abs(fit.bias - 1.0986122886681098) < 1e-9)
        }
    }
}

func expectEqual(_ ours: Metrics, _ theirs: RecordedScores, loss: Double) {
    #expect(ours.accuracy == theirs.accuracy)
    #expect(ours.precision == theirs.precision)
    #expect(ours.recall == theirs.recall)
    #expect(abs(ours.f1 - theirs.f1) <= 1e-15)
    #expect((ours.auroc == nil) == (theirs.auroc == nil))
    #expect(abs((ours.auroc ?? 0) - (theirs.auroc ?? 0)) <= 1e-12)
    #expect(abs(ours.logLoss - theirs.log_loss) <= loss * max(1, theirs.log_loss))
}
