import CSystem
import Tensor

/// One value of a SQL answer.
public enum SQLValue: Sendable, Hashable {
    case null
    case int(Int)
    case double(Double)
    case text(String)
    case blob([UInt8])
}

/// What a SQL query over the catalogue gives.
public struct SQLResult: Sendable, Hashable {
    /// Names as SQLite gives them.
    public let columns: [String]
    /// One value for each column.
    public let rows: [[SQLValue]]
}

/// What is known of a SELECT before it runs.
public struct SQLOutline: Sendable, Hashable {
    /// A column of the answer.
    public struct Column: Sendable, Hashable {
        /// As SQLite gives it.
        public let name: String
        /// The type that the table's own column is declared with; nil for an expression.
        public let declaredType: String?
    }

    /// Why it can't run.
    public struct Refusal: Sendable, Hashable {
        /// SQLite's words, or ours.
        public let message: String
        /// The first byte of the text that it is about, where SQLite knows.
        public let offset: Int?
        /// The columns that there are, by table.
        public let tables: [String: [String]]
    }

    public let columns: [Column]
    public let refusal: Refusal?
}

extension Snapshot {
    /// Prepares a SELECT over the catalogue without running it.
    public func outline(ofSQL text: String) throws(StoreError) -> SQLOutline {
        let outline = try Catalog.openForReading(layout, uuid: storeID).readOnce {
            try $0.outline(text, CatalogQuery.Limits())
        }
        guard let refusal = outline.refusal else { return outline }
        let tables = try catalog.read { try $0.tables() }
        return SQLOutline(
            columns: [], refusal: .init(message: refusal.message, offset: refusal.offset, tables: tables))
    }

    /// Runs one SELECT (or WITH … SELECT) over the catalogue, on a connection of its own that can't change anything.
    ///
    /// At most 100,000 rows, 64 MiB and ten seconds; more is an error. Unlike all else here it sees the newest commit.
    public func sql(_ text: String) throws(StoreError) -> SQLResult {
        try sql(text, limits: CatalogQuery.Limits())
    }

    func sql(_ text: String, limits: CatalogQuery.Limits) throws(StoreError) -> SQLResult {
        let own = try Catalog.openForReading(layout, uuid: storeID)
        return try own.readOnce { try $0.query(text, limits) }
    }
}

/// A user's SELECT within its limits.
enum CatalogQuery {
    struct Limits {
        var rows = 100_000
        var bytes = 64 << 20
        var seconds = 10.0
    }

    /// What a SELECT needs, and nothing else: no ATTACH, PRAGMA or write.
    static func allows(_ action: Int32, _ function: UnsafePointer<CChar>?) -> Bool {
        switch action {
        case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE: true
        case SQLITE_FUNCTION:
            unsafe function.map { unsafe String(cString: $0).lowercased() != "load_extension" } ?? true
        default: false
        }
    }

    /// When a query must end; SQLite asks now and then.
    final class Deadline {
        let end: ContinuousClock.Instant
        private let watch = WorkWatch.current
        init(seconds: Double) { end = .now + .seconds(seconds) }
        var isOver: Bool { .now >= end || watch?.wantsToStop == true }
    }
}

extension CatalogTransaction {
    /// The catalogue's tables with their columns.
    fileprivate func tables() throws -> [String: [String]] {
        guard let connection = unsafe connection else { throw refuse("no connection") }
        var statement: OpaquePointer?
        let text = """
            SELECT m.name, p.name FROM sqlite_schema m JOIN pragma_table_info(m.name) p
            WHERE m.type IN ('table', 'view') ORDER BY m.name, p.cid
            """
        guard unsafe sqlite3_prepare_v2(connection, text, -1, &statement, nil) == SQLITE_OK else { return [:] }
        defer { unsafe _ = sqlite3_finalize(statement) }
        var tables: [String: [String]] = [:]
        while unsafe sqlite3_step(statement) == SQLITE_ROW {
            guard let table = unsafe sqlite3_column_text(statement, 0),
                let column = unsafe sqlite3_column_text(statement, 1)
            else { continue }
            unsafe tables[String(cString: table), default: []].append(String(cString: column))
        }
        return tables
    }

    /// What a SELECT gives, or why it can't run.
    fileprivate func outline(_ text: String, _ limits: CatalogQuery.Limits) throws -> SQLOutline {
        guard let connection = unsafe connection else { throw refuse("no connection") }
        do {
            try checkLength(text)
            unsafe restrict(connection, limits)
            let statement = try unsafe prepare(connection, text)
            defer { unsafe _ = sqlite3_finalize(statement) }
            let columns = (0..<(unsafe sqlite3_column_count(statement))).map { column in
                SQLOutline.Column(
                    name: unsafe sqlite3_column_name(statement, column).map { unsafe String(cString: $0) } ?? "",
                    declaredType: unsafe sqlite3_column_decltype(statement, column).map { unsafe String(cString: $0) })
            }
            return SQLOutline(columns: columns, refusal: nil)
        } catch let error as StoreError where error.kind == .sql {
            let offset = Int(unsafe sqlite3_error_offset(connection))
            return SQLOutline(
                columns: [],
                refusal: .init(
                    message: String(error.description.dropFirst(CatalogTransaction.sqlPrefix.count)),
                    offset: offset < 0 ? nil : offset, tables: [:]))
        }
    }

    private static let sqlPrefix = "SQL: "

    private func checkLength(_ text: String) throws {
        guard text.utf8.count <= 1 << 16, !text.utf8.contains(0) else {
            throw refuse("the text must be shorter than 64 KiB and hold no zero byte")
        }
    }

    fileprivate func refuse(_ text: String) -> StoreError {
        StoreError(.sql, CatalogTransaction.sqlPrefix + text)
    }

    func query(_ text: String, _ limits: CatalogQuery.Limits) throws -> SQLResult {
        guard let connection = unsafe connection else { throw refuse("no connection") }
        try checkLength(text)
        unsafe restrict(connection, limits)
        let deadline = CatalogQuery.Deadline(seconds: limits.seconds)
        return try withExtendedLifetime(deadline) {
            unsafe sqlite3_progress_handler(
                connection, 1000,
                { context in
                    guard let context = unsafe context else { return 1 }
                    return unsafe Unmanaged<CatalogQuery.Deadline>.fromOpaque(context).takeUnretainedValue().isOver
                        ? 1 : 0
                }, Unmanaged.passUnretained(deadline).toOpaque())
            defer { unsafe sqlite3_progress_handler(connection, 0, nil, nil) }
            let statement = try unsafe prepare(connection, text)
            defer { unsafe _ = sqlite3_finalize(statement) }
            return try unsafe rows(connection, statement, limits)
        }
    }

    @unsafe private func restrict(_ connection: OpaquePointer, _ limits: CatalogQuery.Limits) {
        // Replaces GRDB's own: nothing but this one statement runs on the connection afterwards, and its end.
        unsafe _ = sqlite3_set_authorizer(
            connection,
            { _, action, _, function, _, _ in
                unsafe CatalogQuery.allows(action, function) ? SQLITE_OK : SQLITE_DENY
            }, nil)
        let caps: [(Int32, Int32)] = [
            (SQLITE_LIMIT_LENGTH, Int32(limits.bytes)), (SQLITE_LIMIT_SQL_LENGTH, 1 << 16), (SQLITE_LIMIT_COLUMN, 256),
            (SQLITE_LIMIT_EXPR_DEPTH, 100), (SQLITE_LIMIT_COMPOUND_SELECT, 32), (SQLITE_LIMIT_VDBE_OP, 100_000),
            (SQLITE_LIMIT_FUNCTION_ARG, 32), (SQLITE_LIMIT_ATTACHED, 0), (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000),
            (SQLITE_LIMIT_WORKER_THREADS, 0),
        ]
        for (limit, value) in caps { unsafe _ = sqlite3_limit(connection, limit, value) }
    }

    @unsafe private func prepare(_ connection: OpaquePointer, _ text: String) throws -> OpaquePointer {
        var statement: OpaquePointer?
        var rest = ""
        let code = unsafe text.withCString { start in
            var tail: UnsafePointer<CChar>?
            let code = unsafe sqlite3_prepare_v2(connection, start, -1, &statement, &tail)
            if let tail = unsafe tail { rest = unsafe String(cString: tail) }
            return code
        }
        guard code == SQLITE_OK else { throw unsafe sqlError(connection, code) }
        guard let statement = unsafe statement else { throw refuse("there is no statement in the text") }
        let isOver = rest.allSatisfy { $0.isWhitespace || $0 == ";" }
        guard isOver, unsafe sqlite3_stmt_readonly(statement) != 0, unsafe sqlite3_column_count(statement) > 0 else {
            unsafe _ = sqlite3_finalize(statement)
            throw refuse("one SELECT is possible" + (isOver ? "" : ", not several statements"))
        }
        return unsafe statement
    }

    @unsafe private func rows(
        _ connection: OpaquePointer, _ statement: OpaquePointer, _ limits: CatalogQuery.Limits
    ) throws -> SQLResult {
        let count = unsafe sqlite3_column_count(statement)
        let columns = (0..<count).map { column in
            unsafe sqlite3_column_name(statement, column).map { unsafe String(cString: $0) } ?? ""
        }
        var rows: [[SQLValue]] = []
        var bytes = 0
        while true {
            let code = unsafe sqlite3_step(statement)
            if code == SQLITE_DONE { return SQLResult(columns: columns, rows: rows) }
            guard code == SQLITE_ROW else { throw unsafe sqlError(connection, code) }
            guard rows.count < limits.rows else {
                throw refuse("more than \(limits.rows) rows; add a LIMIT or a WHERE")
            }
            var row: [SQLValue] = []
            for column in 0..<count {
                bytes += 16 + Int(unsafe sqlite3_column_bytes(statement, column))
                row.append(unsafe CatalogTransaction.sqlValue(statement, column))
            }
            guard bytes <= limits.bytes else { throw refuse("more than \(limits.bytes >> 20) MiB; select less") }
            rows.append(row)
        }
    }

    @unsafe private static func sqlValue(_ statement: OpaquePointer, _ column: Int32) -> SQLValue {
        switch unsafe value(statement, column) {
        case .null: .null
        case .int(let number): .int(number)
        case .double(let number): .double(number)
        case .text(let text): .text(text)
        case .blob(let bytes): .blob(bytes)
        case nil: .text("\u{FFFD}")
        }
    }

    @unsafe private func sqlError(_ connection: OpaquePointer, _ code: Int32) -> StoreError {
        let message = unsafe sqlite3_errmsg(connection).map { unsafe String(cString: $0) } ?? "error \(code)"
        switch code & 0xFF {
        case SQLITE_INTERRUPT: return refuse("stopped: it ran longer than ten seconds")
        case SQLITE_AUTH: return refuse("only SELECT over the catalogue is possible: \(message)")
        default: return refuse(message)
        }
    }
}
