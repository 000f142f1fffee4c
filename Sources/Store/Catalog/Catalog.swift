import CSystem
import ChunkFormat
import Foundation
import GRDB
import Schema

/// A connection to `catalog.sqlite`: the only file of a store that changes, and its COMMIT the only commit point.
///
/// The files of the module that know GRDB are this one, `CatalogTransaction`, `CatalogScan`, `CatalogOpening` and
/// `ResultsFile`.
final class Catalog: Sendable {
    let path: String
    let queue: DatabaseQueue

    enum Access {
        case readOnly
        case writable
        /// A copy in memory.
        case memory
    }

    /// - Parameter access: `writable` creates the file where there is none
    init(path: String, access: Access) throws(StoreError) {
        self.path = path
        do {
            queue = try DatabaseQueue(path: path, configuration: Catalog.configuration(access))
        } catch {
            throw Catalog.storeError(error, path)
        }
    }

    /// A catalogue in memory, for what can't be changed where it lies.
    ///
    /// - Parameter path: for messages
    init(_ queue: DatabaseQueue, path: String) {
        self.path = path
        self.queue = queue
    }

    /// How every SQLite file of varve is opened.
    static func configuration(_ access: Access) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = access == .readOnly
        // A reader holds its lock for one short transaction, `sql` for ten seconds at most.
        configuration.busyMode = .timeout(30)
        configuration.label = "varve"
        configuration.prepareDatabase { db in try Catalog.harden(db, access) }
        return configuration
    }

    private static func harden(_ db: Database, _ access: Access) throws {
        guard let connection = unsafe db.sqliteConnection else { return }
        unsafe _ = varve_sqlite_defensive(connection)
        unsafe _ = varve_sqlite_no_extensions(connection)
        unsafe _ = sqlite3_limit(connection, SQLITE_LIMIT_ATTACHED, 0)
        try db.execute(sql: "PRAGMA trusted_schema = OFF")
        try db.execute(sql: "PRAGMA cell_size_check = ON")
        try db.execute(sql: "PRAGMA mmap_size = 0")
        // A migration's own tables must find room on read-only media too.
        try db.execute(sql: "PRAGMA temp_store = MEMORY")
        switch access {
        case .memory: break
        case .writable:
            // The other journal modes and levels lose acknowledged commits when the power fails.
            try db.execute(sql: "PRAGMA journal_mode = DELETE")
            try db.execute(sql: "PRAGMA synchronous = EXTRA")
            // What a purge forgets must not stay behind in free pages.
            try db.execute(sql: "PRAGMA secure_delete = ON")
        case .readOnly:
            try db.execute(sql: "PRAGMA query_only = ON")
        }
    }

    /// Runs `body` in one read transaction.
    func read<T>(_ body: (CatalogTransaction) throws -> T) throws(StoreError) -> T {
        do {
            return try queue.read { try body(CatalogTransaction($0, path: path)) }
        } catch {
            throw Catalog.storeError(error, path)
        }
    }

    /// Runs `body` without a transaction of its own: for the one statement of a connection that is then given up.
    func readOnce<T>(_ body: (CatalogTransaction) throws -> T) throws(StoreError) -> T {
        do {
            return try queue.unsafeRead { try body(CatalogTransaction($0, path: path)) }
        } catch {
            throw Catalog.storeError(error, path)
        }
    }

    /// Runs `body` in one `BEGIN IMMEDIATE … COMMIT`; an error rolls back.
    func write<T>(_ body: (CatalogTransaction) throws -> T) throws(StoreError) -> T {
        do {
            var result: T?
            try queue.inTransaction(.immediate) { db in
                result = try body(CatalogTransaction(db, path: path))
                return .commit
            }
            guard let result else { throw StoreError(.io(0), "\(path): the transaction gave no result") }
            return result
        } catch {
            throw Catalog.storeError(error, path)
        }
    }

    /// Creates the tables of a new catalogue.
    func createSchema() throws(StoreError) {
        _ = try write { transaction in
            for migration in Schema.migrations { try transaction.execute(migration.sql) }
            try transaction.execute("PRAGMA application_id = \(Schema.applicationID)")
            try transaction.execute("PRAGMA user_version = \(Schema.currentVersion)")
        }
    }

    /// Closes the connection; use it no more.
    func close() throws(StoreError) {
        do {
            try queue.close()
        } catch {
            throw Catalog.storeError(error, path)
        }
    }

    /// What a new catalogue's schema reads like, so that an old one can be compared with it.
    static func expectedSchema(_ version: CatalogVersion) -> [String] { expectedSchemas[version] ?? [] }

    private static let expectedSchemas: [CatalogVersion: [String]] = {
        do {
            return try DatabaseQueue().write { db in
                var lines: [CatalogVersion: [String]] = [:]
                for migration in Schema.migrations {
                    try db.execute(sql: migration.sql)
                    guard let version = CatalogVersion(rawValue: migration.version) else { continue }
                    lines[version] = try CatalogTransaction(db, path: ":memory:").schemaLines()
                }
                return lines
            }
        } catch {
            preconditionFailure("the schema's own SQL fails: \(error)")
        }
    }()

    /// Translates what SQLite says.
    static func storeError(_ error: any Error, _ path: String) -> StoreError {
        if let error = error as? StoreError { return error }
        if let error = error as? Corruption { return StoreError(error) }
        guard let error = error as? DatabaseError else { return StoreError(.io(0), "\(path): \(error)") }
        let message = error.message ?? "SQLite error \(error.resultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return damagedCatalog(path, message)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return StoreError(.locked, "\(path): another process is using the catalogue; try again")
        case .SQLITE_FULL:
            return StoreError(
                .noRoom(needed: 0, free: 0), "\(path): the file system is full; what was committed is kept")
        case .SQLITE_READONLY:
            return StoreError(
                .readOnly,
                "\(path): \(message); after a crash the store must be opened once for writing, to roll back")
        case .SQLITE_CANTOPEN:
            return StoreError(.missing, "\(path): the catalogue can't be opened: \(message)")
        default:
            return StoreError(.io(Int32(error.resultCode.rawValue)), "\(path): SQLite: \(message)")
        }
    }

    private static func damagedCatalog(_ path: String, _ found: String) -> StoreError {
        .damagedCatalog(path, "SQLite file", expected: "a sound database", found: found)
    }
}
