internal import CKernels

/// Bounds, NaNs and norms of rows of floats in one pass.
public struct Survey: Sendable {
    /// Smallest value that is a number; +∞ where there is none.
    public var minimum: Float
    /// Largest value that is a number; −∞ where there is none.
    public var maximum: Float
    /// Values that are no number.
    public var nanCount: Int
    /// Σ ‖row‖₂ over the rows whose norm is finite.
    public var normSum: Double
    /// How many rows have a finite norm.
    public var normCount: Int

    /// - Parameter values: rows × `width`, row-major
    public init(_ values: Span<Float>, width: Int) {
        precondition(width > 0 && values.count % width == 0, "part of a row")
        let found = unsafe values.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else {
                return varve_survey(low: .infinity, high: -.infinity, nans: 0, norm_sum: 0, norms: 0)
            }
            return unsafe varve_survey_f32(start, buffer.count / width, width)
        }
        minimum = found.low
        maximum = found.high
        nanCount = Int(found.nans)
        normSum = found.norm_sum
        normCount = Int(found.norms)
    }
}
