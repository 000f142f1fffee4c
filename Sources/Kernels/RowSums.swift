internal import CKernels

/// Sums over rows of f32 numbers in double precision, each column's in the order of the rows: the same bits however the rows are
/// cut, as long as they come in order.
public enum RowSums {
    /// sums[j] += Σᵣ x[r, j]: `rows × width` numbers, row-major. O(rows · width).
    public static func add(_ x: Span<Float>, rows: Int, width: Int, to sums: inout MutableSpan<Double>) {
        precondition(
            rows >= 0 && width >= 0 && x.count >= rows * width && sums.count >= width, "matrix smaller than its shape")
        unsafe x.withUnsafeBufferPointer { x in
            unsafe sums.withUnsafeMutableBufferPointer { sums in
                guard let x = x.baseAddress, let sums = sums.baseAddress else { return }
                unsafe varve_add_rows(x, rows, width, sums)
            }
        }
    }

    /// squares[j] += Σᵣ (x[r, j] − center[j])². O(rows · width).
    public static func addSquares(
        _ x: Span<Float>, rows: Int, width: Int, around center: Span<Double>, to squares: inout MutableSpan<Double>
    ) {
        precondition(
            rows >= 0 && width >= 0 && x.count >= rows * width && squares.count >= width && center.count >= width,
            "matrix smaller than its shape")
        unsafe x.withUnsafeBufferPointer { x in
            unsafe center.withUnsafeBufferPointer { center in
                unsafe squares.withUnsafeMutableBufferPointer { squares in
                    guard let x = x.baseAddress, let center = center.baseAddress, let squares = squares.baseAddress
                    else { return }
                    unsafe varve_add_squares(x, rows, width, center, squares)
                }
            }
        }
    }

    /// squares[j] += Σᵣ (x[r, j] − center[j])² and sums[j] += Σᵣ (x[r, j] − center[j]). O(rows · width).
    public static func addDeviations(
        _ x: Span<Float>, rows: Int, width: Int, around center: Span<Double>, squares: inout MutableSpan<Double>,
        sums: inout MutableSpan<Double>
    ) {
        precondition(
            rows >= 0 && width >= 0 && x.count >= rows * width && squares.count >= width && sums.count >= width
                && center.count >= width, "matrix smaller than its shape")
        unsafe x.withUnsafeBufferPointer { x in
            unsafe center.withUnsafeBufferPointer { center in
                unsafe squares.withUnsafeMutableBufferPointer { squares in
                    unsafe sums.withUnsafeMutableBufferPointer { sums in
                        guard let x = x.baseAddress, let center = center.baseAddress,
                            let squares = squares.baseAddress, let sums = sums.baseAddress
                        else { return }
                        unsafe varve_add_deviations(x, rows, width, center, squares, sums)
                    }
                }
            }
        }
    }

    /// out[r, j] = (x[r, j] − mean[j]) / scale[j], in double precision and rounded once. O(rows · width).
    public static func standardize(
        _ x: Span<Float>, rows: Int, width: Int, mean: Span<Double>, scale: Span<Double>,
        into out: inout MutableSpan<Float>
    ) {
        precondition(
            rows >= 0 && width >= 0 && x.count >= rows * width && out.count >= rows * width && mean.count >= width
                && scale.count >= width, "matrix smaller than its shape")
        unsafe x.withUnsafeBufferPointer { x in
            unsafe mean.withUnsafeBufferPointer { mean in
                unsafe scale.withUnsafeBufferPointer { scale in
                    unsafe out.withUnsafeMutableBufferPointer { out in
                        guard let x = x.baseAddress, let mean = mean.baseAddress, let scale = scale.baseAddress,
                            let out = out.baseAddress
                        else { return }
                        unsafe varve_standardize(x, rows, width, mean, scale, out)
                    }
                }
            }
        }
    }

    /// out[r, j] = x[r, j] − center[j]. O(rows · width).
    public static func subtract(
        _ center: Span<Float>, from x: Span<Float>, rows: Int, width: Int, into out: inout MutableSpan<Float>
    ) {
        precondition(
            rows >= 0 && width >= 0 && x.count >= rows * width && out.count >= rows * width && center.count >= width,
            "matrix smaller than its shape")
        unsafe x.withUnsafeBufferPointer { x in
            unsafe center.withUnsafeBufferPointer { center in
                unsafe out.withUnsafeMutableBufferPointer { out in
                    guard let x = x.baseAddress, let center = center.baseAddress, let out = out.baseAddress else {
                        return
                    }
                    unsafe varve_subtract_row(x, rows, width, center, out)
                }
            }
        }
    }

    /// The same in double precision.
    public static func subtract(
        _ center: Span<Double>, from x: Span<Float>, rows: Int, width: Int, into out: inout MutableSpan<Double>
    ) {
        precondition(
            rows >= 0 && width >= 0 && x.count >= rows * width && out.count >= rows * width && center.count >= width,
            "matrix smaller than its shape")
        unsafe x.withUnsafeBufferPointer { x in
            unsafe center.withUnsafeBufferPointer { center in
                unsafe out.withUnsafeMutableBufferPointer { out in
                    guard let x = x.baseAddress, let center = center.baseAddress, let out = out.baseAddress else {
                        return
                    }
                    unsafe varve_subtract_row_f64(x, rows, width, center, out)
                }
            }
        }
    }

    /// out[r] = Σⱼ x[r, j]², as `Dot.squaredNorm` of each row. O(rows · width).
    public static func squaredNorms(
        _ x: Span<Float>, rows: Int, width: Int, into out: inout MutableSpan<Double>
    ) {
        precondition(
            rows >= 0 && width >= 0 && x.count >= rows * width && out.count >= rows, "matrix smaller than its shape")
        unsafe x.withUnsafeBufferPointer { x in
            unsafe out.withUnsafeMutableBufferPointer { out in
                guard let x = x.baseAddress, let out = out.baseAddress else { return }
                unsafe varve_row_squares(x, rows, width, out)
            }
        }
    }

    /// out[r] = cos(a[r], b[r]), as `Dot.cosine` of each pair of rows. O(rows · width).
    public static func cosines(
        _ a: Span<Float>, _ b: Span<Float>, rows: Int, width: Int, into out: inout MutableSpan<Double>
    ) {
        precondition(
            rows >= 0 && width >= 0 && a.count >= rows * width && b.count >= rows * width && out.count >= rows,
            "matrix smaller than its shape")
        unsafe a.withUnsafeBufferPointer { a in
            unsafe b.withUnsafeBufferPointer { b in
                unsafe out.withUnsafeMutableBufferPointer { out in
                    guard let a = a.baseAddress, let b = b.baseAddress, let out = out.baseAddress else { return }
                    unsafe varve_row_cosines(a, b, rows, width, out)
                }
            }
        }
    }

    /// dots[r] = x[r]·v and squares[r] = ‖x[r]‖², in double precision. O(rows · width).
    public static func products(
        _ x: Span<Float>, rows: Int, width: Int, with v: Span<Float>, dots: inout MutableSpan<Double>,
        squares: inout MutableSpan<Double>
    ) {
        precondition(
            rows >= 0 && width >= 0 && x.count >= rows * width && v.count >= width && dots.count >= rows
                && squares.count >= rows, "matrix smaller than its shape")
        unsafe x.withUnsafeBufferPointer { x in
            unsafe v.withUnsafeBufferPointer { v in
                unsafe dots.withUnsafeMutableBufferPointer { dots in
                    unsafe squares.withUnsafeMutableBufferPointer { squares in
                        guard let x = x.baseAddress, let v = v.baseAddress, let dots = dots.baseAddress,
                            let squares = squares.baseAddress
                        else { return }
                        unsafe varve_rows_against(x, rows, width, v, dots, squares)
                    }
                }
            }
        }
    }
}
