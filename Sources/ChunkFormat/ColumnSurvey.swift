internal import Kernels
internal import Tensor

/// Gathers `ColumnStatistics` block by block.
struct ColumnSurvey: ~Copyable {
    private let spec: ColumnSpec
    private var totals = Totals()
    private var widened: AlignedBuffer

    private struct Totals {
        var minimum = Double.infinity
        var maximum = -Double.infinity
        var numbers = 0
        var nanCount = 0
        var normSum = 0.0
        var normCount = 0

        mutating func add(norm: Double) {
            guard norm.isFinite else { return }
            normSum += norm
            normCount += 1
        }
    }

    init(_ spec: ColumnSpec) {
        self.spec = spec
        widened = AlignedBuffer(byteCount: spec.elementType.isFloatingPoint ? spec.blockRows * spec.width * 4 : 0)
    }

    /// - Parameter bytes: whole rows, at most one block of them
    mutating func add(_ bytes: RawSpan) {
        let spec = spec
        guard spec.elementType.isFloatingPoint else {
            totals = ColumnSurvey.integers(bytes, spec, totals)
            return
        }
        let count = bytes.byteCount / spec.elementType.byteCount
        var floats = widened.mutableSpan(of: Float.self, count: count)
        Widen.toFloat(bytes, as: spec.elementType, into: &floats)
        totals = ColumnSurvey.floats(widened.span(of: Float.self, count: count), spec, totals)
    }

    private static func floats(_ values: Span<Float>, _ spec: ColumnSpec, _ before: Totals) -> Totals {
        var totals = before
        var low = Float.infinity
        var high = -Float.infinity
        var nans = 0
        for index in values.indices {
            let value = values[index]
            // Comparisons with a NaN are false, so it changes neither bound.
            if value < low { low = value }
            if value > high { high = value }
            if value != value { nans += 1 }
        }
        totals.minimum = min(totals.minimum, Double(low))
        totals.maximum = max(totals.maximum, Double(high))
        totals.nanCount += nans
        totals.numbers += values.count - nans
        for row in 0..<(values.count / spec.width) {
            let start = row * spec.width
            totals.add(norm: Dot.squaredNorm(values.extracting(start..<(start + spec.width))).squareRoot())
        }
        return totals
    }

    private static func integers(_ bytes: RawSpan, _ spec: ColumnSpec, _ before: Totals) -> Totals {
        var totals = before
        let size = spec.elementType.byteCount
        let count = bytes.byteCount / size
        totals.numbers += count
        for row in 0..<(count / spec.width) {
            var squares = 0.0
            for place in 0..<spec.width {
                let offset = (row * spec.width + place) * size
                let value: Double
                switch size {
                case 4: value = Double(bytes.integer(offset, UInt32.self))
                case 2: value = Double(bytes.integer(offset, UInt16.self))
                default: value = Double(bytes.integer(offset, UInt8.self))
                }
                totals.minimum = min(totals.minimum, value)
                totals.maximum = max(totals.maximum, value)
                squares += value * value
            }
            totals.add(norm: squares.squareRoot())
        }
        return totals
    }

    var result: ColumnStatistics {
        let hasNumbers = totals.numbers > 0
        return ColumnStatistics(
            minimum: hasNumbers ? totals.minimum : .nan, maximum: hasNumbers ? totals.maximum : .nan,
            nanCount: totals.nanCount,
            meanNorm: totals.normCount > 0 ? totals.normSum / Double(totals.normCount) : .nan)
    }
}

extension RawSpan {
    /// A little-endian number at any offset within the span.
    fileprivate func integer<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _ type: T.Type)
        -> T
    {
        precondition(offset >= 0 && offset + MemoryLayout<T>.size <= byteCount)
        return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: type)
    }
}
