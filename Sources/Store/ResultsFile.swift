import ChunkFormat
import Foundation
import GRDB

/// One saved result.
public struct SavedResult: Sendable, Hashable {
    /// Unique in the file.
    public let name: String
    /// What the payload holds, in the saver's words: `table`, `probe` …
    public let kind: String
    /// In the saver's own format.
    public let payload: [UInt8]
    /// JSON: query, parameters, store identity and generation.
    public let provenance: String
    /// Seconds since 1970.
    public let savedAt: Int
}

/// Named results of queries, kept beside the store in `<STORE>.results.sqlite`: the store itself stays as ingested.
public final class ResultsFile: Sendable {
    /// Where the results are; the file is made by the first `save`.
    public let path: String

    static let applicationID = 0x5641_5252  // "VARR"
    private static let schema = """
        CREATE TABLE results (
            name TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            payload BLOB NOT NULL,
            provenance TEXT NOT NULL,
            saved_at INTEGER NOT NULL,
            digest INTEGER NOT NULL
        ) STRICT
        """
    private static let payloadLimit = 256 << 20

    /// - Parameter store: the store's path
    public init(store: String) { path = StoreLayout(store).path + ".results.sqlite" }

    /// Keeps a result under a name.
    ///
    /// - Parameter overwrite: whether a result of that name may be replaced; else it is a conflict
    public func save(
        name: String, kind: String, payload: [UInt8], provenance: String, overwrite: Bool = false
    ) throws(StoreError) {
        guard !name.isEmpty, name.utf8.count <= 256, !name.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
            throw StoreError(.conflict, "\(path): a result needs a name of 1 to 256 bytes in one line")
        }
        guard payload.count <= ResultsFile.payloadLimit else {
            throw StoreError(
                .conflict, "\(path): result \(name) has \(payload.count >> 20) MiB; 256 MiB is the most")
        }
        let savedAt = StoreCreation.now()
        let digest = ResultsFile.digest(name, kind, payload, provenance, savedAt)
        try open(readOnly: false) { db in
            if !overwrite, try Bool.fetchOne(db, sql: "SELECT 1 FROM results WHERE name = ?", arguments: [name]) == true
            {
                throw StoreError(
                    .conflict,
                    "\(self.path): there is a result \"\(name)\" already; save it as another name or overwrite it")
            }
            try db.execute(
                sql: "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [name, kind, Data(payload), provenance, savedAt, digest])
        }
    }

    /// The result of that name.
    public func load(name: String) throws(StoreError) -> SavedResult {
        let found = try results("WHERE name = ?", [name])
        guard let result = found.first else {
            throw StoreError(.unknown, "\(path): there is no result \"\(name)\"")
        }
        return result
    }

    /// Every result, by name. Payloads are read to check them.
    public func list() throws(StoreError) -> [SavedResult] { try results("ORDER BY name", []) }

    private func results(_ clause: String, _ arguments: [String]) throws(StoreError) -> [SavedResult] {
        guard try FileSystem.attributes(path) != nil else { return [] }
        return try open(readOnly: true) { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT name, kind, payload, provenance, saved_at, digest FROM results \(clause)",
                arguments: StatementArguments(arguments))
            return try rows.map { row in
                let fields = (0..<4).map { String.fromDatabaseValue(row[$0]) ?? "" }
                let payload = [UInt8](Data.fromDatabaseValue(row[2]) ?? Data())
                let savedAt = Int.fromDatabaseValue(row[4]) ?? 0
                let expected = ResultsFile.digest(fields[0], fields[1], payload, fields[3], savedAt)
                guard Int.fromDatabaseValue(row[5]) == expected else {
                    throw StoreError.damagedCatalog(
                        self.path, "result \(fields[0])", expected: "digest \(expected)", found: "another")
                }
                return SavedResult(
                    name: fields[0], kind: fields[1], payload: payload, provenance: fields[3], savedAt: savedAt)
            }
        }
    }

    private static func digest(
        _ name: String, _ kind: String, _ payload: [UInt8], _ provenance: String, _ savedAt: Int
    ) -> Int {
        var out = ByteWriter()
        for text in [name, kind, provenance] { out.append(text) }
        out.append(block: payload)
        out.append(Int64(savedAt))
        return Int(bitPattern: UInt(Checksum.of(out.bytes)))
    }

    /// Runs `body` in a transaction on a connection of its own.
    private func open<T>(readOnly: Bool, _ body: (Database) throws -> T) throws(StoreError) -> T {
        do {
            let queue = try DatabaseQueue(
                path: path, configuration: Catalog.configuration(readOnly ? .readOnly : .writable))
            defer { try? queue.close() }
            if readOnly {
                return try queue.read { db in
                    try check(db)
                    return try body(db)
                }
            }
            return try queue.write { db in
                if try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0 {
                    try db.execute(sql: ResultsFile.schema)
                    try db.execute(sql: "PRAGMA application_id = \(ResultsFile.applicationID)")
                    try db.execute(sql: "PRAGMA user_version = 1")
                }
                try check(db)
                return try body(db)
            }
        } catch {
            throw Catalog.storeError(error, path)
        }
    }

    private func check(_ db: Database) throws {
        let application = try Int.fetchOne(db, sql: "PRAGMA application_id")
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version")
        guard application == ResultsFile.applicationID else {
            throw StoreError(.notAStore, "\(path): not a file of varve's results")
        }
        guard version == 1 else {
            throw StoreError(.newerFormat, "\(path): a newer varve wrote these results")
        }
    }
}
