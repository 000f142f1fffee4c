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

    /// Row r of `scores` [rows, columns] becomes softmax(scale · row) over its first `visible + r` places, 0 after them.
    public static func causalSoftmax(
        _ scores: inout MutableSpan<Float>, rows: Int, columns: Int, visible: Int, scale: Float
    ) {
        precondition(rows >= 0 && visible > 0 && columns > 0 && scores.count >= rows * columns, "scores past the end")
        unsafe scores.withUnsafeMutableBufferPointer { scores in
            guard let start = scores.baseAddress else { return }
            unsafe varve_causal_softmax(start, rows, columns, visible, scale)
        }
    }

    /// gate[i] ← silu(gate[i]) · up[i] for the first `count` elements.
    public static func gateWithSiLU(_ gate: inout MutableSpan<Float>, up: Span<Float>, count: Int) {
        precondition(count >= 0 && gate.count >= count && up.count >= count, "elements past the end")
        unsafe gate.withUnsafeMutableBufferPointer { gate in
            unsafe up.withUnsafeBufferPointer { up in
                guard let gate = gate.baseAddress, let up = up.baseAddress else { return }
                unsafe varve_silu_gate(gate, up, count)
            }
        }
    }

    /// Rotary position embedding in place on `rows` rows of `heads` heads of `size` numbers; the halves of a head are
    /// paired. `cosine` and `sine` are [rows, size/2].
    public static func rotateHalves(
        _ x: inout MutableSpan<Float>, cosine: Span<Float>, sine: Span<Float>, rows: Int, heads: Int, size: Int
    ) {
        precondition(rows >= 0 && size >= 0 && size % 2 == 0 && x.count >= rows * heads * size, "heads past the end")
        precondition(cosine.count >= rows * size / 2 && sine.count >= rows * size / 2, "angles past the end")
        unsafe x.withUnsafeMutableBufferPointer { x in
            unsafe cosine.withUnsafeBufferPointer { cosine in
                unsafe sine.withUnsafeBufferPointer { sine in
                    guard let x = x.baseAddress, let cos = cosine.baseAddress, let sin = sine.baseAddress else {
                        return
                    }
                    unsafe varve_rotate_halves(x, heads * size, cos, sin, rows, heads, size)
                }
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
}
