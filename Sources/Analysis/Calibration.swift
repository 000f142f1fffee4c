/// Predicted probabilities of class 1 against how often class 1 came, in equal bins of probability: a reliability diagram, as
/// scikit-learn's `calibration_curve(strategy="uniform")`, with the empty bins kept.
public struct Calibration: Sendable, Hashable {
    /// Rows of each bin; bin i holds (i/bins, (i + 1)/bins], the first one 0 too.
    public let counts: [Int]
    /// Mean predicted probability of each bin; NaN for none.
    public let predicted: [Double]
    /// Share of class 1 in each bin; NaN for none.
    public let observed: [Double]
    /// Mean squared difference of probability and outcome (Brier 1950); NaN without rows.
    public let brier: Double
    /// Σ nᵢ/n · |observed − predicted| (expected calibration error, Naeini et al. 2015); NaN without rows.
    public let expectedError: Double

    /// O(n).
    ///
    /// - Precondition: as many probabilities (0 … 1) as labels, bins ≥ 1.
    public init(probabilities: [Double], labels: [Bool], bins: Int) {
        precondition(probabilities.count == labels.count && bins >= 1, "one probability per label")
        var counts = [Int](repeating: 0, count: bins)
        var sums = [Double](repeating: 0, count: bins)
        var hits = [Double](repeating: 0, count: bins)
        var squares = 0.0
        for (p, label) in zip(probabilities, labels) {
            // numpy.searchsorted(edges[1:-1], p), edges as numpy.linspace makes them: a value on an edge is in the lower bin.
            var bin = min(bins - 1, Int(p * Double(bins)))
            while bin > 0, p <= Double(bin) * (1 / Double(bins)) { bin -= 1 }
            while bin < bins - 1, p > Double(bin + 1) * (1 / Double(bins)) { bin += 1 }
            counts[bin] += 1
            sums[bin] += p
            hits[bin] += label ? 1 : 0
            squares += (p - (label ? 1 : 0)) * (p - (label ? 1 : 0))
        }
        self.counts = counts
        let n = Double(labels.count)
        predicted = zip(sums, counts).map { $1 == 0 ? .nan : $0 / Double($1) }
        observed = zip(hits, counts).map { $1 == 0 ? .nan : $0 / Double($1) }
        brier = squares / n
        var error = 0.0
        for bin in 0..<bins where counts[bin] > 0 { error += abs(hits[bin] - sums[bin]) / n }
        expectedError = labels.isEmpty ? .nan : error
    }
}
