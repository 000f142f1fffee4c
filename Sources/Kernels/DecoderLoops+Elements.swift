internal import CKernels

extension DecoderLoops {
    /// What stands between the two halves of a feed-forward network.
    public enum Activation: Sendable {
        /// x · σ(x).
        case silu
        /// x · Φ(x), Φ the normal distribution.
        case gelu
        /// x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))).
        case geluTanh
        /// max(x, 0).
        case relu
    }

    /// values[i] ← activation(values[i]) for the first `count` elements, times `up[i]` where there is one.
    public static func activate(
        _ values: inout MutableSpan<Float>, with activation: Activation, up: Span<Float>?, count: Int
    ) {
        precondition(count >= 0 && values.count >= count, "elements past the end")
        unsafe values.withUnsafeMutableBufferPointer { values in
            guard let values = values.baseAddress else { return }
            func apply(_ up: UnsafePointer<Float>?) {
                switch activation {
                case .silu: unsafe varve_silu(values, up, count)
                case .gelu: unsafe varve_gelu(values, up, count)
                case .geluTanh: unsafe varve_gelu_tanh(values, up, count)
                case .relu: unsafe varve_relu(values, up, count)
                }
            }
            if let up {
                precondition(up.count >= count, "elements past the end")
                unsafe up.withUnsafeBufferPointer { up in unsafe apply(up.baseAddress) }
            } else {
                apply(nil)
            }
        }
    }

    /// x[i] += y[i] for the first `count` elements.
    public static func add(_ y: Span<Float>, to x: inout MutableSpan<Float>, count: Int) {
        precondition(count >= 0 && x.count >= count && y.count >= count, "elements past the end")
        unsafe x.withUnsafeMutableBufferPointer { x in
            unsafe y.withUnsafeBufferPointer { y in
                guard let x = x.baseAddress, let y = y.baseAddress else { return }
                unsafe varve_add_f32(x, y, count)
            }
        }
    }

    /// x[i] *= factor for every element.
    public static func scale(_ x: inout MutableSpan<Float>, by factor: Float) {
        unsafe x.withUnsafeMutableBufferPointer { x in
            guard let start = x.baseAddress else { return }
            unsafe varve_scale_f32(start, factor, x.count)
        }
    }

    /// cap · tanh(x[i] / cap) takes the place of every element.
    public static func cap(_ x: inout MutableSpan<Float>, at cap: Float) {
        unsafe x.withUnsafeMutableBufferPointer { x in
            guard let start = x.baseAddress else { return }
            unsafe varve_cap_f32(start, x.count, 1, cap)
        }
    }

    /// Every one of the first `rows` rows of `x` becomes `row`.
    public static func fill(_ x: inout MutableSpan<Float>, with row: Span<Float>, rows: Int) {
        precondition(rows >= 0 && x.count >= rows * row.count, "rows past the end")
        unsafe x.withUnsafeMutableBufferPointer { x in
            unsafe row.withUnsafeBufferPointer { row in
                guard let x = x.baseAddress, let start = row.baseAddress else { return }
                unsafe varve_fill_rows(x, start, rows, row.count)
            }
        }
    }

    /// out[r, i] = x[r, i] for i < width; a row begins `stride` (`outStride`) numbers after the one before it.
    public static func copyColumns(
        _ x: Span<Float>, stride: Int, into out: inout MutableSpan<Float>, stride outStride: Int, rows: Int, width: Int
    ) {
        guard rows > 0, width > 0 else { return }
        precondition(stride >= width && outStride >= width, "stride shorter than a row")
        precondition(x.count >= (rows - 1) * stride + width && out.count >= (rows - 1) * outStride + width)
        unsafe x.withUnsafeBufferPointer { x in
            unsafe out.withUnsafeMutableBufferPointer { out in
                guard let x = x.baseAddress, let out = out.baseAddress else { return }
                unsafe varve_copy_columns(x, stride, out, outStride, rows, width)
            }
        }
    }
}
