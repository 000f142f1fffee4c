import ChunkFormat
import Dispatch
import Glibc
import Synchronization

/// What a rebuild found and made.
public struct RebuildReport: Sendable {
    /// One capture of the new catalogue.
    public struct Capture: Sendable, Hashable {
        /// `MODEL/DATASET`.
        public var name: String
        /// Tokens that it has now.
        public var rowCount: Int
        /// Whether all of its rows are there.
        public var isComplete: Bool
    }

    /// In the new catalogue's order.
    public internal(set) var captures: [Capture] = []
    /// Chunk files that the new catalogue names.
    public internal(set) var chunkFiles = 0
    /// Their bytes.
    public internal(set) var bytes = 0
    /// Chunk files that are in quarantine/ now, and why.
    public internal(set) var quarantined: [(name: String, reason: String)] = []
    /// Where the old catalogue is now; nil where there was none.
    public internal(set) var oldCatalog: String?
    /// Whether the store got a new identity, as `STORE.json` was lost.
    public internal(set) var hasNewIdentity = false
}

/// Makes a store's catalogue again, from its chunk files alone.
///
/// Lost are what no chunk file says: commits with their times, what was removed and not yet purged (it comes back), ids,
/// and how far an unfinished capture was to go. Prompts of a dataset and captures come in the order of their files' times.
public enum StoreRebuild {
    /// Reads every byte of every chunk file, chooses for each capture chunks that cover its rows without a gap, builds the
    /// new catalogue in tmp/ and puts it in the old one's place, which moves to quarantine/. Then chunk files that are damaged or
    /// left over move there too. It may be killed at any point and run again.
    ///
    /// - Parameters:
    ///   - newIdentity: whether a store whose `STORE.json` is missing or damaged gets a new one
    ///   - progress: bytes read, and in all
    public static func run(
        _ path: String, newIdentity: Bool = false,
        progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(StoreError) -> RebuildReport {
        let layout = StoreLayout(path)
        guard try FileSystem.attributes(layout.path + "/.") != nil, try FileSystem.attributes(layout.chunks) != nil
        else { throw StoreError(.notAStore, "\(layout.path): not a store: it has no chunks/") }
        var report = RebuildReport()
        let descriptor = try identity(layout, newIdentity, &report)
        let lock = try StoreWriter.takeLock(layout)
        var readers = try FileSystem.open(layout.readersLock, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        guard try readers.lock(exclusively: true) else {
            throw StoreError(
                .locked, "\(layout.path): a reader has the store open (a shell, a query); close it and rebuild again")
        }
        for directory in [layout.temporary, layout.quarantine] { try FileSystem.makeDirectory(directory) }
        try Recovery.emptyTemporary(layout)

        let files = try layout.chunkFiles()
        let found = try read(files, layout, progress)
        var moved: [(directory: String, name: String, reason: String)] = []
        for index in found.errors.keys.sorted() {
            moved.append((files[index].directory, files[index].name, found.errors[index]?.description ?? ""))
        }
        let chunks = found.chunks.keys.sorted().compactMap { found.chunks[$0] }
        let choice = try CaptureChoice(chunks, found.descriptions) { layout.chunk($0.name) }
        moved += choice.leftOver.map { (String($0.name.prefix(2)), $0.name, $0.reason) }
        let adoption = CatalogAdoption(layout: layout, uuid: descriptor.uuid)
        try adoption.build(choice.captures, what: "rebuild from \(chunks.count) chunk files")
        report.oldCatalog = try replaceCatalog(with: adoption.part, layout)
        if report.hasNewIdentity { try writeIdentity(descriptor, layout) }
        // Only now: a file that the new catalogue doesn't name is moved away by the next writer as well.
        try layout.quarantine(moved.map { ($0.directory, $0.name) })

        report.quarantined = moved.map { ($0.name, $0.reason) }
        for capture in choice.captures {
            report.captures.append(
                RebuildReport.Capture(
                    name: "\(capture.spec.model)/\(capture.spec.dataset)", rowCount: capture.groups[0].endRow,
                    isComplete: capture.groups.allSatisfy(\.isWhole)))
            for chunk in capture.groups.flatMap(\.chunks) {
                report.chunkFiles += 1
                report.bytes += chunk.storedBytes
            }
        }
        try readers.close()
        try lock.close()
        return report
    }

    /// What the store is called: only a lost description is made anew, and only when asked for.
    private static func identity(
        _ layout: StoreLayout, _ newIdentity: Bool, _ report: inout RebuildReport
    ) throws(StoreError) -> StoreDescriptor {
        do throws(StoreError) {
            let descriptor = try StoreDescriptor.read(layout)
            guard descriptor.readOnlyCompatible == 0 else {
                throw StoreError(
                    .newerFormat, "\(layout.path): a newer varve made this store; this one can read but not write it")
            }
            return descriptor
        } catch {
            switch error.kind {
            case .damaged, .notAStore: break
            default: throw error
            }
            guard newIdentity else {
                throw StoreError(
                    error.kind, error.description + "; varve rebuild --new-identity makes a new STORE.json")
            }
            report.hasNewIdentity = true
            return StoreDescriptor(uuid: StoreDescriptor.newIdentity())
        }
    }

    // MARK: - Reading

    private struct Found: Sendable {
        var chunks: [Int: AdoptableChunk] = [:]
        var descriptions: [Digest128: StoredSpec] = [:]
        var errors: [Int: StoreError] = [:]
        var bytes = 0
    }

    /// Reads all files, each on one core; a damaged one is an entry, not the end.
    private static func read(
        _ files: [(directory: String, name: String)], _ layout: StoreLayout,
        _ progress: @Sendable (_ done: Int, _ total: Int) -> Void
    ) throws(StoreError) -> Found {
        let paths = files.map { layout.chunks + "/" + $0.directory + "/" + $0.name }
        let sizes = try paths.map { (path) throws(StoreError) in try FileSystem.attributes(path)?.size ?? 0 }
        let total = sizes.reduce(0, +)
        let found = Mutex(Found())
        DispatchQueue.concurrentPerform(iterations: files.count) { index in
            do throws(StoreError) {
                guard files[index].name.hasPrefix(files[index].directory) else {
                    throw StoreError(
                        Corruption(
                            path: paths[index], offset: 0, what: "chunk file",
                            expected: "a directory named like its first two digits", found: files[index].directory))
                }
                let (chunk, description) = try AdoptableChunk.read(paths[index], name: files[index].name, deep: true)
                found.withLock {
                    $0.chunks[index] = chunk
                    $0.descriptions[chunk.specDigest] = description
                }
            } catch {
                found.withLock { $0.errors[index] = error }
            }
            let done = found.withLock { found in
                found.bytes += sizes[index]
                return found.bytes
            }
            progress(done, total)
        }
        let result = found.withLock { $0 }
        // A file that can't be read says nothing about its bytes: it must not be taken for damaged.
        for index in result.errors.keys.sorted() {
            guard let error = result.errors[index] else { continue }
            switch error.kind {
            case .damaged: break
            default: throw error
            }
        }
        return result
    }

    // MARK: - Putting in place

    /// The old catalogue and its journal go first, together, as a journal beside another catalogue would destroy that. Whoever
    /// comes after a crash in between finds no catalogue, or an old one without journal, and rebuilds again.
    private static func replaceCatalog(with part: String, _ layout: StoreLayout) throws(StoreError) -> String? {
        var kept: String?
        if try FileSystem.attributes(layout.catalog) != nil {
            kept = try layout.moveToQuarantine(layout.catalog, as: "catalog.sqlite")
            try FileSystem.synchronizeDirectory(layout.quarantine)
            try FileSystem.synchronizeDirectory(layout.path)
        }
        let journal = layout.catalog + "-journal"
        if try FileSystem.attributes(journal) != nil {
            try layout.moveToQuarantine(journal, as: (kept ?? "catalog.sqlite") + "-journal")
            try FileSystem.synchronizeDirectory(layout.quarantine)
            try FileSystem.synchronizeDirectory(layout.path)
        }
        guard try FileSystem.renameExclusively(part, layout.catalog) else {
            throw StoreError(.conflict, "\(layout.catalog): appeared while the catalogue was being made again")
        }
        try FileSystem.synchronizeDirectory(layout.path)
        try FileSystem.synchronizeDirectory(layout.temporary)
        return kept.map { layout.quarantine + "/" + $0 }
    }

    private static func writeIdentity(_ descriptor: StoreDescriptor, _ layout: StoreLayout) throws(StoreError) {
        if try FileSystem.attributes(layout.descriptor) != nil {
            try layout.moveToQuarantine(layout.descriptor, as: "STORE.json")
            try FileSystem.synchronizeDirectory(layout.quarantine)
        }
        try StoreCreation.write(descriptor, layout)
    }
}
