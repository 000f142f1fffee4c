import Kernels

/// A fitted linear model: one line of weights for two classes or for a number, one per class for more.
public struct LinearModel: Sendable, Hashable {
    /// What decisions mean.
    public enum Link: String, Sendable, Hashable, CaseIterable {
        /// Two classes: p(1) = 1 / (1 + exp(−z)).
        case sigmoid
        /// Several classes: p(k) = exp(z_k) / Σ exp(z).
        case softmax
        /// One model per class against the rest: p(k) = σ(z_k) / Σ σ(z), as scikit-learn's `OneVsRestClassifier`.
        case oneVersusRest
        /// Only the order counts: there is no probability.
        case none
        /// The decision is the predicted number.
        case identity
    }

    /// outputs × features.
    public let weights: [Double]
    /// One per output.
    public let bias: [Double]
    /// d.
    public let features: Int
    public let link: Link

    public init(weights: [Double], bias: [Double], features: Int, link: Link) {
        precondition(weights.count == bias.count * features, "outputs × features weights")
        self.weights = weights
        self.bias = bias
        self.features = features
        self.link = link
    }

    /// 1 for two classes and for a number, else the number of classes.
    public var outputs: Int { bias.count }
    /// 0 for a number.
    public var classes: Int { link == .identity ? 0 : outputs == 1 ? 2 : outputs }

    /// Decisions, outputs × rows. O(outputs · n · d).
    ///
    /// - Throws: `.shape` where the features differ.
    public func decisions(_ x: FeatureMatrix) throws(AnalysisError) -> [Double] {
        var all: [Double] = []
        for output in 0..<outputs {
            let line = Array(weights[output * features..<(output + 1) * features])
            all += try linearDecisions(x, weights: line, bias: bias[output])
        }
        return all
    }

    /// The same model for rows that were not scaled: w/σ and b − Σ wμ/σ.
    public func unscaled(_ scaler: Standardizer) -> LinearModel {
        precondition(scaler.mean.count == features)
        var raw = weights
        var shifted = bias
        for output in bias.indices {
            for j in 0..<features {
                raw[output * features + j] /= scaler.scale[j]
                shifted[output] -= raw[output * features + j] * scaler.mean[j]
            }
        }
        return LinearModel(weights: raw, bias: shifted, features: features, link: link)
    }

    /// The predicted class of every row of `decisions` (outputs × rows): 1 where the one decision is > 0, else the place of
    /// the largest, ties to the lower.
    public static func predictions(_ decisions: [Double], outputs: Int) -> [Int] {
        guard outputs > 1 else { return decisions.map { $0 > 0 ? 1 : 0 } }
        let rows = decisions.count / outputs
        return (0..<rows).map { row in
            var best = 0
            for k in 1..<outputs where decisions[k * rows + row] > decisions[best * rows + row] { best = k }
            return best
        }
    }

    /// Probabilities of the classes, classes × rows; nil where decisions have none. For two classes both are given.
    public func probabilities(_ decisions: [Double]) -> [Double]? {
        let rows = decisions.count / max(1, outputs)
        switch link {
        case .none, .identity: return nil
        case .sigmoid:
            let one = decisions.map { Self.sigmoid($0) }
            return decisions.map { Self.sigmoid(-$0) } + one
        case .softmax, .oneVersusRest:
            var p = decisions
            for row in 0..<rows {
                var top = -Double.infinity
                for k in 0..<outputs { top = max(top, p[k * rows + row]) }
                var sum = 0.0
                for k in 0..<outputs {
                    let z = p[k * rows + row]
                    let value = link == .softmax ? exponential(z - top) : Self.sigmoid(z)
                    p[k * rows + row] = value
                    sum += value
                }
                for k in 0..<outputs { p[k * rows + row] = sum > 0 ? p[k * rows + row] / sum : 1 / Double(outputs) }
            }
            return p
        }
    }

    /// 1 / (1 + exp(−z)), without overflow.
    public static func sigmoid(_ z: Double) -> Double {
        let e = exponential(-abs(z))
        return z >= 0 ? 1 / (1 + e) : e / (1 + e)
    }
}
