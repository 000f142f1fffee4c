/// One of several equal parts of a query's work.
public struct Shard: Sendable, Hashable {
    /// From 0.
    public let index: Int
    public let count: Int

    /// nil unless 0 ≤ index < count ≤ 100,000.
    public init?(index: Int, of count: Int) {
        guard index >= 0, index < count, count <= 100_000 else { return nil }
        self.index = index
        self.count = count
    }

    /// Of `1/4` … `4/4`, as people count.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let index = Int(parts[0]), let count = Int(parts[1]) else { return nil }
        self.init(index: index - 1, of: count)
    }

    /// The pieces that are this part's: consecutive ones, all parts together every piece once.
    func pieces(of total: Int) -> Range<Int> { total * index / count..<total * (index + 1) / count }
}

/// Which part of every pass an executor runs.
enum ShardRole {
    /// All of it.
    case whole
    /// One part, whose states are written down.
    case part(Shard, PassRecorder)
    /// Nothing: the states come from parts that were run elsewhere.
    case merge(PassReplay)
}

/// Something that keeps partial answers from being made or put together.
public struct PartialError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ text: String) { description = text }
}
