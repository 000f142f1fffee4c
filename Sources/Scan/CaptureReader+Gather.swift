public import Store
public import Tensor

extension CaptureReader {
    /// Rows of a floating-point column as f32 into the caller's memory, `rows × width`, on several threads.
    ///
    /// - Parameters:
    ///   - rows: within the capture's committed rows
    ///   - target: exactly `rows.rowCount × width` numbers
    public func readFloats(
        _ column: ColumnID, rows: [RowRange], threads: Int, into target: inout MutableSpan<Float>
    ) throws(StoreError) {
        guard let width = width(of: column) else { throw missing(column) }
        precondition(target.count == rows.rowCount * width, "a target of another size than the rows")
        let pieces = pieces(of: column, rows: rows).flatMap {
            $0.cut(every: max(1, ColumnScan.pieceBytes / (4 * width)))
        }
        try fill(&target, count: pieces.count, threads: threads) { floats, scratch, index throws(StoreError) in
            let piece = pieces[index]
            var part = unsafe floats.part(piece.target * width..<(piece.target + piece.rows.count) * width)
            try reader(piece.chunk).readFloats(column, rows: piece.rows, scratch: &scratch, into: &part)
        }
    }

    /// Single rows of a floating-point column as f32, `rows × width`, in the order of `rows`. Each block is decoded once.
    ///
    /// - Parameters:
    ///   - rows: any, in any order
    ///   - threads: used where there are rows enough for several
    public func gather(
        _ column: ColumnID, rows: [Int], threads: Int = 1, into destination: inout [Float]
    ) throws(StoreError) {
        guard let width = width(of: column), let type = elementType(of: column) else { throw missing(column) }
        let parts = picks(column, rows)
        try CaptureReader.fill(&destination, count: rows.count * width) { (target) throws(StoreError) in
            try fill(&target, count: parts.count, threads: threads) { floats, scratch, index throws(StoreError) in
                let part = parts[index]
                try reader(part.chunk).gather(column, picks: part.picks, scratch: &scratch) { place, row in
                    var numbers = unsafe floats.part(place * width..<(place + 1) * width)
                    CaptureReader.widen(row, as: type, into: &numbers)
                }
            }
        }
    }

    private struct Part: Sendable {
        var chunk: ChunkRecord
        var picks: ArraySlice<RowPick>
    }

    /// Rows that one thread takes at a time.
    private static let partRows = 64

    /// The rows by chunk, ascending, in parts of a few dozen.
    private func picks(_ column: ColumnID, _ rows: [Int]) -> [Part] {
        let chunks = chunks(of: column)
        let order = rows.indices.sorted { rows[$0] < rows[$1] }
        precondition((order.first.map { rows[$0] } ?? 0) >= 0, "a negative row")
        var parts: [Part] = []
        var next = 0
        var place = 0
        while next < order.count {
            place = CaptureReader.chunk(holding: rows[order[next]], in: chunks, from: place)
            let chunk = chunks[place]
            var picks: [RowPick] = []
            while next < order.count, rows[order[next]] < chunk.firstRow + chunk.rowCount {
                picks.append(RowPick(row: rows[order[next]] - chunk.firstRow, target: order[next]))
                next += 1
            }
            for first in stride(from: 0, to: picks.count, by: CaptureReader.partRows) {
                parts.append(Part(chunk: chunk, picks: picks[first..<min(first + CaptureReader.partRows, picks.count)]))
            }
        }
        return parts
    }

    /// Has several threads fill parts of the target that don't overlap.
    private func fill(
        _ target: inout MutableSpan<Float>, count: Int, threads: Int,
        body: @Sendable (DisjointFloats, inout ReadScratch, Int) throws(StoreError) -> Void
    ) throws(StoreError) {
        let outcome = unsafe target.withUnsafeMutableBufferPointer { buffer in
            // Fresh memory comes by faster in large pages.
            unsafe AlignedBuffer.preferLargePages(UnsafeMutableRawBufferPointer(buffer))
            let floats = unsafe DisjointFloats(buffer)
            return Result {
                try ParallelScan.run(count: count, threads: threads, worker: { ReadScratch() }) { scratch, index in
                    try body(floats, &scratch, index)
                } merge: { _, _ in
                }
            }
        }
        do {
            try outcome.get()
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.io(0), "\(error)")
        }
    }
}
