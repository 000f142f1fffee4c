internal import CKernels

/// The loops of a transformer decoder between its matrix products, on row-major f32.
public enum DecoderLoops {
    /// out[r, i] = x[r, i] / √(mean x[r, ·]² + ε) · weight[i].
    public static func rmsNorm(
        _ x: Span<Float>, weight: Span<Float>, epsilon: Float, into out: inout MutableSpan<Float>, rows: Int
    ) {
        let width = weight.count
        precondition(rows >= 0 && x.count >= rows * width && out.count >= rows * width, "rows past the end")
        unsafe x.withUnsafeBufferPointer { x in
            unsafe weight.withUnsafeBufferPointer { weight in
                unsafe out.withUnsafeMutableBufferPointer { out in
                    guard let x = x.baseAddress, let w = weight.baseAddress, let out = out.baseAddress else { return }
                    unsafe varve_rms_norm(x, w, epsilon, out, rows, width)
                }
            }
        }
    }

    /// The same in place: heads of queries and keys, each a row.
    public static func rmsNorm(_ x: inout MutableSpan<Float>, weight: Span<Float>, epsilon: Float, rows: Int) {
        let width = weight.count
        precondition(rows >= 0 && x.count >= rows * width, "rows past the end")
        unsafe weight.withUnsafeBufferPointer { weight in
            unsafe x.withUnsafeMutableBufferPointer { x in
                guard let x = x.baseAddress, let w = weight.baseAddress else { return }
                unsafe varve_rms_norm(x, w, epsilon, x, rows, width)
            }
        }
    }

    /// out[r, i] = (x[r, i] − mean) / √(variance + ε) · weight[i] + bias[i], mean and variance over the row.
    public static func layerNorm(
        _ x: Span<Float>, weight: Span<Float>, bias: Span<Float>, epsilon: Float, into out: inout MutableSpan<Float>,
        rows: Int
    ) {
        let width = weight.count
        precondition(rows >= 0 && x.count >= rows * width && out.count >= rows * width, "rows past the end")
        precondition(bias.count == width, "a bias of another width")
        unsafe x.withUnsafeBufferPointer { x in
            unsafe weight.withUnsafeBufferPointer { weight in
                unsafe bias.withUnsafeBufferPointer { bias in
                    unsafe out.withUnsafeMutableBufferPointer { out in
                        guard let x = x.baseAddress, let w = weight.baseAddress, let b = bias.baseAddress,
                            let out = out.baseAddress
                        else { return }
                        unsafe varve_layer_norm(x, w, b, epsilon, out, rows, width)
                    }
                }
            }
        }
    }

    /// Row r of `scores` [rows, columns] becomes softmax(scale · row) over its places max(0, first + r) ..< end + r, 0 elsewhere.
    ///
    /// - Parameter cap: cap · tanh(scale · row / cap) takes the place of scale · row; nil for none.
    public static func maskedSoftmax(
        _ scores: inout MutableSpan<Float>, rows: Int, columns: Int, first: Int, end: Int, scale: Float, cap: Float?
    ) {
        precondition(rows >= 0 && columns > 0 && scores.count >= rows * columns, "scores past the end")
        precondition(end > max(0, first) && first + rows <= columns && scale > 0, "a row that sees nothing")
        unsafe scores.withUnsafeMutableBufferPointer { scores in
            guard let start = scores.baseAddress else { return }
            unsafe varve_masked_softmax(start, rows, columns, columns, first, end, scale, cap ?? 0)
        }
    }

    /// Rotary position embedding in place on `rows` rows of `heads` heads of `size` numbers; of each head the first `turned`
    /// numbers, their halves paired. `cosine` and `sine` are [rows, turned/2].
    public static func rotateHalves(
        _ x: inout MutableSpan<Float>, cosine: Span<Float>, sine: Span<Float>, rows: Int, heads: Int, size: Int,
        turned: Int
    ) {
        precondition(rows >= 0 && size >= 0 && x.count >= rows * heads * size, "heads past the end")
        precondition(turned % 2 == 0 && turned <= size, "a pair past the end of a head")
        precondition(cosine.count >= rows * turned / 2 && sine.count >= rows * turned / 2, "angles past the end")
        unsafe x.withUnsafeMutableBufferPointer { x in
            unsafe cosine.withUnsafeBufferPointer { cosine in
                unsafe sine.withUnsafeBufferPointer { sine in
                    guard let x = x.baseAddress, let cos = cosine.baseAddress, let sin = sine.baseAddress else {
                        return
                    }
                    unsafe varve_rotate_halves(x, cos, sin, rows, heads, size, turned)
                }
            }
        }
    }
}
