import ChunkFormat
import Dispatch
import Foundation
import Synchronization

/// Every check of a writable open, side by side: SQLite's pages, the rows of the large tables in pieces, the small tables
/// with the chain, and then the ends of every chunk file. Each thread has its own connection.
///
/// Only the holder of the writer's lock may run it: between the connections nobody else commits.
struct RecoveryCheck: Sendable {
    /// Prompts that one piece of work reads.
    private static let promptsAPiece = 1 << 16
    /// Chunk files that one piece of work looks at.
    private static let filesAPiece = 256

    private let layout: StoreLayout

    init(_ layout: StoreLayout) { self.layout = layout }

    /// One piece of work.
    private enum Piece: Sendable {
        case pages
        case contents
        case rows(CatalogTable, condition: String)
    }

    /// What the pieces found, added up.
    private struct Found: Sendable {
        var sums: [CatalogTable: RowSum] = [:]
        var contents: (CatalogContents, RowSum)?
        /// By the piece that found it: the first one is told, whichever thread was faster.
        var errors: [Int: StoreError] = [:]

        func throwFirst() throws(StoreError) {
            if let first = errors.keys.min(), let error = errors[first] { throw error }
        }
    }

    /// - Parameter catalog: whose gate was checked, which has rolled back what a dead writer left
    func run(_ catalog: Catalog) throws(StoreError) -> CatalogContents {
        let pieces = try catalog.read { try RecoveryCheck.pieces($0) }
        let found = Mutex(Found())
        side(pieces.count, found) { [layout] own, index throws(StoreError) in
            if own == nil { own = try Catalog(path: layout.catalog, access: .readOnly) }
            guard let own else { return }
            try RecoveryCheck.work(pieces[index], own, found)
        }
        let result = found.withLock { $0 }
        try result.throwFirst()
        guard let (contents, small) = result.contents else { preconditionFailure("a piece of work was lost") }
        try RecoveryCheck.compare(contents.head, small, result.sums, path: layout.catalog)
        try files(contents)
        return contents
    }

    /// Every chunk's file must be there, with its size, header and trailer.
    func files(_ contents: CatalogContents) throws(StoreError) {
        let chunks = contents.chunks
        let found = Mutex(Found())
        side((chunks.count + RecoveryCheck.filesAPiece - 1) / RecoveryCheck.filesAPiece, found) {
            [layout] _, index throws(StoreError) in
            let first = index * RecoveryCheck.filesAPiece
            for chunk in chunks[first..<min(first + RecoveryCheck.filesAPiece, chunks.count)] {
                try Recovery.checkEnds(layout, chunk)
            }
        }
        try found.withLock { $0 }.throwFirst()
    }

    /// Does all pieces, each once, on every core.
    ///
    /// - Parameter body: gets a thread's own connection to make and keep, and the number of the piece
    private func side(
        _ count: Int, _ found: borrowing Mutex<Found>,
        _ body: @Sendable (_ own: inout Catalog?, _ index: Int) throws(StoreError) -> Void
    ) {
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: min(count, ProcessInfo.processInfo.activeProcessorCount)) { _ in
            var own: Catalog?
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                do throws(StoreError) {
                    try body(&own, index)
                } catch {
                    found.withLock { $0.errors[index] = error }
                }
            }
        }
    }

    /// The longest first.
    private static func pieces(_ transaction: CatalogTransaction) throws -> [Piece] {
        var pieces = [Piece.pages, .contents]
        var dataset = 0
        while true {
            // The highest id of the next dataset that has prompts, whatever the table of datasets says.
            let first = try transaction.number("SELECT min(id) FROM prompts WHERE id >= \((dataset + 1) << 32)")
            guard first > 0 else { break }
            dataset = first >> 32
            let count = try transaction.promptCount(ofDataset: dataset)
            for start in stride(from: 0, to: count, by: promptsAPiece) {
                let last = min(start + promptsAPiece, count) - 1
                let base = dataset << 32
                pieces.append(.rows(.prompts, condition: "id BETWEEN \(base + start) AND \(base + last)"))
            }
        }
        return pieces + [.rows(.chunkPrompts, condition: "1"), .rows(.tokenizers, condition: "1")]
    }

    private static func work(
        _ piece: Piece, _ catalog: Catalog, _ found: borrowing Mutex<Found>
    ) throws(StoreError) {
        switch piece {
        case .pages: try catalog.read { try $0.checkPages() }
        case .contents:
            let result = try catalog.read { transaction in
                var sum = RowSum()
                return (try CatalogContents(transaction, sum: &sum), sum)
            }
            found.withLock { $0.contents = result }
        case .rows(let table, let condition):
            let sum = try catalog.read { try $0.scan(table, where: condition) { _ in } }
            found.withLock { $0.sums[table, default: RowSum()] &+= sum }
        }
    }

    /// All rows together must be what the last commit says.
    private static func compare(
        _ head: CatalogHead, _ small: RowSum, _ sums: [CatalogTable: RowSum], path: String
    ) throws(StoreError) {
        var all = small
        for (table, sum) in sums {
            guard sum.count == head.counts[table] ?? 0 else {
                throw StoreError.damagedCatalog(
                    path, "table \(table.rawValue)", expected: "\(head.counts[table] ?? 0) rows", found: "\(sum.count)")
            }
            all &+= sum
        }
        guard all.digests == head.rowsDigest else {
            throw StoreError.damagedCatalog(
                path, "rows after commit \(head.generation)", expected: "digests that sum to \(head.rowsDigest)",
                found: "\(all.digests)")
        }
    }
}
