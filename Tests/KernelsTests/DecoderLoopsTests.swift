import Foundation
import Kernels
import Testing

/// The loops of the decoder beside the same formulas in double precision.
@Suite struct DecoderLoopsTests {
    private static let inputs = (0..<4001).map { Float($0 - 2000) / 160 }

    @Test func activations() {
        let formulas: [(DecoderLoops.Activation, (Double) -> Double)] = [
            (.silu, { $0 / (1 + exp(-$0)) }), (.gelu, { $0 / 2 * (1 + erf($0 / 2.0.squareRoot())) }),
            (.geluTanh, { $0 / 2 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }),
            (.relu, { max($0, 0) }),
        ]
        let up = Self.inputs.map { 1 - $0 / 7 }
        for (activation, formula) in formulas {
            for isGated in [false, true] {
                var found = Self.inputs
                var span = found.mutableSpan
                DecoderLoops.activate(
                    &span, with: activation, up: isGated ? up.span : nil, count: Self.inputs.count - 1)
                #expect(found.last == Self.inputs.last, "past the count")
                for (index, x) in Self.inputs.dropLast().enumerated() {
                    let expected = formula(Double(x)) * (isGated ? Double(up[index]) : 1)
                    let error = abs(Double(found[index]) - expected)
                    #expect(error <= 2e-6 * max(1, abs(expected)), "\(activation) of \(x): \(error)")
                }
            }
        }
    }

    @Test func layerNormOfNumbersFarFromZero() {
        let width = 37
        let x = (0..<3 * width).map { Float(($0 * 29) % 31) + 1000 }
        let weight = (0..<width).map { Float($0) / 10 }
        let bias = (0..<width).map { Float(5 - $0) }
        var found = [Float](repeating: 0, count: x.count)
        var span = found.mutableSpan
        DecoderLoops.layerNorm(x.span, weight: weight.span, bias: bias.span, epsilon: 1e-5, into: &span, rows: 3)
        for row in 0..<3 {
            let own = x[row * width..<(row + 1) * width].map { Double($0) }
            let mean = own.reduce(0, +) / Double(width)
            let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
            for (index, value) in own.enumerated() {
                let expected =
                    (value - mean) / (variance + 1e-5).squareRoot() * Double(weight[index]) + Double(bias[index])
                #expect(abs(Double(found[row * width + index]) - expected) <= 1e-4)
            }
        }
    }

    /// Windows that begin before, at and after the first column; with and without a cap.
    @Test(arguments: [-9, 0, 3], [nil, Float(2)]) func softmaxSeesItsWindow(first: Int, cap: Float?) {
        let (rows, columns, end) = (5, 40, 21)
        let scores = (0..<rows * columns).map { Float(($0 * 17) % 23) / 3 - 4 }
        var found = scores
        var span = found.mutableSpan
        DecoderLoops.maskedSoftmax(
            &span, rows: rows, columns: columns, first: first, end: end, scale: 0.7, cap: cap)
        for row in 0..<rows {
            let seen = max(0, first + row)..<end + row
            let weights = (0..<columns).map { column -> Double in
                guard seen.contains(column) else { return 0 }
                let score = 0.7 * Double(scores[row * columns + column])
                return exp(Self.capped(score, cap))
            }
            let total = weights.reduce(0, +)
            for column in 0..<columns {
                #expect(abs(Double(found[row * columns + column]) - weights[column] / total) <= 1e-6)
                if !seen.contains(column) { #expect(found[row * columns + column] == 0) }
            }
        }
    }

    /// Tiles of uneven size, the largest logit in the last of them, and a row of equals.
    @Test(arguments: [nil, Float(3)]) func logitSumsEqualTheWholeRow(cap: Float?) {
        var logits: [Float] = []
        for index in 0..<5000 {
            let scattered = Float((index * 7919) % 4001) / 400
            logits.append(scattered - 5 + Float(index) / 900)
        }
        for row in [logits, [Float](repeating: 2, count: 5000)] {
            var sums = LogitSums()
            var first = 0
            for size in [1, 15, 1024, 1025, 2000, 935] {
                var tile = Array(row[first..<first + size])
                var span = tile.mutableSpan
                sums.take(&span, first: first, cap: cap)
                first += size
            }
            let whole = row.map { Self.capped(Double($0), cap) }
            let top = whole.max() ?? 0
            var total = 0.0
            for value in whole { total += exp(value - top) }
            var entropy = 0.0
            for value in whole {
                let logarithm = value - top - log(total)
                entropy -= exp(logarithm) * logarithm
            }
            if cap == nil { #expect(Int(sums.largestToken) == row.firstIndex(of: row.max() ?? 0)) }
            #expect(abs(sums.logSum - (top + log(total))) <= 1e-6)
            #expect(abs(sums.largestProbability - 1 / total) <= 1e-6)
            #expect(abs(sums.entropy - entropy) <= 1e-5)
        }
    }

    private static func capped(_ value: Double, _ cap: Float?) -> Double {
        guard let cap else { return value }
        return Double(cap) * tanh(value / Double(cap))
    }
}
