import ChunkFormat
import Glibc

/// What was put into a new store.
public struct ExportReport: Sendable, Hashable {
    /// Names of the captures.
    public var captures: [String] = []
    /// Chunk files copied.
    public var chunkFiles = 0
    /// Their bytes.
    public var bytes = 0
}

/// A new store that holds some captures of another one, to be given away.
///
/// Chunk files are copied, each compared with the digest in its name; the catalogue is made from the copies, so that nothing
/// else of the source comes along: no other prompt, name, commit or time.
public enum SubsetExport {
    /// `STORE.json` comes last: a copy that was interrupted is no store. After an error nothing stays behind.
    ///
    /// - Parameters:
    ///   - captures: of this snapshot
    ///   - target: missing, or an empty directory
    ///   - progress: bytes copied, and in all
    ///   - isInterrupted: asked after each MiB; true ends the export with `interrupted`
    @discardableResult
    public static func run(
        _ snapshot: Snapshot, captures: [CaptureRecord], to target: String,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }, isInterrupted: () -> Bool = { false }
    ) throws(StoreError) -> ExportReport {
        let layout = StoreLayout(target)
        try checkIsFree(layout)
        try StoreCreation.prepareDirectory(layout)
        let lock = try StoreWriter.takeLock(layout)
        do throws(StoreError) {
            let report = try fill(layout, snapshot, captures, progress, isInterrupted)
            try lock.close()
            return report
        } catch {
            clear(layout)
            throw error
        }
    }

    /// What is there already is never touched: an export that was killed can't be told from a store that lost its description.
    private static func checkIsFree(_ layout: StoreLayout) throws(StoreError) {
        guard try FileSystem.attributes(layout.path + "/.") != nil else { return }
        let names = try FileSystem.names(in: layout.path)
        guard !names.isEmpty else { return }
        let isUnfinished = names.contains("chunks") && !names.contains("STORE.json")
        throw StoreError(
            .conflict,
            "\(layout.path): not empty; "
                + (isUnfinished
                    ? "an export that was killed may have left it: remove the directory, or give another one"
                    : "give a new directory or an empty one"))
    }

    private static func fill(
        _ layout: StoreLayout, _ snapshot: Snapshot, _ captures: [CaptureRecord],
        _ progress: (_ done: Int, _ total: Int) -> Void, _ isInterrupted: () -> Bool
    ) throws(StoreError) -> ExportReport {
        for directory in [layout.chunks, layout.temporary, layout.quarantine] {
            try FileSystem.makeDirectory(directory)
        }
        let readers = try FileSystem.open(layout.readersLock, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        try readers.synchronize()
        var report = ExportReport()
        let records = captures.flatMap { $0.groups.flatMap(\.chunks) }
        let total = records.reduce(0) { $0 + $1.storedBytes }
        try checkRoom(for: total, layout)
        var chunks: [AdoptableChunk] = []
        var descriptions: [Digest128: StoredSpec] = [:]
        for record in records {
            progress(report.bytes, total)
            try copy(record.name, from: snapshot.layout, to: layout, isInterrupted)
            report.bytes += record.storedBytes
            let (chunk, description) = try AdoptableChunk.read(
                layout.chunk(record.name), name: record.name, deep: false)
            chunks.append(chunk)
            descriptions[chunk.specDigest] = description
        }
        progress(report.bytes, total)
        let choice = try CaptureChoice(chunks, descriptions) { layout.chunk($0.name) }
        if let other = choice.leftOver.first {
            throw StoreError(.conflict, "\(layout.chunk(other.name)): \(other.reason)")
        }
        let descriptor = StoreDescriptor(uuid: StoreDescriptor.newIdentity())
        let adoption = CatalogAdoption(layout: layout, uuid: descriptor.uuid)
        try adoption.build(choice.captures, what: "export of \(choice.captures.count) captures")
        guard try FileSystem.renameExclusively(adoption.part, layout.catalog) else {
            throw StoreError(.conflict, "\(layout.catalog): appeared while the store was being made")
        }
        for name in try FileSystem.names(in: layout.chunks) {
            try FileSystem.synchronizeDirectory(layout.chunks + "/" + name)
        }
        try StoreCreation.write(descriptor, layout)
        report.captures = choice.captures.map { "\($0.spec.model)/\($0.spec.dataset)" }
        report.chunkFiles = records.count
        return report
    }

    private static func checkRoom(for bytes: Int, _ layout: StoreLayout) throws(StoreError) {
        let needed = bytes + bytes / 20 + 64 << 20
        let free = try FileSystem.freeBytes(layout.path)
        guard free >= needed else {
            throw StoreError(
                .noRoom(needed: needed, free: free),
                "\(layout.path): no room: \(needed >> 20) MiB are needed, \(free >> 20) MiB are free; nothing was copied"
            )
        }
    }

    /// Copies one chunk file, its bytes hashed on the way, and makes it durable.
    private static func copy(
        _ name: String, from source: StoreLayout, to layout: StoreLayout, _ isInterrupted: () -> Bool
    ) throws(StoreError) {
        let file = try ChunkFile(path: source.chunk(name))
        try FileSystem.makeDirectory(layout.chunkDirectory(name))
        let target = try FileSystem.create(layout.chunk(name), mode: 0o600)
        var digest = StreamingDigest()
        var offset = 0
        while offset < file.size {
            guard !isInterrupted() else {
                throw StoreError(.interrupted, "\(layout.path): stopped; nothing stays there")
            }
            let bytes = try file.file.read(at: offset, count: min(1 << 20, file.size - offset))
            digest.update(bytes.rawSpan)
            try target.writeAll(bytes.rawSpan)
            offset += bytes.count
        }
        let found = digest.value.description
        guard found == name else {
            throw StoreError(
                Corruption(
                    path: file.path, offset: 0, what: "chunk file", expected: "bytes that hash to its name",
                    found: found))
        }
        try target.setMode(0o440)
        try target.synchronize()
        try target.close()
    }

    /// Takes away what a failed export made: all of it lies under names of its own in a directory that was empty.
    private static func clear(_ layout: StoreLayout) {
        for (directory, name) in (try? layout.chunkFiles()) ?? [] {
            try? FileSystem.remove(layout.chunks + "/" + directory + "/" + name)
        }
        for name in (try? FileSystem.names(in: layout.chunks)) ?? [] {
            unsafe rmdir(layout.chunks + "/" + name)
        }
        _ = try? Recovery.emptyTemporary(layout)
        for path in [
            layout.descriptor, layout.catalog, layout.catalog + "-journal", layout.writerLock, layout.readersLock,
        ] { try? FileSystem.remove(path) }
        for path in [layout.chunks, layout.temporary, layout.quarantine] { unsafe rmdir(path) }
    }
}
