import ChunkFormat
import Glibc

/// Makes a new store. `STORE.json` comes last: without it there is no store, only leftovers to begin again from.
enum StoreCreation {
    /// Makes the directory where it is missing, and refuses one that holds something else.
    static func prepareDirectory(_ layout: StoreLayout) throws(StoreError) {
        try checkDirectory(layout)
        if try FileSystem.attributes(layout.path) == nil { try FileSystem.makeDirectory(layout.path) }
    }

    /// Refuses a place where no store can be made and none is.
    static func checkDirectory(_ layout: StoreLayout) throws(StoreError) {
        if try FileSystem.attributes(layout.path) == nil {
            guard try FileSystem.attributes(layout.parent + "/.") != nil else {
                throw StoreError(
                    .missing, "\(layout.path): the directory \(layout.parent) does not exist; make it first")
            }
            return
        }
        if try FileSystem.attributes(layout.descriptor) != nil { return }
        // A plain file gives ENOTDIR here; a link to a directory is followed.
        guard try FileSystem.attributes(layout.path + "/.") != nil else {
            throw StoreError(
                .notAStore, "\(layout.path): a store is a directory, not a file; give another path")
        }
        let names = try FileSystem.names(in: layout.path)
        guard names.allSatisfy(StoreLayout.names.contains) else {
            throw StoreError(
                .notAStore, "\(layout.path): not a store, and not empty; give a new or an empty directory")
        }
    }

    /// The store's description; makes the store if there is none. The writer's lock must be held.
    static func descriptorOrCreate(_ layout: StoreLayout) throws(StoreError) -> StoreDescriptor {
        if try FileSystem.attributes(layout.descriptor) != nil { return try StoreDescriptor.read(layout) }
        try clearLeftovers(layout)
        for directory in [layout.chunks, layout.temporary, layout.quarantine] {
            try FileSystem.makeDirectory(directory)
        }
        let readers = try FileSystem.open(layout.readersLock, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        try readers.synchronize()
        let descriptor = StoreDescriptor(uuid: StoreDescriptor.newIdentity())
        try createCatalog(layout, descriptor)

        try write(descriptor, layout)
        return descriptor
    }

    /// The last step: puts the description in its place and makes the store's names durable.
    static func write(_ descriptor: StoreDescriptor, _ layout: StoreLayout) throws(StoreError) {
        let part = layout.temporary + "/STORE.json"
        let file = try FileSystem.create(part, mode: 0o600)
        try file.writeAll(descriptor.encoded.rawSpan)
        try file.synchronize()
        try file.close()
        try FileSystem.synchronizeDirectory(layout.chunks)
        // No store must show before all of its names: a catalogue may have been put in its place just now.
        try FileSystem.synchronizeDirectory(layout.path)
        guard try FileSystem.renameExclusively(part, layout.descriptor) else {
            throw StoreError(.conflict, "\(layout.descriptor): appeared while the store was being made")
        }
        try FileSystem.synchronizeDirectory(layout.temporary)
        try FileSystem.synchronizeDirectory(layout.path)
        try FileSystem.synchronizeDirectory(layout.parent)
    }

    private static func createCatalog(_ layout: StoreLayout, _ descriptor: StoreDescriptor) throws(StoreError) {
        // SQLite would make it readable for all.
        try FileSystem.create(layout.catalog, mode: 0o600).close()
        let catalog = try Catalog(path: layout.catalog, access: .writable)
        try catalog.createSchema()
        _ = try catalog.write { transaction in
            var commit = CatalogCommit(transaction, after: CatalogHead())
            try commit.insert(.store, [.int(1), .text(descriptor.uuid)])
            try commit.finish(what: "create", time: now())
        }
        try catalog.close()
    }

    /// What a creation that died left behind. Chunk files are no leftovers: then the description was lost.
    private static func clearLeftovers(_ layout: StoreLayout) throws(StoreError) {
        if try FileSystem.attributes(layout.chunks) != nil, let file = try layout.chunkFiles().first {
            throw StoreError(
                Corruption(
                    path: layout.descriptor, offset: 0, what: "STORE.json", expected: "a store's description",
                    found: "nothing, but chunk files such as \(file.name)"))
        }
        for path in [layout.catalog, layout.catalog + "-journal"] where try FileSystem.attributes(path) != nil {
            try FileSystem.remove(path)
        }
        if try FileSystem.attributes(layout.temporary) != nil { try Recovery.emptyTemporary(layout) }
    }

    /// Seconds since 1970.
    static func now() -> Int { time(nil) }
}
