import Kernels

/// Rows of length 1.
public enum Normalize {
    /// Every row divided by its Euclidean norm, in double precision; a row of zeros stays zero. O(n · d).
    public static func rows(_ x: FeatureMatrix) throws(AnalysisError) -> FeatureMatrix {
        var values = x.values
        for row in 0..<x.rows {
            let range = row * x.columns..<(row + 1) * x.columns
            let norm = Dot.squaredNorm(x.values.span.extracting(range)).squareRoot()
            guard norm > 0 else { continue }
            for place in range { values[place] = Float(Double(values[place]) / norm) }
        }
        return try FeatureMatrix(values, rows: x.rows, columns: x.columns)
    }
}
