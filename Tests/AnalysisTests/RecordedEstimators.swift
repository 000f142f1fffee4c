import Testing

@testable import Analysis

/// What scikit-learn, SciPy and NumPy answered, as `Fixtures/make_estimator_fixtures.py` wrote it.
struct RecordedEstimators: Decodable {
    struct Case: Decodable, CustomTestStringConvertible {
        struct Ridge: Decodable {
            let alpha: Double
            let weights: [Double]
            let bias: Double
            let classWeights: [Double]
            let classBias: [Double]
            let r2: Double
            let mse: Double
            let mae: Double
            let threeWeights: [Double]?
            let threeBias: [Double]?
            let threePredicted: String?
        }
        struct Discriminant: Decodable {
            struct Line: Decodable {
                let weights: [Double]
                let bias: [Double]
                let singular: Bool
            }
            let shrinkage: String
            let two: Line?
            let three: Line?
        }
        struct MassMean: Decodable {
            let weights: [Double]
            let bias: Double
        }
        struct Components: Decodable {
            let variances: [Double]
            let shares: [Double]
            let components: [Double]
        }
        struct Alignment: Decodable {
            let left: Int
            let right: Int
            let value: Double
        }
        struct Softmax: Decodable {
            let c: Double
            let weights: [Double]
            let bias: [Double]
            let objective: Double
            let probabilities: [Double]
            let accuracy: Double
            let precision: Double
            let recall: Double
            let f1: Double
            let auroc: Double
        }
        struct OneVersusRest: Decodable {
            let weights: [Double]
            let bias: [Double]
            let probabilities: [Double]
            let predicted: String
        }

        let data: RecordedLogistic.DataSet
        let labels: String
        let target: [Double]
        let three: String?
        let ridge: [Ridge]
        let lda: [Discriminant]
        let massMean: MassMean
        let pca: Components
        let cka: Alignment
        let softmax: [Softmax]?
        let oneVersusRest: OneVersusRest?

        var testDescription: String { data.name }
        var two: [Int] { classes(labels) }
        var threeClasses: [Int]? { three.map(classes) }
    }
    let cases: [Case]
}

/// "0120" as 0, 1, 2, 0.
func classes(_ text: String) -> [Int] { text.map { Int(String($0)) ?? -1 } }

struct RecordedStatistics: Decodable {
    struct Roc: Decodable {
        let scores: [Double]
        let labels: [Bool]
        let fpr: [Double]
        let tpr: [Double]
        let thresholds: [Double]
        let at: [Double]
        let area: Double
    }
    struct Calibrated: Decodable {
        let probabilities: [Double]
        let labels: [Bool]
        let bins: Int
        let observed: [Double]
        let predicted: [Double]
        let brier: Double
    }
    struct Correlated: Decodable {
        let x: [Double]
        let y: [Double]
        let spearman: [Double?]
        let pearson: [Double?]
    }
    struct Share: Decodable {
        let hits: Int
        let trials: Int
        let level: Double
        let wilson: [Double]
        let exact: [Double]
    }
    struct Bounds: Decodable {
        let values: [Double]
        let level: Double
        let bounds: [Double]
    }
    struct Permuted: Decodable {
        let values: [Double]
        let classes: [Int]
        let statistic: Double
        let assignments: Int
        let p: Double
    }
    struct Distribution: Decodable {
        let kind: String
        let x: Double
        let a: Double
        let b: Double
        let value: Double
    }
    struct Models: Decodable {
        let wanted: [Double]
        let other: [Double]
        let estimate: Double
        let low: Double
        let high: Double
    }
    let roc: [Roc]
    let calibration: [Calibrated]
    let correlation: [Correlated]
    let shares: [Share]
    let student: [Bounds]
    /// The same wanted models against several groups of others.
    struct Groups: Decodable {
        let wanted: [Double]
        let others: [[Double]]
        let estimate: Double
        let low: Double
        let high: Double
    }
    let quantiles: [Bounds]
    let permutation: [Permuted]
    let distributions: [Distribution]
    let models: [Models]
    let groups: [Groups]
}

/// The largest difference, relative to the largest size of theirs (at least 1).
func distance(_ ours: [Double], _ theirs: [Double]) -> Double {
    guard ours.count == theirs.count else { return .infinity }
    let scale = max(1, theirs.map(abs).max() ?? 0)
    return zip(ours, theirs).reduce(0.0) { max($0, abs($1.0 - $1.1) / scale) }
}
