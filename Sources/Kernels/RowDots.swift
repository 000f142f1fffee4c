internal import CKernels

/// Inner products of every row with a few other rows, each summed in an order of its own: a row's results don't depend on what
/// other rows are there, as those of a matrix product may.
public enum RowDots {
    /// out[r, o] = Σᵢ x[r, i] · others[o, i]: [rows, others] of [rows, width] and [others, width], all row-major.
    public static func products(
        _ x: Span<Float>, _ others: Span<Float>, into out: inout MutableSpan<Float>, rows: Int, others count: Int,
        width: Int
    ) {
        precondition(rows >= 0 && count >= 0 && width >= 0, "negative size")
        precondition(
            x.count >= rows * width && others.count >= count * width && out.count >= rows * count,
            "matrix smaller than its shape")
        unsafe x.withUnsafeBufferPointer { x in
            unsafe others.withUnsafeBufferPointer { others in
                unsafe out.withUnsafeMutableBufferPointer { out in
                    guard let x = x.baseAddress, let others = others.baseAddress, let out = out.baseAddress else {
                        return
                    }
                    unsafe varve_row_dots(x, others, out, rows, count, width)
                }
            }
        }
    }
}
