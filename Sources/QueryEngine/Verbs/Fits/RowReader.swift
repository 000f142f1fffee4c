import Analysis
import QueryLanguage
import Scan
import Synchronization
import Tensor

/// The rows of one inner cell of a stream, read and mapped again for every look: memory holds a batch for each thread.
///
/// What stopped it is kept, and `check` throws it: the estimators that look know nothing of files.
final class RowReader: RowReading {
    private let stream: RowStream
    private let batches: [Batch]
    /// First row of each batch, counted over all cells as a frame counts its rows.
    private let firsts: [Int]
    /// The one site that is read; nil for all, where a step mixes them.
    private let site: Int?
    /// Place of the inner cell in the blocks that come of it.
    private let cell: Int
    private let width: Int
    private let threads: Int
    /// The rows of all inner cells where they are held, as a merge of parts does; empty where they are read.
    private let held: [Float]
    /// Where the inner cell begins there.
    private let heldFirst: Int
    private let failure = Mutex<(any Error)?>(nil)
    private let rowsRead = Atomic(0)

    /// - Parameters:
    ///   - inner: the cell of the stream's inner axes
    ///   - width: numbers of a row
    ///   - threads: of one look
    ///   - held: the gathered rows, or none
    init(_ stream: RowStream, inner: Int, width: Int, threads: Int, held: Payload) throws {
        self.stream = stream
        self.held = if case .vectors(let values, _) = held { values } else { [] }
        heldFirst = inner * stream.rowCount * width
        (self.width, self.threads) = (width, threads)
        if stream.isCellwise, let source = stream.source,
            let (site, cell) = source.site(ofCell: inner, in: stream.inner)
        {
            (self.site, self.cell) = (site, cell)
        } else {
            (site, cell) = (nil, inner)
        }
        batches = try stream.batches(bySite: site != nil)
        var first = 0
        firsts = batches.map { batch in
            defer { first += batch.rows }
            return first
        }
    }

    func read(_ ranges: [Range<Int>], _ body: (_ rows: Range<Int>, _ numbers: Span<Float>) -> Void) {
        guard failure.withLock({ $0 == nil }) else { return }
        let wanted = wanted(ranges)
        if !held.isEmpty {
            let held = held
            for part in wanted.flatMap(\.parts) {
                body(
                    part,
                    held.span.extracting(heldFirst + part.lowerBound * width..<heldFirst + part.upperBound * width))
            }
            return
        }
        do {
            try ParallelScan.run(count: wanted.count, threads: threads, worker: { BlockMemory(isReused: threads == 1) })
            {
                memory, index -> [Float] in
                let batch = batches[wanted[index].batch]
                let block = try stream.mapped(stream.read(batch, site: site, into: &memory), batch.cell)
                rowsRead.add(batch.rows, ordering: .relaxed)
                guard case .vectors(let values, _) = block.payload else {
                    preconditionFailure("the type checker lets vectors through alone")
                }
                return values
            } merge: { index, values in
                let (batch, parts) = wanted[index]
                let start = cell * batches[batch].rows - firsts[batch]
                for part in parts {
                    body(
                        part,
                        values.span.extracting((start + part.lowerBound) * width..<(start + part.upperBound) * width))
                }
            }
        } catch {
            failure.withLock { $0 = $0 ?? error }
        }
    }

    /// How many times all rows and sites of the stream were read, parts of them counted as parts.
    var looks: Double {
        let rows = Double(rowsRead.load(ordering: .relaxed)) / Double(max(1, stream.rowCount))
        return site == nil ? rows : rows / Double(stream.source?.sites.count ?? 1)
    }

    /// - Throws: what ended a look early.
    func check() throws {
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    /// The first number of some rows that is none.
    func firstNotFinite(_ rows: [Int]) -> (row: Int, feature: Int, value: Float)? {
        var found: (row: Int, feature: Int, value: Float)?
        PickedRows(self, columns: width, rows: rows).forEachPart { rows, numbers in
            if found == nil, let bad = numbers.indices.first(where: { !numbers[$0].isFinite }) {
                found = (rows.lowerBound + bad / width, bad % width, numbers[bad])
            }
        }
        return found
    }

    /// The batches that hold some of the rows, with the parts of the ranges in each.
    private func wanted(_ ranges: [Range<Int>]) -> [(batch: Int, parts: [Range<Int>])] {
        var wanted: [(batch: Int, parts: [Range<Int>])] = []
        var batch = 0
        for range in ranges {
            var rest = range
            while !rest.isEmpty, batch < batches.count {
                let end = firsts[batch] + batches[batch].rows
                if rest.lowerBound >= end {
                    batch += 1
                    continue
                }
                let part = rest.lowerBound..<min(rest.upperBound, end)
                if wanted.last?.batch != batch { wanted.append((batch, [])) }
                wanted[wanted.count - 1].parts.append(part)
                rest = part.upperBound..<rest.upperBound
            }
        }
        return wanted
    }
}
