import CSystem
import ChunkFormat
import GRDB

extension Catalog {
    /// Opens a store's catalogue for reading, whatever its version: an old one is copied into memory, checked as what it is
    /// and migrated there, so that nothing is written and everything else knows one schema only.
    static func openForReading(_ layout: StoreLayout, uuid: String) throws(StoreError) -> Catalog {
        let stored = try Catalog(path: layout.catalog, access: .readOnly)
        guard try stored.read({ try $0.checkGate(uuid: uuid) }) != .current else { return stored }
        return try stored.migratedCopy(uuid: uuid)
    }

    private func migratedCopy(uuid: String) throws(StoreError) -> Catalog {
        do {
            let copy = try DatabaseQueue(configuration: Catalog.configuration(.memory))
            try queue.backup(to: copy)
            let catalog = Catalog(copy, path: path)
            try catalog.write { transaction in
                let old = transaction.reading(try transaction.checkGate(uuid: uuid))
                try CatalogMigration.run(transaction, from: try old.checkEverything(), time: StoreCreation.now())
            }
            try copy.inDatabase { try $0.execute(sql: "PRAGMA query_only = ON") }
            return catalog
        } catch {
            throw Catalog.storeError(error, path)
        }
    }

    /// Runs VACUUM, or VACUUM INTO a file that is there and empty. SQLite attaches that file, which is else forbidden.
    func vacuum(into target: String? = nil) throws(StoreError) {
        do {
            try queue.writeWithoutTransaction { db in
                guard let connection = unsafe db.sqliteConnection else { return }
                unsafe _ = sqlite3_limit(connection, SQLITE_LIMIT_ATTACHED, 1)
                defer { unsafe _ = sqlite3_limit(connection, SQLITE_LIMIT_ATTACHED, 0) }
                if let target {
                    try db.execute(sql: "VACUUM INTO ?", arguments: [target])
                } else {
                    try db.execute(sql: "VACUUM")
                }
            }
        } catch {
            throw Catalog.storeError(error, path)
        }
    }
}
