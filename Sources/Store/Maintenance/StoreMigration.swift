import ChunkFormat
import Glibc
import Schema

/// What a migration did.
public struct MigrationReport: Sendable, Hashable {
    /// The catalogue's version before.
    public let from: Int
    /// And now.
    public let to: Int
    /// The file that holds the old catalogue; nil where nothing was to be done.
    public let backup: String?
}

/// Brings a store that an older varve made to the format of this one. Only the catalogue changes; chunk files stay as they
/// are, and the old catalogue stays beside the new one.
public enum StoreMigration {
    /// The name of the old catalogue, in the store's directory.
    static let backupName = "catalog.v1.sqlite"

    /// Takes the writer's lock, checks everything as the old version did, keeps the old catalogue, and migrates in one
    /// transaction. It may be killed at any point and run again. Nothing is done to a store that is of this version.
    @discardableResult
    public static func run(_ path: String) throws(StoreError) -> MigrationReport {
        let layout = StoreLayout(path)
        let descriptor = try StoreDescriptor.read(layout)
        guard descriptor.readOnlyCompatible == 0 else {
            throw StoreError(
                .newerFormat, "\(layout.path): a newer varve made this store; this one can read but not write it")
        }
        let lock = try StoreWriter.takeLock(layout)
        let catalog = try Catalog(path: layout.catalog, access: .writable)
        // Reading rolls back what a dead writer left in SQLite's journal.
        let version = try catalog.read { try $0.checkGate(uuid: descriptor.uuid) }
        guard version != .current else {
            return MigrationReport(from: version.rawValue, to: Schema.currentVersion, backup: nil)
        }
        let old = try catalog.read { try $0.reading(version).checkEverything() }
        let copy = try Catalog.openForReading(layout, uuid: descriptor.uuid)
        let contents = try copy.read { try CatalogContents($0) }
        for directory in [layout.chunks, layout.temporary, layout.quarantine] {
            try FileSystem.makeDirectory(directory)
        }
        try RecoveryCheck(layout).files(contents)
        _ = try Recovery.tidy(layout, contents)
        let backup = try keep(catalog, old, layout, descriptor.uuid)
        try migrate(catalog, old, descriptor.uuid)
        try catalog.close()
        try lock.close()
        return MigrationReport(from: version.rawValue, to: Schema.currentVersion, backup: backup)
    }

    /// Copies the old catalogue beside itself. One that a migration kept that died afterwards is as good.
    private static func keep(
        _ catalog: Catalog, _ old: CatalogHead, _ layout: StoreLayout, _ uuid: String
    ) throws(StoreError) -> String {
        let target = layout.path + "/" + backupName
        if try FileSystem.attributes(target) != nil {
            try check(target, old, uuid)
            return target
        }
        let part = layout.temporary + "/" + backupName
        // SQLite takes an empty file as it is; one that it made itself would be readable for all.
        try FileSystem.create(part, mode: 0o600).close()
        try catalog.vacuum(into: part)
        try check(part, old, uuid)
        let file = try FileSystem.open(part, O_RDWR)
        try file.synchronize()
        try file.close()
        guard try FileSystem.renameExclusively(part, target) else {
            throw StoreError(.conflict, "\(target): appeared while the old catalogue was being copied there")
        }
        try FileSystem.synchronizeDirectory(layout.path)
        try FileSystem.synchronizeDirectory(layout.temporary)
        return target
    }

    /// A copy must be whole and of the same state, or it is no backup.
    private static func check(_ path: String, _ old: CatalogHead, _ uuid: String) throws(StoreError) {
        let copy = try Catalog(path: path, access: .readOnly)
        let head = try copy.read { transaction in
            try transaction.reading(try transaction.checkGate(uuid: uuid)).checkEverything()
        }
        try copy.close()
        guard head.root == old.root, head.generation == old.generation else {
            throw StoreError(
                .conflict,
                "\(path): is there already and holds another state of the catalogue (commit \(head.generation), not "
                    + "\(old.generation)); move it away and migrate again")
        }
    }

    private static func migrate(_ catalog: Catalog, _ old: CatalogHead, _ uuid: String) throws(StoreError) {
        try catalog.write { transaction in
            try CatalogMigration.run(transaction, from: old, time: StoreCreation.now())
            // Nothing is committed that this version would not open.
            try transaction.checkGate(uuid: uuid)
            _ = try transaction.checkEverything()
            _ = try CatalogContents(transaction)
        }
    }
}
