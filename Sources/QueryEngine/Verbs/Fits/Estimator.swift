import Analysis
import QueryLanguage

/// What is fitted to the training rows: one model for every value that a parameter sweeps over.
enum Estimator: Sendable {
    case logistic(LogisticRegression, c: [Double])
    case ridge(alphas: [Double])
    case discriminant(LinearDiscriminant)
    case differenceInMeans
    case massMean

    /// A model and how it was reached.
    struct Fitted: Sendable {
        var model: LinearModel
        var converged = true
        var iterations = 1
        /// Whether directions without variance were left out.
        var isSingular = false
    }

    init(_ name: String, _ arguments: BoundArguments) {
        switch name {
        case "logreg":
            let c = arguments.items("C").compactMap(\.number)
            self = .logistic(
                LogisticRegression(
                    penalty: arguments.string("penalty") == "l1" ? .l1 : .l2, c: c.first ?? 1,
                    intercept: arguments.string("intercept") == "liblinear" ? .liblinear : .free,
                    maxIterations: arguments.int("max_iter") ?? 1000), c: c)
        case "ridge": self = .ridge(alphas: arguments.items("alpha").compactMap(\.number))
        case "lda":
            if let share = arguments.double("shrinkage") {
                self = .discriminant(LinearDiscriminant(shrinkage: .fixed(share)))
            } else {
                let isAutomatic = arguments.string("shrinkage") == "auto"
                self = .discriminant(LinearDiscriminant(shrinkage: isAutomatic ? .ledoitWolf : .none))
            }
        default: self = arguments.bool("whiten") == true ? .massMean : .differenceInMeans
        }
    }

    /// The parameter that sweeps, with its values.
    var sweep: (name: String, values: [Double])? {
        switch self {
        case .logistic(_, let c): ("C", c)
        case .ridge(let alphas): ("alpha", alphas)
        default: nil
        }
    }

    /// Models from one fit.
    var count: Int { sweep?.values.count ?? 1 }

    /// - Parameters:
    ///   - labels: 0 ..< classes.
    ///   - numbers: what is predicted instead of classes; empty for classes.
    func fit(
        _ x: FeatureMatrix, labels: [Int], classes: Int, numbers: [Double]
    ) throws(AnalysisError) -> [Fitted] {
        switch self {
        case .logistic(let model, let values):
            if classes == 2 {
                return try model.path(x, labels: labels.map { $0 == 1 }, c: values).map { fit in
                    Fitted(
                        model: LinearModel(
                            weights: fit.weights, bias: [fit.bias], features: x.columns, link: .sigmoid),
                        converged: fit.converged, iterations: fit.iterations)
                }
            }
            return try severalClasses(model, x, labels, classes, values)
        case .ridge(let alphas):
            let models =
                numbers.isEmpty
                ? try Ridge().classify(x, labels: labels, classes: classes, alphas: alphas)
                : try Ridge().regress(x, target: numbers, alphas: alphas)
            return models.map { Fitted(model: $0) }
        case .discriminant(let discriminant):
            let fit = try discriminant.fit(x, labels: labels, classes: classes)
            return [Fitted(model: fit.model, isSingular: fit.isSingular)]
        case .differenceInMeans:
            return [Fitted(try DifferenceInMeans(x, labels: labels.map { $0 == 1 }))]
        case .massMean:
            let probe = try MassMean(x, labels: labels.map { $0 == 1 })
            return [Fitted(model: probe.model, isSingular: probe.isSingular)]
        }
    }

    /// Softmax for L2 with a free intercept, else one class against the rest; each C from its smaller neighbour.
    private func severalClasses(
        _ model: LogisticRegression, _ x: FeatureMatrix, _ labels: [Int], _ classes: Int, _ values: [Double]
    ) throws(AnalysisError) -> [Fitted] {
        var found = [Fitted?](repeating: nil, count: values.count)
        var softmax: SoftmaxRegression.Fit?
        var against: [LogisticRegression.Fit]?
        for place in values.indices.sorted(by: { (values[$0], $0) < (values[$1], $1) }) {
            if model.penalty == .l2, model.intercept == .free {
                let one = SoftmaxRegression(c: values[place], maxIterations: model.maxIterations)
                let fit = try one.fit(x, labels: labels, classes: classes, start: softmax)
                found[place] = Fitted(model: fit.model, converged: fit.converged, iterations: fit.iterations)
                softmax = fit
            } else {
                var one = model
                one.c = values[place]
                let fits = try OneVersusRest(one).fit(x, labels: labels, classes: classes, start: against)
                found[place] = Fitted(
                    model: OneVersusRest.joined(fits), converged: fits.allSatisfy(\.converged),
                    iterations: fits.map(\.iterations).max() ?? 0)
                against = fits
            }
        }
        return found.compactMap { $0 }
    }
}
