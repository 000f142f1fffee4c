import QueryLanguage
import Scan
import Store
import Tensor

/// Rows that are kept as they are stored: read straight to their place, without blocks that are joined afterwards.
extension Executor {
    /// Ranges shorter than this are better read together, batch by batch.
    private static let rowsOfARange = 32

    /// The vectors of a stream, inner-major, as `gather` keeps them; nil where a step changes them or rows lie scattered.
    func readDirectly(_ stream: RowStream, _ node: PlanNode) throws -> Payload? {
        guard case .whole = role, stream.steps.isEmpty, !stream.isPair, let source = stream.source,
            case .dense = source.kind
        else { return nil }
        let ranges = stream.cells.map { $0.segments.ranges(\.left) }
        let (rows, width) = (stream.rowCount, source.width)
        guard rows > 0, rows >= Executor.rowsOfARange * ranges.reduce(0, { $0 + $1.count }) else { return nil }
        let before = reads.bytes
        try count(stream)
        let clock = ContinuousClock()
        let start = clock.now
        let count = source.sites.count * rows * width
        func fill(_ target: inout MutableSpan<Float>) throws {
            var place = 0
            for site in source.sites {
                for (cell, ranges) in zip(stream.cells, ranges) {
                    let numbers = ranges.reduce(0) { $0 + $1.count } * width
                    var part = target._mutatingExtracting(place..<place + numbers)
                    try cell.sides[0].reader.readFloats(.site(site), rows: ranges, threads: threads, into: &part)
                    place += numbers
                }
            }
        }
        var values: [Float] = []
        swap(&values, &spareRows)
        if values.count == count {
            var target = values.mutableSpan
            try fill(&target)
        } else {
            values = try unsafe [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
                // After an error nothing counts as written.
                var target = unsafe MutableSpan(_unsafeElements: buffer.extracting(0..<count))
                try fill(&target)
                initialized = count
            }
        }
        passes.append(
            PassRecord(
                node: ObjectIdentifier(node), rows: rows, bytes: reads.bytes - before,
                seconds: (clock.now - start) / .seconds(1)))
        return .vectors(values, width: width)
    }
}
