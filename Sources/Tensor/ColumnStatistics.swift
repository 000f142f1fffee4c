/// What a scan may know about a column without reading it.
public struct ColumnStatistics: Sendable, Hashable {
    /// Smallest and largest value that is a number, infinities included; NaN where there is none.
    public var minimum: Double
    public var maximum: Double
    public var nanCount: Int
    /// Mean over rows of ‖row‖₂, of the rows whose norm is finite; NaN where there is none.
    public var meanNorm: Double

    public init(minimum: Double, maximum: Double, nanCount: Int, meanNorm: Double) {
        self.minimum = minimum
        self.maximum = maximum
        self.nanCount = nanCount
        self.meanNorm = meanNorm
    }

    // Two NaNs mean the same here.
    public static func == (a: ColumnStatistics, b: ColumnStatistics) -> Bool {
        a.minimum.bitPattern == b.minimum.bitPattern && a.maximum.bitPattern == b.maximum.bitPattern
            && a.nanCount == b.nanCount && a.meanNorm.bitPattern == b.meanNorm.bitPattern
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(minimum.bitPattern)
        hasher.combine(maximum.bitPattern)
        hasher.combine(nanCount)
        hasher.combine(meanNorm.bitPattern)
    }
}
