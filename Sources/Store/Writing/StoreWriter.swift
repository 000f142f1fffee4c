import ChunkFormat
import Glibc

/// The one writer of a store: holds its lock, has recovered it, and starts captures.
///
/// Not for several threads at once.
public final class StoreWriter {
    let layout: StoreLayout
    /// The store's identity, the same for its whole life.
    public let storeID: String
    var catalog: Catalog
    /// What is committed.
    var contents: CatalogContents
    /// What the last opening had to mend, for people: orphans moved to quarantine, leftovers removed.
    public let recovery: RecoveryReport
    private var registries: [[UInt8]: PromptRegistry] = [:]
    private let lock: OpenFile
    /// Encodes and writes chunks in the background.
    let pipeline: ChunkPipeline
    /// The capture with a chunk in flight: no other one may begin before that is committed.
    weak var busyCapture: CaptureWriter?
    private let freeBytes: FreeSpaceProbe

    /// Bytes free on the path's file system: replaced in tests.
    typealias FreeSpaceProbe = (String) throws(StoreError) -> Int

    /// Opens the store for writing; creates it where the directory is missing or empty, recovers it where a writer died.
    ///
    /// - Parameter threads: that encode; nil for one a core. The store's bytes don't depend on it.
    public convenience init(path: String, threads: Int? = nil) throws(StoreError) {
        try self.init(path: path, threads: threads) { (path) throws(StoreError) in try FileSystem.freeBytes(path) }
    }

    init(path: String, threads: Int? = nil, freeBytes: @escaping FreeSpaceProbe) throws(StoreError) {
        layout = StoreLayout(path)
        pipeline = ChunkPipeline(threads: threads ?? ChunkPipeline.coreCount)
        self.freeBytes = freeBytes
        try StoreCreation.prepareDirectory(layout)
        lock = try StoreWriter.takeLock(layout)
        let descriptor = try StoreCreation.descriptorOrCreate(layout)
        try StoreWriter.checkWritable(descriptor, layout)
        storeID = descriptor.uuid
        catalog = try Catalog(path: layout.catalog, access: .writable)
        (contents, recovery) = try Recovery.run(layout, catalog, uuid: descriptor.uuid)
    }

    static func checkWritable(_ descriptor: StoreDescriptor, _ layout: StoreLayout) throws(StoreError) {
        guard descriptor.readOnlyCompatible == 0 else {
            throw StoreError(
                .newerFormat, "\(layout.path): a newer varve made this store; this one can read but not write it")
        }
    }

    static func takeLock(_ layout: StoreLayout) throws(StoreError) -> OpenFile {
        var file = try FileSystem.open(layout.writerLock, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        guard try file.lock(exclusively: true) else {
            throw StoreError(
                .locked, "\(layout.path): another varve is writing to this store; wait for it or stop it")
        }
        return file
    }

    /// Starts a capture, or takes up one that was interrupted: the chunks that are there already are marked committed.
    ///
    /// A complete capture of the same model and prompts is given the columns that it lacks, and only those
    /// (`CaptureWriter.columns`); readers see them once they cover all its rows.
    ///
    /// - Parameters:
    ///   - prompts: in capture order, all of them
    ///   - chunkBytes: raw bytes of a chunk; a capture that exists keeps the size it began with
    public func beginCapture(
        _ spec: CaptureSpec, prompts: [PromptRecord], chunkBytes: Int = 256 << 20
    ) throws(StoreError) -> CaptureWriter {
        try spec.check()
        let writer = try CaptureWriter(self, spec, prompts, chunkBytes: max(1, chunkBytes))
        try checkRoom(for: writer.estimatedBytes)
        return writer
    }

    /// Refuses before anything is written where these bytes would leave less than the reserve.
    public func checkRoom(for bytes: Int) throws(StoreError) {
        guard bytes > 0 else { return }
        let needed = bytes + bytes / 20 + 256 << 20
        let free = try freeBytes(layout.path)
        guard free >= needed else {
            throw StoreError(
                .noRoom(needed: needed, free: free),
                "\(layout.path): no room: up to \(needed >> 20) MiB are needed (with a reserve of 256 MiB), "
                    + "\(free >> 20) MiB are free; nothing was written")
        }
    }

    /// The prompts of a dataset, read once for all captures of this writer.
    func registry(for dataset: String) throws(StoreError) -> PromptRegistry {
        let name = Array(dataset.utf8)
        if let known = registries[name] { return known }
        let registry = try PromptRegistry(catalog, contents, dataset: dataset)
        registries[name] = registry
        return registry
    }

    /// The prompts of a dataset may have become others.
    func forgetRegistries() { registries = [:] }

    /// One commit of the catalogue: `contents` is kept current without reading anything again. A COMMIT whose outcome isn't
    /// known is looked up.
    ///
    /// - Parameters:
    ///   - what: a word for people
    ///   - isThere: whether the store holds what was to be committed; asked after a failure
    func commit(
        _ what: String, isThere: (CatalogContents) -> Bool, _ body: (inout CatalogCommit) throws -> Void
    ) throws(StoreError) {
        do throws(StoreError) {
            let commit = try catalog.write { transaction in
                var commit = CatalogCommit(transaction, after: contents.head, nextIDs: contents.nextIDs)
                try body(&commit)
                try commit.finish(what: what, time: StoreCreation.now())
                return commit
            }
            try contents.apply(commit, path: layout.catalog)
        } catch {
            try reopen()
            if !isThere(contents) { throw error }
        }
    }

    /// Reads the catalogue's small tables again, and forgets what is known of prompts.
    func refresh() throws(StoreError) {
        forgetRegistries()
        contents = try catalog.read { try CatalogContents($0) }
    }

    /// Opens the catalogue anew, after a COMMIT whose outcome isn't known.
    func reopen() throws(StoreError) {
        try? catalog.close()
        catalog = try Catalog(path: layout.catalog, access: .writable)
        try refresh()
    }
}
