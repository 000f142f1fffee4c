internal import CKernels

/// Inner products, summed in double precision in a fixed order: the same bits on every machine.
public enum Dot {
    /// Σ aᵢbᵢ. O(n).
    public static func product(_ a: Span<Float>, _ b: Span<Float>) -> Double {
        precondition(a.count == b.count, "dot of vectors of different length")
        return unsafe a.withUnsafeBufferPointer { x in
            unsafe b.withUnsafeBufferPointer { y in
                guard let x = x.baseAddress, let y = y.baseAddress else { return 0 }
                return unsafe varve_dot_f32(x, y, a.count)
            }
        }
    }

    /// Σ aᵢ². O(n).
    public static func squaredNorm(_ a: Span<Float>) -> Double { product(a, a) }

    /// cos(a, b) = a·b / (‖a‖‖b‖) in one pass; NaN where either vector is zero.
    public static func cosine(_ a: Span<Float>, _ b: Span<Float>) -> Double {
        precondition(a.count == b.count, "cosine of vectors of different length")
        var sums: (Double, Double, Double) = (0, 0, 0)
        unsafe a.withUnsafeBufferPointer { x in
            unsafe b.withUnsafeBufferPointer { y in
                unsafe withUnsafeMutableBytes(of: &sums) { out in
                    guard let x = x.baseAddress, let y = y.baseAddress, let out = out.baseAddress else { return }
                    unsafe varve_dot_norms_f32(x, y, a.count, out.assumingMemoryBound(to: Double.self))
                }
            }
        }
        return sums.0 / (sums.1.squareRoot() * sums.2.squareRoot())
    }
}
