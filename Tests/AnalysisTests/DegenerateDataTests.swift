import Foundation
import Testing

@testable import Analysis

/// Data that no estimator likes, beside what scikit-learn says of it (`Fixtures/make_degenerate_fixtures.py`): constant columns, one
/// class, duplicate rows, fewer rows than features, NaN, infinity, separable classes, one prompt, none.
@Suite struct DegenerateDataTests {
    struct Recorded: Decodable {
        struct Case: Decodable, CustomTestStringConvertible {
            let data: String
            let estimator: String
            let rows: Int
            let columns: Int
            let values: [Double?]
            let infinite: Bool
            let labels: [Int]
            let weights: [Double?]?
            let bias: [Double?]?
            let error: String?

            var testDescription: String { "\(estimator) of \(data)" }
            var matrix: FeatureMatrix {
                get throws {
                    let missing: Float = infinite ? .infinity : .nan
                    return try FeatureMatrix(
                        values.map { $0.map { Float($0) } ?? missing }, rows: rows, columns: columns)
                }
            }
        }
        let cases: [Case]
    }
    struct Objectives: Decodable {
        struct Case: Decodable, CustomTestStringConvertible {
            let data: RecordedLogistic.DataSet
            let c: Double
            let labels: String
            let stops: Double
            let best: Double
            var testDescription: String { "\(data.name) C=\(c)" }
        }
        let cases: [Case]
    }

    static let cases: [Recorded.Case] = (try? recorded("degenerate", as: Recorded.self).cases) ?? []
    static let objectives: [Objectives.Case] = (try? recorded("objectives", as: Objectives.self).cases) ?? []

    @Test func fixturesAreThere() {
        #expect(Self.cases.count == 84)
        #expect(Self.objectives.count == 4)
    }

    /// What is refused here, and how. scikit-learn answers some of these: where the answer is no number, or says nothing, we say why.
    static func refusal(_ one: Recorded.Case) -> AnalysisError.Kind? {
        let isClassifier = !["ridge", "standardize", "pca"].contains(one.estimator)
        switch one.data {
        // Standardizing NaN rows is refused too: scikit-learn passes NaN through.
        case "NaN row", "infinite value": return .notFinite
        case "no rows": return one.estimator == "pca" || !isClassifier ? .tooFew : .oneClass
        // A classifier of one class predicts that class: RidgeClassifier and LDA do so in silence.
        case "one class": return isClassifier ? .oneClass : nil
        case "one prompt": return isClassifier ? .oneClass : one.estimator == "pca" ? .tooFew : nil
        default: return nil
        }
    }

    @Test(arguments: cases)
    func answersOrSaysWhy(_ one: Recorded.Case) throws {
        let answer: (weights: [Double], bias: [Double])
        do {
            answer = try Self.answer(one)
        } catch let error as AnalysisError {
            #expect(error.kind == Self.refusal(one), "\(error)")
            #expect(!error.message.isEmpty && !error.mend.isEmpty)
            return
        }
        #expect(Self.refusal(one) == nil)
        guard let weights = one.weights, let bias = one.bias else {
            // Two rows of two classes have no scatter within classes: scikit-learn refuses, and here is the direction between them.
            #expect(one.estimator == "lda auto" && one.data == "two prompts")
            let isFinite = answer.weights.allSatisfy(\.isFinite)
            #expect(isFinite)
            return
        }
        let bound = one.estimator == "logreg l1" ? 1e-4 : 1e-5
        #expect(distance(answer.weights, weights.map { $0 ?? .nan }) < bound)
        #expect(distance(answer.bias, bias.map { $0 ?? .nan }) < bound)
    }

    private static func answer(_ one: Recorded.Case) throws -> (weights: [Double], bias: [Double]) {
        let x = try one.matrix
        let isPositive = one.labels.map { $0 == 1 }
        func logistic(_ model: LogisticRegression) throws -> (weights: [Double], bias: [Double]) {
            let fit = try model.fit(x, labels: isPositive)
            return (fit.weights, [fit.bias])
        }
        switch one.estimator {
        case "logreg l2": return try logistic(LogisticRegression(penalty: .l2, c: 1, intercept: .free))
        case "logreg l1": return try logistic(LogisticRegression(penalty: .l1, c: 1, intercept: .liblinear))
        case "ridge":
            let target = one.labels.enumerated().map { Double($1) + 0.25 * Double($0) }
            let model = try #require(try Ridge().regress(x, target: target, alphas: [1]).first)
            return (model.weights, model.bias)
        case "ridge classes":
            let model = try #require(try Ridge().classify(x, labels: one.labels, classes: 2, alphas: [1]).first)
            return (model.weights, model.bias)
        case "lda auto":
            let model = try LinearDiscriminant(shrinkage: .ledoitWolf).fit(x, labels: one.labels, classes: 2).model
            return (model.weights, model.bias)
        case "standardize": return (try Standardizer(x)(x).values.map { Double($0) }, [])
        default: return (try PCA(x, count: 1).variances, [])
        }
    }

    /// The L2 probe ends at an objective no worse than where scikit-learn's L-BFGS stops by itself, and at the optimum.
    @Test(arguments: objectives)
    func l2IsNoWorse(_ theirs: Objectives.Case) throws {
        let x = try rows(of: theirs.data)
        let fit = try LogisticRegression(penalty: .l2, c: theirs.c, intercept: .free).fit(
            x, labels: theirs.labels.map { $0 == "1" })
        #expect(fit.converged)
        #expect(fit.objective <= theirs.stops)
        #expect(abs(fit.objective - theirs.best) <= 1e-6 * theirs.best)
    }
}
