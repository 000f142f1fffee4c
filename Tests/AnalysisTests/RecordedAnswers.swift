import Foundation
import Testing

@testable import Analysis

/// What scikit-learn answered, as `Fixtures/make_fixtures.py` wrote it.
struct RecordedLogistic: Decodable {
    struct DataSet: Decodable, Hashable {
        let name: String
        let seed: Int
        let n: Int
        let d: Int
        let kind: String
    }
    struct Case: Decodable, CustomTestStringConvertible {
        let data: DataSet
        let scaled: Bool
        let penalty: String
        let c: Double
        let tight: Bool
        let test: [Int]
        let labels: String
        let weights: [Double]
        let bias: Double
        let objective: Double
        let decisions: [Double]
        let scores: RecordedScores

        var testDescription: String { "\(data.name) \(scaled ? "scaled" : "raw") \(penalty) C=\(c)" }
        var isPositive: [Bool] { labels.map { $0 == "1" } }
    }
    let cases: [Case]
}

struct RecordedScores: Decodable {
    let accuracy: Double
    let precision: Double
    let recall: Double
    let f1: Double
    let auroc: Double?
    let log_loss: Double
}

struct RecordedMetrics: Decodable {
    let decisions: [Double]
    let labels: [Bool]
    let scores: RecordedScores
}

func recorded<T: Decodable>(_ name: String, as type: T.Type) throws -> T {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "json"))
    return try JSONDecoder().decode(type, from: Data(contentsOf: url))
}

/// The script's `noise`: the same floats, number for number.
func noise(seed: UInt64, count: Int) -> [Float] {
    (0..<count).map { i in
        var z = seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(i + 1) &* 0xD1B5_4A32_D192_ED03
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        let total = (z & 0xFFFF) + ((z >> 16) & 0xFFFF) + ((z >> 32) & 0xFFFF) + (z >> 48)
        return Float((Double(total) - 131070) / 37837)
    }
}

/// The script's `data`: rows only, the labels are recorded.
func rows(of set: RecordedLogistic.DataSet) throws -> FeatureMatrix {
    let (n, d) = (set.n, set.d)
    var x = noise(seed: UInt64(set.seed), count: n * d)
    for i in 0..<n {
        switch set.kind {
        case "constant": x[i * d + min(1, d - 1)] = 0.1
        case "zero": x[i * d + min(1, d - 1)] = 0
        case "duplicate_rows":
            if i >= n / 2, i < n / 2 * 2 { for j in 0..<d { x[i * d + j] = x[(i - n / 2) * d + j] } }
        case "duplicate_columns": x[i * d + d - 1] = x[i * d]
        case "far": for j in 0..<d { x[i * d + j] += 100 }
        case "scales":
            let scales: [Float] = [0.01, 0.1, 1, 10, 100, 1000]
            for j in 0..<d { x[i * d + j] *= scales[j] }
        default: break
        }
    }
    return try FeatureMatrix(x, rows: n, columns: d)
}
