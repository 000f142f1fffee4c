import Testing

@testable import Analysis

/// Ridge, LDA, mass-mean, PCA, CKA and several classes against recorded answers, degenerate data included.
@Suite struct EstimatorAgreementTests {
    static let cases: [RecordedEstimators.Case] = (try? recorded("estimators", as: RecordedEstimators.self).cases) ?? []
    /// What "agrees" means for every estimator here.
    static let bound = 1e-5

    @Test func fixturesAreThere() { #expect(Self.cases.count == 14) }

    @Test(arguments: cases)
    func ridge(_ answer: RecordedEstimators.Case) throws {
        let x = try rows(of: answer.data)
        let alphas = answer.ridge.map(\.alpha)
        let numbers = try Ridge().regress(x, target: answer.target, alphas: alphas)
        let two = try Ridge().classify(x, labels: answer.two, classes: 2, alphas: alphas)
        let three = try answer.threeClasses.map { try Ridge().classify(x, labels: $0, classes: 3, alphas: alphas) }
        for (i, theirs) in answer.ridge.enumerated() {
            #expect(distance(numbers[i].weights, theirs.weights) < Self.bound)
            #expect(distance(numbers[i].bias, [theirs.bias]) < Self.bound)
            let scores = RegressionMetrics(predictions: try numbers[i].decisions(x), targets: answer.target)
            #expect(abs(scores.r2 - theirs.r2) < Self.bound)
            #expect(abs(scores.meanSquaredError - theirs.mse) < Self.bound * max(1, theirs.mse))
            #expect(abs(scores.meanAbsoluteError - theirs.mae) < Self.bound * max(1, theirs.mae))
            #expect(distance(two[i].weights, theirs.classWeights) < Self.bound)
            #expect(distance(two[i].bias, theirs.classBias) < Self.bound)
            guard let model = three?[i], let weights = theirs.threeWeights, let bias = theirs.threeBias else {
                continue
            }
            #expect(distance(model.weights, weights) < Self.bound)
            #expect(distance(model.bias, bias) < Self.bound)
            let predicted = LinearModel.predictions(try model.decisions(x), outputs: 3)
            #expect(predicted == theirs.threePredicted.map(classes))
        }
    }

    @Test(arguments: cases)
    func discriminant(_ answer: RecordedEstimators.Case) throws {
        let x = try rows(of: answer.data)
        for theirs in answer.lda {
            let shrinkage: LinearDiscriminant.Shrinkage =
                switch theirs.shrinkage {
                case "none": .none
                case "auto": .ledoitWolf
                default: .fixed(Double(theirs.shrinkage) ?? -1)
                }
            for (labels, line) in [(answer.two, theirs.two), (answer.threeClasses ?? [], theirs.three)] {
                guard let line else { continue }
                let count = (labels.max() ?? 0) + 1
                let fit = try LinearDiscriminant(shrinkage: shrinkage).fit(x, labels: labels, classes: count)
                #expect(distance(fit.model.weights, line.weights) < Self.bound, "\(theirs.shrinkage)")
                #expect(distance(fit.model.bias, line.bias) < Self.bound, "\(theirs.shrinkage)")
                #expect(fit.isSingular == line.singular, "\(theirs.shrinkage)")
            }
        }
    }

    @Test(arguments: cases)
    func massMean(_ answer: RecordedEstimators.Case) throws {
        let x = try rows(of: answer.data)
        let ours = try MassMean(x, labels: answer.two.map { $0 == 1 })
        #expect(distance(ours.model.weights, answer.massMean.weights) < Self.bound)
        #expect(distance(ours.model.bias, [answer.massMean.bias]) < Self.bound)
    }

    @Test(arguments: cases)
    func components(_ answer: RecordedEstimators.Case) throws {
        let x = try rows(of: answer.data)
        let theirs = answer.pca
        let d = x.columns
        for ours in [
            try PCA(x, count: theirs.variances.count), try PCA(GramState(x), count: theirs.variances.count),
        ] {
            #expect(distance(ours.variances, theirs.variances) < Self.bound)
            #expect(distance(ours.shares, theirs.shares) < Self.bound)
            for k in theirs.variances.indices {
                // A direction is settled by how far its variance is from the next ones.
                let gap =
                    theirs.variances.enumerated().filter { $0.offset != k }.map {
                        abs($0.element - theirs.variances[k])
                    }
                    .min() ?? 1
                guard gap > 1e-3 * theirs.variances[0] else { continue }
                let range = k * d..<(k + 1) * d
                #expect(distance(Array(ours.components[range]), Array(theirs.components[range])) < 1e-4)
            }
        }
    }

    @Test(arguments: cases)
    func alignment(_ answer: RecordedEstimators.Case) throws {
        let x = try rows(of: answer.data)
        let left = x.selecting(columns: Array(0..<answer.cka.left))
        let right = x.selecting(columns: Array(answer.cka.right..<x.columns))
        #expect(abs(try CKA.linear(left, right) - answer.cka.value) < Self.bound)
        let joint = x.selecting(columns: Array(0..<answer.cka.left) + Array(answer.cka.right..<x.columns))
        #expect(abs(CKA.linear(GramState(joint), left: answer.cka.left) - answer.cka.value) < Self.bound)
    }

    @Test(arguments: cases)
    func severalClasses(_ answer: RecordedEstimators.Case) throws {
        guard let labels = answer.threeClasses else { return }
        let x = try rows(of: answer.data)
        for theirs in answer.softmax ?? [] {
            let fit = try SoftmaxRegression(c: theirs.c).fit(x, labels: labels, classes: 3)
            #expect(fit.converged)
            #expect(fit.objective <= theirs.objective * (1 + 1e-6))
            #expect(distance(fit.model.weights, theirs.weights) < Self.bound)
            #expect(distance(fit.model.bias, theirs.bias) < Self.bound * (answer.data.kind == "far" ? 10 : 1))
            let decisions = try fit.model.decisions(x)
            let probabilities = try #require(fit.model.probabilities(decisions))
            if !theirs.probabilities.isEmpty { #expect(distance(probabilities, theirs.probabilities) < Self.bound) }
            let scores = ClassMetrics(
                predictions: LinearModel.predictions(decisions, outputs: 3), labels: labels, classes: 3,
                scores: probabilities)
            #expect(abs(scores.accuracy - theirs.accuracy) < 1e-12)
            #expect(abs(scores.precision - theirs.precision) < 1e-12)
            #expect(abs(scores.recall - theirs.recall) < 1e-12)
            #expect(abs(scores.f1 - theirs.f1) < 1e-12)
            #expect(abs((scores.auroc ?? .nan) - theirs.auroc) < 1e-12)
        }
        guard let theirs = answer.oneVersusRest else { return }
        let model = LogisticRegression(penalty: .l1, c: 1, intercept: .liblinear)
        let fit = OneVersusRest.joined(try OneVersusRest(model).fit(x, labels: labels, classes: 3))
        #expect(distance(fit.weights, theirs.weights) < 1e-4)
        #expect(distance(fit.bias, theirs.bias) < 1e-4)
        let decisions = try fit.decisions(x)
        #expect(distance(try #require(fit.probabilities(decisions)), theirs.probabilities) < 1e-4)
        #expect(LinearModel.predictions(decisions, outputs: 3) == classes(theirs.predicted))
    }
}
