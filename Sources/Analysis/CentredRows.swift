import Kernels

/// Rows minus their mean, never written out where they are many: products with the centred matrix Xc = X − 1μᵀ.
struct CentredRows {
    let x: FeatureMatrix
    /// μ per column.
    let mean: [Double]
    /// Mean and scatter XcᵀXc where rows are at least as many as columns; nil where XcXcᵀ is the smaller.
    let gram: GramState?

    init(_ x: FeatureMatrix) {
        self.x = x
        gram = x.rows < x.columns ? nil : GramState(x)
        mean = gram?.mean ?? Moments(x).mean
    }

    /// Rows whose mean is known and whose scatter isn't needed.
    init(_ x: FeatureMatrix, mean: [Double]) {
        self.x = x
        self.mean = mean
        gram = nil
    }

    /// Xc·v. O(n · d).
    func product(_ v: [Double]) -> [Double] {
        var shift = 0.0
        for j in v.indices { shift -= v[j] * mean[j] }
        var z = [Double](repeating: 0, count: x.rows)
        var out = z.mutableSpan
        LogisticLoss.decisions(x.values.span, weights: v.span, bias: shift, into: &out)
        return z
    }

    /// Xcᵀ·r. O(n · d).
    func transposed(_ r: [Double]) -> [Double] {
        var sum = [Double](repeating: 0, count: x.columns)
        var out = sum.mutableSpan
        LogisticLoss.addWeightedRows(x.values.span, rowWeights: r.span, into: &out)
        let total = r.reduce(0, +)
        for j in sum.indices { sum[j] -= total * mean[j] }
        return sum
    }

    /// XcXcᵀ, n × n, upper triangle, in double precision. O(n² · d).
    var rowProducts: [Double] {
        let (n, d) = (x.rows, x.columns)
        var centred = [Double](repeating: 0, count: n * d)
        for i in 0..<n {
            for j in 0..<d { centred[i * d + j] = Double(x.values[i * d + j]) - mean[j] }
        }
        var square = [Double](repeating: 0, count: n * n)
        var out = square.mutableSpan
        MatrixMultiply.rowProducts(centred.span, into: &out, m: n, n: d)
        return square
    }
}
