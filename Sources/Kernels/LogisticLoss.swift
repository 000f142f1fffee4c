internal import CKernels

/// The inner loops of linear models with the logistic loss. Rows are n × d f32, row-major; sums are double precision in
/// a fixed order, so a result never depends on how many threads run beside it.
public enum LogisticLoss {
    /// z[i] = bias + Σⱼ weights[j] · x[i, j] for n = z.count rows of d = weights.count. O(n · d).
    public static func decisions(
        _ x: Span<Float>, weights: Span<Double>, bias: Double, into z: inout MutableSpan<Double>
    ) {
        precondition(x.count >= z.count * weights.count, "fewer rows than decisions")
        unsafe x.withUnsafeBufferPointer { x in
            unsafe weights.withUnsafeBufferPointer { w in
                unsafe z.withUnsafeMutableBufferPointer { z in
                    guard let to = z.baseAddress else { return }
                    guard let x = x.baseAddress, let w = w.baseAddress else {
                        unsafe z.update(repeating: bias)
                        return
                    }
                    unsafe varve_decisions(x, z.count, weights.count, w, bias, to)
                }
            }
        }
    }

    /// sum[j] += Σᵢ rowWeights[i] · x[i, j]. O(n · d).
    public static func addWeightedRows(
        _ x: Span<Float>, rowWeights: Span<Double>, into sum: inout MutableSpan<Double>
    ) {
        precondition(x.count >= rowWeights.count * sum.count, "fewer rows than weights")
        unsafe x.withUnsafeBufferPointer { x in
            unsafe rowWeights.withUnsafeBufferPointer { r in
                unsafe sum.withUnsafeMutableBufferPointer { sum in
                    guard let x = x.baseAddress, let from = r.baseAddress, let to = sum.baseAddress else { return }
                    unsafe varve_add_weighted_rows(x, r.count, sum.count, from, to)
                }
            }
        }
    }

    /// Σ log(1 + exp(−signᵢzᵢ)), with its first and second derivatives by z.
    public static func terms(
        _ z: Span<Double>, signs: Span<Double>, slope: inout MutableSpan<Double>, curvature: inout MutableSpan<Double>
    ) -> Double {
        precondition(signs.count == z.count && slope.count == z.count && curvature.count == z.count)
        return unsafe z.withUnsafeBufferPointer { z in
            unsafe signs.withUnsafeBufferPointer { y in
                unsafe slope.withUnsafeMutableBufferPointer { r in
                    unsafe curvature.withUnsafeMutableBufferPointer { h in
                        guard let from = z.baseAddress, let y = y.baseAddress, let r = r.baseAddress,
                            let h = h.baseAddress
                        else { return 0 }
                        return unsafe varve_logistic_terms(from, y, z.count, r, h)
                    }
                }
            }
        }
    }

    /// Loss, gradient and curvature of Σ log(1 + exp(−signᵢ(w·xᵢ + b))) with every row read once: n = `signs.count` rows
    /// in blocks that stay in the cache. O(n · d).
    ///
    /// - Parameters:
    ///   - gradient: d features, then the intercept; overwritten.
    ///   - curvature: d²loss/dz² per row; overwritten.
    public static func pass(
        _ x: Span<Float>, weights: Span<Double>, bias: Double, signs: Span<Double>,
        gradient: inout MutableSpan<Double>, curvature: inout MutableSpan<Double>
    ) -> Double {
        let n = signs.count
        let d = weights.count
        precondition(x.count >= n * d && gradient.count == d + 1 && curvature.count == n)
        let block = max(8, min(2048, 32_768 / max(1, d)) / 8 * 8)
        var z = [Double](repeating: 0, count: block)
        var r = [Double](repeating: 0, count: block)
        let none: [Float] = [0]
        let source = d == 0 ? none.span : x
        return unsafe source.withUnsafeBufferPointer { x in
            unsafe weights.withUnsafeBufferPointer { w in
                unsafe signs.withUnsafeBufferPointer { y in
                    unsafe gradient.withUnsafeMutableBufferPointer { g in
                        unsafe curvature.withUnsafeMutableBufferPointer { h in
                            unsafe z.withUnsafeMutableBufferPointer { z in
                                unsafe r.withUnsafeMutableBufferPointer { r in
                                    unsafe g.update(repeating: 0)
                                    guard let x = x.baseAddress, let y = y.baseAddress, let g = g.baseAddress,
                                        let h = h.baseAddress, let z = z.baseAddress, let r = r.baseAddress
                                    else { return 0 }
                                    var sum = 0.0
                                    for first in stride(from: 0, to: n, by: block) {
                                        let rows = min(block, n - first)
                                        let part = unsafe x + first * d
                                        if let w = w.baseAddress, d > 0 {
                                            unsafe varve_decisions(part, rows, d, w, bias, z)
                                        } else {
                                            unsafe z.update(repeating: bias, count: rows)
                                        }
                                        sum += unsafe varve_logistic_terms(z, y + first, rows, r, h + first)
                                        for i in 0..<rows { unsafe g[d] += r[i] }
                                        unsafe varve_add_weighted_rows(part, rows, d, r, g)
                                    }
                                    return sum
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
