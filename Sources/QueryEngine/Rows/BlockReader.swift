import QueryLanguage
import Scan
import Store
import Tensor

/// Rows of one cell that are read and mapped together. The cut depends on the data alone, never on threads.
struct Batch: Sendable {
    var cell: Int
    var segments: [Segment]
    var rows: Int
}

extension RowStream {
    /// Bytes of decoded numbers that one batch may hold.
    static let batchBytes = 8 << 20

    /// The stream cut into batches: whole stretches of rows, at most `batchBytes` of decoded numbers each.
    func batches() -> [Batch] {
        let perRow = max(4, (source?.sites.count ?? 1) * (source?.width ?? 1) * 4 * (isPair ? 2 : 1))
        let limit = min(8192, max(64, RowStream.batchBytes / perRow))
        var batches: [Batch] = []
        for (index, cell) in cells.enumerated() {
            var open = Batch(cell: index, segments: [], rows: 0)
            for segment in cell.segments {
                var rest = segment
                while rest.count > 0 {
                    let take = min(rest.count, limit - open.rows)
                    var piece = rest
                    piece.count = take
                    open.segments.append(piece)
                    open.rows += take
                    rest.left += take
                    rest.right += take
                    rest.position += Int32(take)
                    rest.count -= take
                    if open.rows == limit {
                        batches.append(open)
                        open = Batch(cell: index, segments: [], rows: 0)
                    }
                }
            }
            if open.rows > 0 { batches.append(open) }
        }
        return batches
    }

    /// Reads a batch and runs every map step on it.
    func block(_ batch: Batch) throws -> Block {
        guard let source else { preconditionFailure("a stream is read before its site is chosen") }
        let cell = cells[batch.cell]
        let left = try source.read(cell.sides[0].reader, rows: batch.segments.ranges(\.left), count: batch.rows)
        var block = Block(rows: batch.rows, inner: source.axes, payload: left)
        if cell.sides.count == 2 {
            // Sides may hold other row numbers in another order only by prompt: ranges stay ascending per batch half.
            let right = try source.read(
                cell.sides[1].reader, rows: batch.segments.ranges(\.right), count: batch.rows)
            block.payload = .pair(left, right)
        }
        for step in steps { block = try step.apply(block, batch.cell) }
        return block
    }
}

extension [Segment] {
    /// The rows of one side, neighbouring stretches joined.
    func ranges(_ side: KeyPath<Segment, Int>) -> [RowRange] {
        var ranges: [RowRange] = []
        for segment in self {
            let start = segment[keyPath: side]
            if let last = ranges.last, last.end == start {
                ranges[ranges.count - 1].count += segment.count
            } else {
                ranges.append(RowRange(start: start, count: segment.count))
            }
        }
        return ranges
    }
}

extension CaptureReader {
    /// Rows of a column of width 1, whatever its type.
    func readNumbers(_ column: ColumnID, rows: [RowRange]) throws -> [Double] {
        if elementType(of: column)?.isFloatingPoint == false {
            var integers: [UInt32] = []
            try readIntegers(column, rows: rows, into: &integers)
            return integers.map(Double.init)
        }
        var floats: [Float] = []
        try readFloats(column, rows: rows, into: &floats)
        return floats.map(Double.init)
    }
}

extension SiteSource {
    /// Rows of all sites, inner-major.
    func read(_ reader: CaptureReader, rows: [RowRange], count: Int) throws -> Payload {
        var column: [Float] = []
        switch kind {
        case .dense:
            var values: [Float] = []
            values.reserveCapacity(sites.count * count * width)
            for site in sites {
                try reader.readFloats(.site(site), rows: rows, into: &column)
                if sites.count == 1 { return .vectors(column, width: width) }
                values.append(contentsOf: column)
            }
            return .vectors(values, width: width)
        case .scalars(let rank):
            var values: [Double] = []
            values.reserveCapacity(sites.count * count * rank)
            for site in sites {
                try reader.readFloats(.site(site), rows: rows, into: &column)
                for place in 0..<rank {
                    for row in 0..<count { values.append(Double(column[row * rank + place])) }
                }
            }
            return .numbers(values)
        case .tokenColumn(let name):
            return .numbers(try reader.readNumbers(.perToken(name), rows: rows))
        case .latents(let stored):
            var indices: [UInt32] = []
            var values: [Float] = []
            var places: [UInt32] = []
            for site in sites {
                try reader.readIntegers(.latentIndex(site), rows: rows, into: &places)
                try reader.readFloats(.latentValue(site), rows: rows, into: &column)
                indices.append(contentsOf: places)
                values.append(contentsOf: column)
            }
            return .latents(
                LatentLists(indices: indices, values: values, stored: stored, prefixes: [stored], isSwept: false))
        }
    }
}
