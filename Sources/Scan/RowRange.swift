/// Consecutive rows (tokens) of a capture, counted from its first row.
public struct RowRange: Sendable, Hashable {
    public var start: Int
    public var count: Int

    public init(start: Int, count: Int) {
        self.start = start
        self.count = count
    }

    /// One past the last row.
    public var end: Int { start + count }
}

extension Array where Element == RowRange {
    /// Rows in all ranges together.
    public var rowCount: Int { reduce(0) { $0 + $1.count } }
}
