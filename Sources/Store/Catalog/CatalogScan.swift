import CSystem
import ChunkFormat
import GRDB

/// How many rows a scan met, and the wrapping sum of their digests.
struct RowSum: Sendable, Hashable {
    var count = 0
    var digests = 0

    static func &+= (sum: inout RowSum, other: RowSum) {
        sum.count += other.count
        sum.digests &+= other.digests
    }
}

extension CatalogTransaction {
    /// Hands every row that satisfies `condition` to `body` in `id` order, its digest checked.
    @discardableResult
    func scan(
        _ table: CatalogTable, where condition: String = "1", _ body: (CatalogRow) throws -> Void
    ) throws -> RowSum {
        guard let connection = unsafe db.sqliteConnection else { return RowSum() }
        let columns = table.digestedColumns(version)
        let names = columns.joined(separator: ", ")
        let sql = "SELECT \(names), digest FROM \(table.rawValue) WHERE \(condition) ORDER BY 1"
        var statement: OpaquePointer?
        guard unsafe sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK else {
            throw unsafe failure(connection)
        }
        defer { unsafe _ = sqlite3_finalize(statement) }
        var bytes = RowBytes(table)
        var sum = RowSum()
        let last = Int32(columns.count)
        while true {
            let code = unsafe sqlite3_step(statement)
            if code == SQLITE_DONE { return sum }
            guard code == SQLITE_ROW else { throw unsafe failure(connection) }
            let digest = unsafe bytes.digest(statement, columns: last)
            let stored = Int(unsafe sqlite3_column_int64(statement, last))
            guard digest == stored, unsafe sqlite3_column_type(statement, last) == SQLITE_INTEGER else {
                let id = unsafe sqlite3_column_int64(statement, 0)
                throw StoreError.damagedCatalog(
                    path, "row \(id) of \(table.rawValue)", expected: "digest \(digest)", found: "\(stored)")
            }
            let generation = Int(unsafe sqlite3_column_int64(statement, table == .commits ? 0 : last - 1))
            sum.count += 1
            sum.digests &+= digest
            try body(
                unsafe CatalogRow(
                    table, .stored(statement), generation: generation, digest: digest, path: path, version: version))
        }
    }

    /// Digests that rows should have, by id: for rows whose digest isn't there yet.
    func computedDigests(_ table: CatalogTable) throws -> [(id: Int, digest: Int)] {
        guard let connection = unsafe db.sqliteConnection else { return [] }
        let columns = table.digestedColumns(version)
        var statement: OpaquePointer?
        let sql = "SELECT \(columns.joined(separator: ", ")) FROM \(table.rawValue)"
        guard unsafe sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK else {
            throw unsafe failure(connection)
        }
        defer { unsafe _ = sqlite3_finalize(statement) }
        var bytes = RowBytes(table)
        var digests: [(Int, Int)] = []
        while true {
            let code = unsafe sqlite3_step(statement)
            if code == SQLITE_DONE { return digests }
            guard code == SQLITE_ROW else { throw unsafe failure(connection) }
            let id = Int(unsafe sqlite3_column_int64(statement, 0))
            digests.append((id, unsafe bytes.digest(statement, columns: Int32(columns.count))))
        }
    }
}

/// The bytes that a row's digest takes, in one buffer for all rows of a scan.
private struct RowBytes {
    private var buffer: [UInt8]
    private let prefix: Int

    init(_ table: CatalogTable) {
        var name = ByteWriter()
        name.append(table.rawValue)
        prefix = name.bytes.count
        buffer = name.bytes + [UInt8](repeating: 0, count: 4096)
    }

    /// The digest of the first columns of the present row.
    @unsafe mutating func digest(_ statement: OpaquePointer?, columns: Int32) -> Int {
        while true {
            let (needed, hash) = unsafe buffer.withUnsafeMutableBytes { buffer -> (Int, UInt64) in
                guard let base = buffer.baseAddress else { return (0, 0) }
                let room = buffer.count - prefix
                let start = unsafe (base + prefix).assumingMemoryBound(to: UInt8.self)
                let needed = Int(unsafe varve_row_bytes(statement, columns, start, Int64(room)))
                guard needed <= room else { return (needed, 0) }
                let bytes = unsafe UnsafeRawBufferPointer(start: base, count: prefix + needed)
                return (needed, Checksum.of(unsafe bytes.bytes))
            }
            if needed <= buffer.count - prefix { return Int(bitPattern: UInt(hash)) }
            buffer += [UInt8](repeating: 0, count: needed)
        }
    }
}
