internal import Kernels

/// The weights of one norm, ready for use.
struct Normalisation: Sendable {
    private let kind: ModelConfig.Norm.Kind
    private let epsilon: Float
    private let weight: [Float]
    private let bias: [Float]

    /// - Parameter bias: for LayerNorm only.
    init(_ norm: ModelConfig.Norm, weight: [Float], bias: [Float] = []) {
        kind = norm.kind
        epsilon = Float(norm.epsilon)
        self.weight = norm.kind == .rmsPlusOne ? weight.map { 1 + $0 } : weight
        self.bias = bias
    }

    /// out = norm(x), row by row.
    func apply(_ x: [Float], rows: Int, into out: inout [Float]) {
        var out = out.mutableSpan
        switch kind {
        case .rms, .rmsPlusOne:
            DecoderLoops.rmsNorm(x.span, weight: weight.span, epsilon: epsilon, into: &out, rows: rows)
        case .layer:
            DecoderLoops.layerNorm(
                x.span, weight: weight.span, bias: bias.span, epsilon: epsilon, into: &out, rows: rows)
        }
    }

    /// x = norm(x) for RMS norms, row by row, a row as wide as the weight.
    func apply(inPlace x: inout [Float], rows: Int) {
        var span = x.mutableSpan
        DecoderLoops.rmsNorm(&span, weight: weight.span, epsilon: epsilon, rows: rows)
    }
}
