internal import Kernels
internal import Tensor

/// What is gathered of a column's rows: pieces merge in row order, so that the result doesn't depend on threads.
struct ColumnTotals: Sendable {
    private var minimum = Double.infinity
    private var maximum = -Double.infinity
    private var numbers = 0
    private var nanCount = 0
    private var normSum = 0.0
    private var normCount = 0

    mutating func add(_ survey: Survey, count: Int) {
        minimum = min(minimum, Double(survey.minimum))
        maximum = max(maximum, Double(survey.maximum))
        nanCount += survey.nanCount
        numbers += count - survey.nanCount
        normSum += survey.normSum
        normCount += survey.normCount
    }

    mutating func add(low: UInt32, high: UInt32, count: Int) {
        minimum = min(minimum, Double(low))
        maximum = max(maximum, Double(high))
        numbers += count
    }

    mutating func add(norm: Double) {
        guard norm.isFinite else { return }
        normSum += norm
        normCount += 1
    }

    /// Takes in the rows that follow.
    mutating func merge(_ next: ColumnTotals) {
        minimum = min(minimum, next.minimum)
        maximum = max(maximum, next.maximum)
        numbers += next.numbers
        nanCount += next.nanCount
        normSum += next.normSum
        normCount += next.normCount
    }

    var result: ColumnStatistics {
        let hasNumbers = numbers > 0
        return ColumnStatistics(
            minimum: hasNumbers ? minimum : .nan, maximum: hasNumbers ? maximum : .nan, nanCount: nanCount,
            meanNorm: normCount > 0 ? normSum / Double(normCount) : .nan)
    }
}

/// Surveys blocks of rows. Keeps its memory from block to block; one a thread.
struct ColumnSurvey: ~Copyable {
    private var widened = AlignedBuffer(byteCount: 0)

    /// - Parameter bytes: whole rows as they were given
    mutating func add(_ bytes: RawSpan, _ shape: BlockShape, to totals: inout ColumnTotals) {
        guard shape.elementType.isFloatingPoint else {
            switch shape.elementType.byteCount {
            case 4: ColumnSurvey.integers(bytes, UInt32.self, shape.width, &totals)
            case 2: ColumnSurvey.integers(bytes, UInt16.self, shape.width, &totals)
            default: ColumnSurvey.integers(bytes, UInt8.self, shape.width, &totals)
            }
            return
        }
        let count = bytes.byteCount / shape.elementType.byteCount
        if widened.byteCount < count * 4 { widened = AlignedBuffer(byteCount: count * 4) }
        var floats = widened.mutableSpan(of: Float.self, count: count)
        Widen.toFloat(bytes, as: shape.elementType, into: &floats)
        totals.add(Survey(widened.span(of: Float.self, count: count), width: shape.width), count: count)
    }

    private static func integers<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ bytes: RawSpan, _ type: T.Type, _ width: Int, _ totals: inout ColumnTotals
    ) {
        let count = bytes.byteCount / MemoryLayout<T>.size
        guard count > 0 else { return }
        unsafe bytes.withUnsafeBytes { raw in
            var low = T.max
            var high = T.min
            for row in 0..<(count / width) {
                var squares = 0.0
                for place in (row * width)..<(row * width + width) {
                    let value = unsafe raw.loadUnaligned(fromByteOffset: place * MemoryLayout<T>.size, as: type)
                    low = min(low, value)
                    high = max(high, value)
                    squares += Double(value) * Double(value)
                }
                totals.add(norm: squares.squareRoot())
            }
            totals.add(low: UInt32(low), high: UInt32(high), count: count)
        }
    }
}
