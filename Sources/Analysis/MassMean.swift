/// The mass-mean probe: the difference in means seen through the inverse covariance within the classes, w = C⁻¹(μ₁ − μ₀)
/// (Marks & Tegmark 2023, "The geometry of truth", eq. for p_mm^iid), threshold halfway between the means.
///
/// It is LDA without priors. C is the covariance (ddof 0) of all rows minus their class's mean; where it is singular, as with
/// fewer rows than features, its pseudo-inverse.
public struct MassMean: Sendable, Hashable {
    /// w and −w·(μ₀ + μ₁)/2; decisions go through a sigmoid.
    public let model: LinearModel
    /// Whether directions without variance were left out.
    public let isSingular: Bool

    /// O(n · d² + d³).
    ///
    /// - Throws: `.shape`, `.oneClass`.
    public init(_ x: FeatureMatrix, labels: [Bool]) throws(AnalysisError) {
        let positive = labels.count { $0 }
        self.init(
            try LinearDiscriminant().fit(x, labels: labels.map { $0 ? 1 : 0 }, classes: 2),
            rows: [labels.count - positive, positive])
    }

    /// From an LDA of two classes without shrinkage, whose priors are taken off.
    ///
    /// - Parameter rows: of class 0 and 1
    public init(_ fit: LinearDiscriminant.Fit, rows: [Int]) {
        let odds = logarithm(Double(rows[1]) / Double(rows[0]))
        model = LinearModel(
            weights: fit.model.weights, bias: [fit.model.bias[0] - odds], features: fit.model.features, link: .sigmoid)
        isSingular = fit.isSingular
    }
}
