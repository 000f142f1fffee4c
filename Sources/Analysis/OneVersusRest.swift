/// One logistic regression per class against all others: how several classes meet the L1 penalty, as scikit-learn's
/// `OneVsRestClassifier(LogisticRegression(solver="liblinear"))`. The class with the largest decision is predicted.
public struct OneVersusRest: Sendable, Hashable {
    public var model: LogisticRegression

    public init(_ model: LogisticRegression) { self.model = model }

    /// The classes' fits, in their order.
    ///
    /// - Throws: `.shape`, `.oneClass` where a class has no row, `.parameter`.
    public func fit(
        _ x: FeatureMatrix, labels: [Int], classes: Int, start: [LogisticRegression.Fit]? = nil
    ) throws(AnalysisError) -> [LogisticRegression.Fit] {
        try checkClasses(rows: x.rows, labels, classes: classes)
        var fits: [LogisticRegression.Fit] = []
        for k in 0..<classes {
            fits.append(try model.fit(x, labels: labels.map { $0 == k }, start: start?[k]))
        }
        return fits
    }

    /// The fits as one model.
    public static func joined(_ fits: [LogisticRegression.Fit]) -> LinearModel {
        LinearModel(
            weights: fits.flatMap(\.weights), bias: fits.map(\.bias), features: fits.first?.weights.count ?? 0,
            link: fits.count == 1 ? .sigmoid : .oneVersusRest)
    }
}
