import CSystem
import ChunkFormat
import Foundation
import GRDB

/// What can be done to the catalogue within one transaction: rows go in and come out through their digests.
struct CatalogTransaction {
    let db: Database
    let path: String
    /// The schema that the rows are read by.
    let version: CatalogVersion

    init(_ db: Database, path: String, version: CatalogVersion = .current) {
        self.db = db
        self.path = path
        self.version = version
    }

    /// The same transaction for the tables of another schema.
    func reading(_ version: CatalogVersion) -> CatalogTransaction {
        CatalogTransaction(db, path: path, version: version)
    }

    /// SQLite's own handle, for what GRDB has no words for.
    @unsafe var connection: OpaquePointer? { unsafe db.sqliteConnection }

    func execute(_ sql: String) throws { try db.execute(sql: sql) }

    /// The number that a query of one row and column gives; 0 for NULL.
    func number(_ sql: String) throws -> Int { try Int.fetchOne(db, sql: sql) ?? 0 }

    /// `type name table sql` of every object, sorted.
    func schemaLines() throws -> [String] {
        try String.fetchAll(
            db,
            sql: """
                SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '') FROM sqlite_schema
                ORDER BY type, name
                """)
    }

    /// What `PRAGMA quick_check` finds; empty where all is well.
    func quickCheck() throws -> [String] {
        try String.fetchAll(db, sql: "PRAGMA quick_check(8)").filter { $0 != "ok" }
    }

    /// Adds a row and gives its digest.
    func insert(_ table: CatalogTable, _ values: [CatalogValue], generation: Int) throws -> Int {
        let all = table == .commits ? values : values + [.int(generation)]
        precondition(all.count == CatalogTransaction.columnCounts[table], "a row of \(table) with other columns")
        var digest = RowDigest(table)
        for value in all { digest.add(value) }
        let statement = try db.cachedStatement(sql: CatalogTransaction.insertion[table] ?? "")
        let arguments = all.map(CatalogTransaction.argument) + [digest.value.databaseValue]
        try statement.execute(arguments: StatementArguments(arguments))
        return digest.value
    }

    /// Deletes rows; gives how many there were.
    func delete(_ table: CatalogTable, where condition: String) throws -> Int {
        try db.execute(sql: "DELETE FROM \(table.rawValue) WHERE \(condition)")
        return db.changesCount
    }

    private static let columnCounts = Dictionary(
        uniqueKeysWithValues: CatalogTable.allCases.map { ($0, $0.digestedColumns().count) })

    private static let insertion: [CatalogTable: String] = Dictionary(
        uniqueKeysWithValues: CatalogTable.allCases.map { table in
            let names = (table.digestedColumns() + ["digest"]).joined(separator: ", ")
            let places = [String](repeating: "?", count: table.digestedColumns().count + 1).joined(separator: ", ")
            return (table, "INSERT INTO \(table.rawValue) (\(names)) VALUES (\(places))")
        })

    private static func argument(_ value: CatalogValue) -> DatabaseValue {
        switch value {
        case .null: .null
        case .int(let number): number.databaseValue
        case .double(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .blob(let bytes): Data(bytes).databaseValue
        }
    }

    func failure(_ connection: OpaquePointer) -> DatabaseError {
        unsafe DatabaseError(
            resultCode: ResultCode(rawValue: sqlite3_errcode(connection)),
            message: sqlite3_errmsg(connection).map { unsafe String(cString: $0) })
    }

    /// The value of a column of the present row; nil for text that isn't UTF-8.
    @unsafe static func value(_ statement: OpaquePointer?, _ column: Int32) -> CatalogValue? {
        switch unsafe sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: return unsafe .int(Int(sqlite3_column_int64(statement, column)))
        case SQLITE_FLOAT: return unsafe .double(sqlite3_column_double(statement, column))
        case SQLITE_TEXT:
            let start = unsafe sqlite3_column_text(statement, column)
            let buffer = unsafe UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column)))
            return unsafe String(checkedUTF8: buffer.span).map(CatalogValue.text)
        case SQLITE_BLOB:
            let start = unsafe sqlite3_column_blob(statement, column)
            let buffer = unsafe UnsafeRawBufferPointer(
                start: start, count: Int(sqlite3_column_bytes(statement, column)))
            return unsafe .blob(Array(buffer))
        default: return .null
        }
    }
}

extension CatalogTransaction {
    /// Id and digest text of every tokenizer, without its pieces (so without the row's own digest).
    func scanTokenizerDigests(_ body: (Int, String) -> Void) throws {
        for row in try Row.fetchAll(db, sql: "SELECT id, tokenizer_digest FROM tokenizers ORDER BY id") {
            guard let id = Int.fromDatabaseValue(row[0]), let digest = String.fromDatabaseValue(row[1]) else {
                continue
            }
            body(id, digest)
        }
    }

    /// How many prompts a dataset owns: their ordinals have no gap, so the last one says it. O(log prompts).
    func promptCount(ofDataset dataset: Int) throws -> Int {
        let first = dataset << 32
        let last = try number("SELECT max(id) FROM prompts WHERE id BETWEEN \(first) AND \(first + 0xFFFF_FFFF)")
        return last == 0 ? 0 : last - first + 1
    }

    /// The highest id of a table; 0 where it is empty.
    func highestID(_ table: CatalogTable) throws -> Int { try number("SELECT max(id) FROM \(table.rawValue)") }
}
