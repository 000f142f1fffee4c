import CSystem
import ChunkFormat

/// A row whose digest was checked, or that was just made, read column by column.
///
/// A stored row is good only until its scan goes on: nothing of it is copied before it is asked for.
@safe struct CatalogRow {
    /// Where the values are.
    @safe enum Values {
        case stored(OpaquePointer?)
        case made([CatalogValue])
    }

    let table: CatalogTable
    private let values: Values
    /// The commit that added it.
    let generation: Int
    let digest: Int
    let path: String
    private let version: CatalogVersion

    init(
        _ table: CatalogTable, _ values: Values, generation: Int, digest: Int, path: String,
        version: CatalogVersion = .current
    ) {
        self.table = table
        self.values = values
        self.generation = generation
        self.digest = digest
        self.path = path
        self.version = version
    }

    /// The value of a column; nil for text that isn't UTF-8.
    private func value(_ column: Int) -> CatalogValue? {
        switch values {
        case .stored(let statement): unsafe CatalogTransaction.value(statement, Int32(column))
        case .made(let values): values[column]
        }
    }

    // A STRICT table holds the declared types, but the file may come from anywhere.
    private func mismatch(_ column: Int, _ type: String) -> StoreError {
        .damagedCatalog(
            path, "column \(table.ownColumns(version)[column]) of \(table.rawValue)", expected: type,
            found: "another type")
    }

    func int(_ column: Int) throws(StoreError) -> Int {
        guard case .int(let number)? = value(column) else { throw mismatch(column, "an integer") }
        return number
    }

    /// An integer that counts something: 0…2⁴⁸, so that sums of them can't overflow.
    func count(_ column: Int) throws(StoreError) -> Int {
        let number = try int(column)
        guard number >= 0, number <= 1 << 48 else { throw mismatch(column, "a count") }
        return number
    }

    func text(_ column: Int) throws(StoreError) -> String {
        guard case .text(let text)? = value(column) else { throw mismatch(column, "text in UTF-8") }
        return text
    }

    func blob(_ column: Int) throws(StoreError) -> [UInt8] {
        guard case .blob(let bytes)? = value(column) else { throw mismatch(column, "a blob") }
        return bytes
    }

    func double(_ column: Int) throws(StoreError) -> Double {
        guard case .double(let number)? = value(column) else { throw mismatch(column, "a number") }
        return number
    }

    func optionalText(_ column: Int) throws(StoreError) -> String? {
        if case .null? = value(column) { return nil }
        return try text(column)
    }

    /// The bytes of a text or blob, without a copy; they must not leave `body`.
    func withBytes<T>(_ column: Int, _ body: (RawSpan) throws -> T) throws -> T {
        switch values {
        case .stored(let statement):
            let isText = unsafe sqlite3_column_type(statement, Int32(column)) == SQLITE_TEXT
            let start =
                isText
                ? unsafe UnsafeRawPointer(sqlite3_column_text(statement, Int32(column)))
                : unsafe sqlite3_column_blob(statement, Int32(column))
            let count = Int(unsafe sqlite3_column_bytes(statement, Int32(column)))
            let buffer = unsafe UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)
            return try body(unsafe buffer.bytes)
        case .made(let values):
            switch values[column] {
            case .text(let text):
                let bytes = Array(text.utf8)
                return try body(bytes.rawSpan)
            case .blob(let bytes): return try body(bytes.rawSpan)
            default: throw mismatch(column, "bytes")
            }
        }
    }
}
