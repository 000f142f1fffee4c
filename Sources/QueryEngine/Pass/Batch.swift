import QueryLanguage
import Scan
import Store
import Tensor

/// Rows of one cell that are read and mapped together. The cut depends on the data alone, never on threads.
struct Batch: Sendable {
    var cell: Int
    var segments: [Segment]
    var rows: Int

    /// Prompt and token of a row, counted from the batch's first.
    func place(ofRow row: Int) -> (prompt: Int32, token: Int32) {
        var left = row
        for segment in segments {
            if left < segment.count { return (segment.prompt, segment.position + Int32(left)) }
            left -= segment.count
        }
        preconditionFailure("a row beyond its batch")
    }
}

/// Batches that leave one partial state behind: what a thread takes at a time, and a shard's unit.
struct PassPiece: Sendable {
    var cell: Int
    /// The one site that is read, by its place in the source; nil for all of them together.
    var site: Int?
    var batches: [Batch]
}

extension RowStream {
    /// Decoded bytes of a batch: small enough to stay near the processor between the steps.
    static let batchBytes = 1 << 20
    /// Decoded bytes of a piece: small enough to share out, large enough to be worth a partial state.
    static let pieceBytes = 8 << 20
    /// Decoded bytes of a row of all sites that are better read together: one after the other the same rows come again and again.
    static let togetherBytes = 1 << 10

    /// Decoded bytes of a row, on all sides together.
    ///
    /// - Parameter bySite: of one site alone
    func rowBytes(bySite: Bool) -> Int {
        let sites = bySite ? 1 : source?.sites.count ?? 1
        return max(4, sites * (source?.width ?? 1) * 4 * (isPair ? 2 : 1))
    }

    /// The stream cut into batches of about so many decoded bytes, at the ends of blocks where the rows allow it.
    func batches(bySite: Bool = false, bytes: Int = RowStream.batchBytes) throws -> [Batch] {
        var batches: [Batch] = []
        for index in cells.indices { batches += try self.batches(ofCell: index, bySite: bySite, bytes: bytes) }
        return batches
    }

    private func batches(ofCell index: Int, bySite: Bool, bytes: Int) throws -> [Batch] {
        let cell = cells[index]
        let grid = try source?.columns.first.map { try cell.sides[0].reader.grid(of: $0) }
        let block = grid?.blockRows ?? 1
        let wanted = bytes / rowBytes(bySite: bySite)
        // Whole blocks, at least one, unless a row of all sites together is very long.
        let limit = max(wanted > block ? wanted / block * block : min(block, 64), 16)
        var batches: [Batch] = []
        var open = Batch(cell: index, segments: [], rows: 0)
        for segment in cell.segments {
            var rest = segment
            while rest.count > 0 {
                var take = min(rest.count, limit - open.rows)
                if take < rest.count, let grid { take = grid.cut(from: rest.left, to: rest.left + take) - rest.left }
                var piece = rest
                piece.count = take
                open.segments.append(piece)
                open.rows += take
                rest.left += take
                rest.right += take
                rest.position += Int32(take)
                rest.count -= take
                if rest.count > 0 || open.rows == limit {
                    batches.append(open)
                    open = Batch(cell: index, segments: [], rows: 0)
                }
            }
        }
        if open.rows > 0 { batches.append(open) }
        return batches
    }

    /// The stream in pieces, in the order in which their states merge.
    ///
    /// - Parameters:
    ///   - bySite: one site after the other, each read alone
    ///   - batchBytes, pieceBytes: decoded bytes of a batch and of a piece, about
    func pieces(
        bySite: Bool, batchBytes: Int = RowStream.batchBytes, pieceBytes: Int = RowStream.pieceBytes
    ) throws -> [PassPiece] {
        let sites: [Int?] = bySite ? (source?.sites.indices).map { Array($0) } ?? [] : [nil]
        var pieces: [PassPiece] = []
        for cell in cells.indices {
            let batches = try batches(ofCell: cell, bySite: bySite, bytes: batchBytes)
            let rows = max(1, max(pieceBytes, batchBytes) / rowBytes(bySite: bySite))
            var groups: [[Batch]] = []
            var count = 0
            for batch in batches {
                if groups.isEmpty || count + batch.rows > rows {
                    groups.append([])
                    count = 0
                }
                groups[groups.count - 1].append(batch)
                count += batch.rows
            }
            for site in sites { pieces += groups.map { PassPiece(cell: cell, site: site, batches: $0) } }
        }
        return pieces
    }

    /// Whether every step looks at one site at a time, so that sites can be read one after the other.
    var isCellwise: Bool {
        guard let source, source.sites.count > 1 else { return false }
        return steps.allSatisfy(\.isCellwise)
    }

    /// Whether a step needs the values of SAE latents and not only which they are.
    var needsLatentValues: Bool {
        for step in steps {
            switch step.latents {
            case .passed: continue
            case .indicesOnly: return false
            case .whole: return true
            }
        }
        return true
    }
}

extension [Segment] {
    /// The rows of one side, neighbouring stretches joined.
    func ranges(_ side: KeyPath<Segment, Int>) -> [RowRange] {
        // Reading through a key path takes several times as long as the rest.
        let isLeft = side == \Segment.left
        precondition(isLeft || side == \Segment.right, "a segment has two sides")
        var ranges: [RowRange] = []
        for segment in self {
            let start = isLeft ? segment.left : segment.right
            if let last = ranges.last, last.end == start {
                ranges[ranges.count - 1].count += segment.count
            } else {
                ranges.append(RowRange(start: start, count: segment.count))
            }
        }
        return ranges
    }
}
