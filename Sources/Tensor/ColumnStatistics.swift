/// What a scan may know about a column without reading it.
public struct ColumnStatistics: Sendable, Hashable {
    /// Smallest and largest value that is a number, infinities included; NaN where there is none.
    public var minimum: Double
    /// Largest value that is a number.
    public var maximum: Double
    /// Values that are no number.
    public var nanCount: Int
    /// Mean over rows of ‖row‖₂, of the rows whose norm is finite; NaN where there is none.
    public var meanNorm: Double

    /// As measured.
    public init(minimum: Double, maximum: Double, nanCount: Int, meanNorm: Double) {
        self.minimum = minimum
        self.maximum = maximum
        self.nanCount = nanCount
        self.meanNorm = meanNorm
    }

    // Two NaNs mean the same here.
    /// Bit by bit, so that two NaNs are equal.
    public static func == (a: ColumnStatistics, b: ColumnStatistics) -> Bool {
        a.minimum.bitPattern == b.minimum.bitPattern && a.maximum.bitPattern == b.maximum.bitPattern
            && a.nanCount == b.nanCount && a.meanNorm.bitPattern == b.meanNorm.bitPattern
    }

    /// Bit by bit.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(minimum.bitPattern)
        hasher.combine(maximum.bitPattern)
        hasher.combine(nanCount)
        hasher.combine(meanNorm.bitPattern)
    }
}
