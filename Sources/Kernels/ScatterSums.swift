internal import CKernels

/// Sums of scatter matrices, d × d, row-major; only the upper triangle (column ≥ row) is read and written.
public enum ScatterSums {
    /// sum += products + share · δδᵀ, d = δ's length. O(d²).
    public static func add(
        _ products: Span<Float>, delta: Span<Double>, share: Double, to sum: inout MutableSpan<Double>
    ) {
        let d = delta.count
        precondition(products.count >= d * d && sum.count >= d * d, "matrix smaller than its shape")
        unsafe products.withUnsafeBufferPointer { products in
            unsafe delta.withUnsafeBufferPointer { delta in
                unsafe sum.withUnsafeMutableBufferPointer { sum in
                    guard let from = products.baseAddress, let delta = delta.baseAddress, let to = sum.baseAddress
                    else { return }
                    unsafe varve_add_scatter_f32(from, d, delta, share, to)
                }
            }
        }
    }

    /// The same with products in double precision.
    public static func add(
        _ products: Span<Double>, delta: Span<Double>, share: Double, to sum: inout MutableSpan<Double>
    ) {
        let d = delta.count
        precondition(products.count >= d * d && sum.count >= d * d, "matrix smaller than its shape")
        unsafe products.withUnsafeBufferPointer { products in
            unsafe delta.withUnsafeBufferPointer { delta in
                unsafe sum.withUnsafeMutableBufferPointer { sum in
                    guard let from = products.baseAddress, let delta = delta.baseAddress, let to = sum.baseAddress
                    else { return }
                    unsafe varve_add_scatter_f64(from, d, delta, share, to)
                }
            }
        }
    }
}
