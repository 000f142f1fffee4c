public import Store
public import Tensor

/// Finds rows that need no reading: from the statistics in chunk footers, and from the table of prompts.
public struct ChunkPruner: Sendable {
    private let reader: CaptureReader

    /// For the chunks of one capture.
    public init(_ reader: CaptureReader) { self.reader = reader }

    /// The rows whose chunk may hold a number of the column within the bounds; the others surely don't.
    ///
    /// Reads footers, no block. NaN lies in no bounds.
    public func rows(
        _ rows: [RowRange], where column: ColumnID, mayLieIn bounds: ClosedRange<Double>
    ) throws(StoreError) -> [RowRange] {
        guard reader.width(of: column) != nil else { throw reader.missing(column) }
        var kept: [RowRange] = []
        for piece in reader.pieces(of: column, rows: rows) {
            guard try mayHold(piece.chunk, column, bounds) else { continue }
            let start = piece.chunk.firstRow + piece.rows.lowerBound
            if let last = kept.last, last.end == start {
                kept[kept.count - 1].count += piece.rows.count
            } else {
                kept.append(RowRange(start: start, count: piece.rows.count))
            }
        }
        return kept
    }

    /// Whether some number of the column in the chunk may lie within the bounds.
    public func mayHold(
        _ chunk: ChunkRecord, _ column: ColumnID, _ bounds: ClosedRange<Double>
    ) throws(StoreError) -> Bool {
        let reader = try reader.reader(chunk)
        guard let statistics = reader.statistics(of: column) else { return false }
        // Without a number there is no bound either.
        guard !statistics.minimum.isNaN else { return false }
        // A lossy type may give back numbers a little beyond the ones it was given.
        let slack = reader.maximumError(of: column)
        return statistics.minimum - slack <= bounds.upperBound && statistics.maximum + slack >= bounds.lowerBound
    }

    /// The rows of the prompts for which the condition holds, neighbours joined. Reads nothing.
    public static func rows(of prompts: PromptTable, where holds: (_ prompt: Int) -> Bool) -> [RowRange] {
        var kept: [RowRange] = []
        for prompt in prompts.firstRow.indices where holds(prompt) {
            let start = prompts.firstRow[prompt]
            if let last = kept.last, last.end == start {
                kept[kept.count - 1].count += prompts.tokenCount[prompt]
            } else {
                kept.append(RowRange(start: start, count: prompts.tokenCount[prompt]))
            }
        }
        return kept
    }
}
