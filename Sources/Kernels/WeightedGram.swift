internal import CKernels

/// Σᵢ hᵢ (xᵢ, 1)ᵀ(xᵢ, 1): the Gram matrix of weighted rows with a column of ones behind the last feature.
public struct WeightedGram: Sendable {
    /// How the products are formed; sums of blocks are double precision either way.
    public enum Precision: Sendable, Hashable { case double, float }

    /// d + 1: the features and the column of ones.
    public let columns: Int
    /// Elements from one row of `values` to the next, at least `columns`.
    public let stride: Int
    /// `columns` × `stride`, row-major, symmetric; places beyond `columns` are 0.
    public private(set) var values: [Double]

    private let precision: Precision
    private var doubles: [Double]
    private var floats: [Float]

    /// A square for d = `features`, all zero.
    public init(features: Int, precision: Precision = .double) {
        precondition(features >= 0)
        columns = features + 1
        let panel = Int(VARVE_GRAM_PANEL)
        stride = (features + panel) / panel * panel
        values = [Double](repeating: 0, count: stride * stride)
        self.precision = precision
        let scratch = Int(VARVE_GRAM_ROWS) * stride
        doubles = precision == .double ? [Double](repeating: 0, count: scratch) : []
        floats = precision == .float ? [Float](repeating: 0, count: scratch) : []
    }

    /// Replaces the square by that of `rowWeights.count` rows; weights are ≥ 0. O(n · d²).
    public mutating func compute(_ x: Span<Float>, rowWeights: Span<Double>) {
        let features = columns - 1
        precondition(x.count >= rowWeights.count * features, "fewer rows than weights")
        for i in values.indices { values[i] = 0 }
        // With no feature x may be empty: any address will do, nothing is read from it.
        let none: [Float] = [0]
        let source = features == 0 ? none.span : x
        unsafe source.withUnsafeBufferPointer { x in
            unsafe rowWeights.withUnsafeBufferPointer { h in
                unsafe values.withUnsafeMutableBufferPointer { g in
                    guard let x = x.baseAddress, let from = h.baseAddress, let to = g.baseAddress else { return }
                    switch precision {
                    case .double:
                        unsafe doubles.withUnsafeMutableBufferPointer { scratch in
                            guard let scratch = scratch.baseAddress else { return }
                            unsafe varve_gram_f64(x, h.count, features, from, to, stride, scratch)
                        }
                    case .float:
                        unsafe floats.withUnsafeMutableBufferPointer { scratch in
                            guard let scratch = scratch.baseAddress else { return }
                            unsafe varve_gram_f32(x, h.count, features, from, to, stride, scratch)
                        }
                    }
                }
                unsafe values.withUnsafeMutableBufferPointer { g in
                    for i in 0..<columns {
                        for j in (i + 1)..<max(columns, i + 1) { unsafe g[j * stride + i] = g[i * stride + j] }
                    }
                }
            }
        }
    }
}
