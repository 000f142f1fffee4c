internal import Store
internal import Tensor

/// Puts the rows of one capture into its chunks, in order, and hands full chunks to the store.
final class ChunkFiller {
    let writer: CaptureWriter
    /// Bytes given to the store by this run, before encoding and as their types keep them.
    private(set) var bytes = 0
    private var builder: ChunkBuilder?
    private var current: PlannedChunk?
    private var waiting: ArraySlice<PlannedChunk>

    /// Of the columns that are written, as their types keep them.
    let rowBytes: Int

    /// - Parameter spec: what the writer was given.
    init(_ writer: CaptureWriter, _ spec: CaptureSpec) {
        self.writer = writer
        rowBytes = writer.columns.reduce(0) { $0 + spec.columns[$1].keptRowBytes }
        waiting = writer.plannedChunks.filter { !$0.isCommitted }[...]
        current = waiting.popFirst()
    }

    /// The rows that are still to come.
    var missing: Range<Int> {
        guard let first = current else { return writer.rowCount..<writer.rowCount }
        return first.firstRow..<writer.rowCount
    }

    /// Takes the rows of a batch; those that the store has already are passed over.
    ///
    /// - Parameters:
    ///   - columns: of the whole spec, as rows.count rows each. A column goes as soon as its last row is in a chunk, so that a
    ///     batch is not in memory twice.
    ///   - rows: follow those of the batch before.
    func take(_ columns: consuming [[UInt8]], rows: Range<Int>) throws {
        var columns = columns
        while let chunk = current {
            let own = chunk.firstRow..<chunk.firstRow + chunk.rowCount
            let part = rows.clamped(to: own)
            guard !part.isEmpty else { return }
            if builder == nil { builder = writer.makeBuilder(for: chunk) }
            for (place, column) in writer.columns.enumerated() {
                ChunkFiller.write(
                    columns[column], of: rows, part: part, column: place, row: part.lowerBound - own.lowerBound,
                    to: &builder)
                if part.upperBound == rows.upperBound { columns[column] = [] }
            }
            bytes += part.count * rowBytes
            guard part.upperBound == own.upperBound else { return }
            // The next chunk is filled while this one is encoded and put on disk.
            if let full = builder.take() { try writer.submit(full) }
            current = waiting.popFirst()
        }
    }

    /// Gives the bytes of some of the rows.
    private static func write(
        _ column: [UInt8], of rows: Range<Int>, part: Range<Int>, column place: Int, row: Int,
        to builder: inout ChunkBuilder?
    ) {
        let rowBytes = column.count / rows.count
        let from = (part.lowerBound - rows.lowerBound) * rowBytes
        let span = column.span.extracting(from..<from + part.count * rowBytes)
        unsafe builder?.write(span.bytes, column: place, row: row)
    }
}
