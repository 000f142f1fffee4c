import Analysis
import QueryLanguage
import Scan
import Store
import Tensor

/// Gram states of stored rows that this session has read: components, alignment and another number of them ask for the same.
///
/// A state is known by what it was made of, the chunk files by the digests they are named after, so that it can't be out of date: rows
/// that are added or replaced lie in other files. What was used longest ago makes room.
struct GramCache: Sendable {
    /// The rows of one column, or of one on each side.
    struct Key: Hashable, Sendable {
        struct Chunk: Hashable, Sendable {
            var name: String
            var firstRow: Int
        }
        struct Side: Hashable, Sendable {
            var column: ColumnID
            var chunks: [Chunk]
            var rows: [RowRange]
        }
        var sides: [Side]
    }

    private struct Entry: Sendable {
        var state: GramState
        var bytes: Int
        var used: Int
    }

    /// Bytes that all entries may take.
    let limit: Int
    private(set) var bytes = 0
    private var entries: [Key: Entry] = [:]
    private var clock = 0

    init(limit: Int) { self.limit = limit }

    var count: Int { entries.count }

    /// The states of all keys; nil where one is missing.
    mutating func states(_ keys: [Key]) -> [GramState]? {
        guard keys.allSatisfy({ entries[$0] != nil }) else { return nil }
        clock += 1
        return keys.compactMap { key in
            entries[key]?.used = clock
            return entries[key]?.state
        }
    }

    /// Keeps a state, unless it alone is too large.
    mutating func keep(_ state: GramState, for key: Key) {
        let size = 8 * state.columns * (state.columns + 1) + key.sides.reduce(0) { $0 + 16 * $1.rows.count }
        guard size <= limit else { return }
        clock += 1
        bytes += size - (entries[key]?.bytes ?? 0)
        entries[key] = Entry(state: state, bytes: size, used: clock)
        while bytes > limit, let oldest = entries.min(by: { $0.value.used < $1.value.used }) {
            bytes -= oldest.value.bytes
            entries[oldest.key] = nil
        }
    }
}

extension Executor {
    /// The Gram states of a stream's rows, from the session's memory where all of them are there.
    func grams(_ stream: RowStream, width: Int, _ node: PlanNode) throws -> GramReduction {
        var start = GramReduction(outer: stream.outer, inner: stream.inner, width: width)
        let keys = gramKeys(stream, start)
        if let keys, let known = grams.states(keys) {
            // What there is to say about the rows is said; nothing is read.
            let before = reads
            try count(stream)
            reads = before
            start.fill(known)
            return start
        }
        guard case .gram(let gram) = try reduced(stream, .gram(start), node) else {
            preconditionFailure("a reduction stays what it is")
        }
        for (key, state) in zip(keys ?? [], gram.states.joined()) { grams.keep(state, for: key) }
        return gram
    }

    /// What each state is made of, outer cell by outer cell; nil where steps change the rows or several columns share a state.
    private func gramKeys(_ stream: RowStream, _ gram: GramReduction) -> [GramCache.Key]? {
        guard case .whole = role, stream.steps.isEmpty, let source = stream.source, case .dense = source.kind,
            gram.kept == source.axes
        else { return nil }
        return stream.cells.flatMap { cell in
            let rows =
                cell.sides.count == 2
                ? [cell.segments.ranges(\.left), cell.segments.ranges(\.right)] : [cell.segments.ranges(\.left)]
            return source.sites.map { site in
                GramCache.Key(
                    sides: zip(cell.sides, rows).map { side, rows in
                        let column = ColumnID.site(site)
                        let chunks = side.reader.chunks(of: column, holding: rows).map {
                            GramCache.Key.Chunk(name: $0.name, firstRow: $0.firstRow)
                        }
                        return GramCache.Key.Side(column: column, chunks: chunks, rows: rows)
                    })
            }
        }
    }
}
