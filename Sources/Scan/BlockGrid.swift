public import Store
public import Tensor

/// Where a column's blocks begin: pieces that are cut there are decoded without waste.
public struct BlockGrid: Sendable {
    /// First rows of the chunks, ascending, and of what follows the last one.
    private let starts: [Int]
    /// Rows of a block.
    public let blockRows: Int

    init(starts: [Int], blockRows: Int) {
        self.starts = starts
        self.blockRows = max(1, blockRows)
    }

    /// The last place in `start + 1 ... end` where a block begins or a chunk ends; `end` where there is none.
    public func cut(from start: Int, to end: Int) -> Int {
        // The chunk that holds the last of the rows.
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= end { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return end }
        let base = starts[low - 1]
        let cut = base + (end - base) / blockRows * blockRows
        return cut > start ? cut : end
    }
}

extension CaptureReader {
    /// Where the blocks of a column begin. Opens the first chunk's footer.
    public func grid(of column: ColumnID) throws(StoreError) -> BlockGrid {
        let chunks = chunks(of: column)
        guard let first = chunks.first, let last = chunks.last else { return BlockGrid(starts: [], blockRows: 1) }
        return BlockGrid(
            starts: chunks.map(\.firstRow) + [last.firstRow + last.rowCount],
            blockRows: try reader(first).blockRows(of: column))
    }
}
