import ChunkFormat
import Glibc

/// What opening a store for writing had to mend.
public struct RecoveryReport: Sendable, Hashable {
    /// Chunk files that no commit knows, moved to quarantine/.
    public var quarantined: [String] = []
    /// Files removed from tmp/.
    public var removedTemporaries = 0
}

/// Brings a store to its last commit. Idempotent; looks at every chunk file's ends, not at its blocks.
enum Recovery {
    static func run(
        _ layout: StoreLayout, _ catalog: Catalog, uuid: String
    ) throws(StoreError) -> (CatalogContents, RecoveryReport) {
        // Reading rolls back what a dead writer left in SQLite's journal.
        try catalog.read { transaction in
            guard try transaction.checkGate(uuid: uuid) == .current else { throw olderFormat(layout) }
        }
        let contents = try RecoveryCheck(layout).run(catalog)
        return (contents, try tidy(layout, contents))
    }

    static func olderFormat(_ layout: StoreLayout) -> StoreError {
        StoreError(
            .olderFormat,
            "\(layout.path): an older varve made this store; it can be read as it is, and written after "
                + "varve migrate \(layout.path)")
    }

    /// Puts everything away that no commit knows.
    static func tidy(_ layout: StoreLayout, _ contents: CatalogContents) throws(StoreError) -> RecoveryReport {
        var isMissing = false
        for directory in [layout.chunks, layout.temporary, layout.quarantine] {
            if try FileSystem.makeDirectory(directory) { isMissing = true }
        }
        // Files are about to get names there: the directory's own name must be durable first.
        if isMissing { try FileSystem.synchronizeDirectory(layout.path) }
        var report = RecoveryReport()
        report.removedTemporaries = try emptyTemporary(layout)
        report.quarantined = try quarantineOrphans(layout, contents)
        return report
    }

    /// Header, trailer and size of a committed chunk; its key must be the one that was committed.
    static func checkEnds(_ layout: StoreLayout, _ chunk: CatalogContents.Chunk) throws(StoreError) {
        let ends = try ChunkFile.ends(path: layout.chunk(chunk.record.name))
        guard ends.size == chunk.record.storedBytes else {
            throw StoreError(
                Corruption(
                    path: ends.path, offset: min(ends.size, chunk.record.storedBytes), what: "chunk file",
                    expected: "\(chunk.record.storedBytes) bytes", found: "\(ends.size)"))
        }
        guard ends.header.key == Digest128(hexadecimal: chunk.key) else {
            throw StoreError(
                Corruption(
                    path: ends.path, offset: 0, what: "chunk file", expected: "the chunk with key \(chunk.key)",
                    found: "the one with key \(ends.header.key)"))
        }
    }

    @discardableResult
    static func emptyTemporary(_ layout: StoreLayout) throws(StoreError) -> Int {
        let names = try FileSystem.names(in: layout.temporary)
        for name in names { try FileSystem.remove(layout.temporary + "/" + name) }
        if !names.isEmpty { try FileSystem.synchronizeDirectory(layout.temporary) }
        return names.count
    }

    /// Moves chunk files that no commit knows out of the way.
    ///
    /// A writer that dies leaves one at most. Several that are newer than the catalogue mean that the catalogue is an
    /// old one, put back from a backup: its newer chunks must not be moved away.
    private static func quarantineOrphans(
        _ layout: StoreLayout, _ contents: CatalogContents
    ) throws(StoreError) -> [String] {
        let known = contents.knownFiles
        var orphans: [(directory: String, name: String, modified: Int)] = []
        for file in try layout.chunkFiles() where !known.contains(file.name) {
            let path = layout.chunks + "/" + file.directory + "/" + file.name
            let modified = try FileSystem.attributes(path)?.modified ?? 0
            orphans.append((file.directory, file.name, modified))
        }
        guard !orphans.isEmpty else { return [] }
        let catalogTime = try FileSystem.attributes(layout.catalog)?.modified ?? 0
        let newer = orphans.filter { $0.modified > catalogTime }
        guard newer.count <= 1 else {
            throw StoreError(
                .conflict,
                "\(layout.catalog): \(newer.count) chunk files are newer than this catalogue and unknown to it, such as "
                    + "\(newer[0].name): was an old catalogue put back? Put the newest one back, or move the "
                    + "files from chunks/ to quarantine/ by hand")
        }
        try layout.quarantine(orphans.map { ($0.directory, $0.name) })
        return orphans.map(\.name)
    }
}
