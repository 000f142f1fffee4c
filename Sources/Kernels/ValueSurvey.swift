internal import CKernels
public import Tensor

/// Range, NaN count and row norms of a column's rows, gathered piece by piece in one pass. The same on every processor.
public struct ValueSurvey: Sendable {
    private var state = varve_survey(
        minimum: .infinity, maximum: -.infinity, nans: 0, numbers: 0, norm_sum: 0, norm_count: 0)

    /// Nothing seen yet.
    public init() {}

    /// Takes whole rows of `width` numbers in.
    public mutating func add(_ bytes: RawSpan, type: ElementType, width: Int) {
        precondition(width > 0)
        let rows = bytes.byteCount / (width * type.byteCount)
        let kind =
            switch type {
            case .float32, .int8: Int32(VARVE_SURVEY_F32)
            case .float16: Int32(VARVE_SURVEY_F16)
            case .bfloat16: Int32(VARVE_SURVEY_BF16)
            case .uint32: Int32(VARVE_SURVEY_U32)
            case .uint16: Int32(VARVE_SURVEY_U16)
            case .uint8: Int32(VARVE_SURVEY_U8)
            }
        unsafe bytes.withUnsafeBytes { from in
            guard let from = from.baseAddress else { return }
            unsafe varve_survey_rows(kind, from.assumingMemoryBound(to: UInt8.self), rows, width, &state)
        }
    }

    /// Takes in what another survey saw of rows that come after this one's.
    public mutating func merge(_ other: ValueSurvey) {
        state.minimum = min(state.minimum, other.state.minimum)
        state.maximum = max(state.maximum, other.state.maximum)
        state.nans += other.state.nans
        state.numbers += other.state.numbers
        state.norm_sum += other.state.norm_sum
        state.norm_count += other.state.norm_count
    }

    /// Of everything so far.
    public var statistics: ColumnStatistics {
        ColumnStatistics(
            minimum: state.numbers > 0 ? state.minimum : .nan, maximum: state.numbers > 0 ? state.maximum : .nan,
            nanCount: Int(state.nans), meanNorm: state.norm_count > 0 ? state.norm_sum / Double(state.norm_count) : .nan
        )
    }
}
