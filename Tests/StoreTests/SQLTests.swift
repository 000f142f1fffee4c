import TestSupport
import Testing

@testable import Store

/// Runs SQL behind the store's back.
func sqlite(_ path: String, _ text: String) throws {
    let catalog = try Catalog(path: path, access: .writable)
    for statement in text.split(separator: ";") { try catalog.readOnce { try $0.execute(String(statement)) } }
    try catalog.close()
}

@Suite struct SQLTests {
    let directory: TemporaryDirectory
    let snapshot: Snapshot

    init() throws {
        directory = try TemporaryDirectory()
        try SyntheticStore.build(directory.file("s"), [SyntheticCapture()])
        snapshot = try Snapshot.open(directory.file("s"))
    }

    @Test func selectsOverTheCatalogue() throws {
        let answer = try snapshot.sql(
            "WITH g AS (SELECT json_extract(metadata, '$.group') AS name FROM prompts) SELECT name, count(*) AS n, 1.5, NULL, x'01' FROM g GROUP BY 1 ORDER BY 1;  "
        )
        #expect(answer.columns == ["name", "n", "1.5", "NULL", "x'01'"])
        #expect(
            answer.rows == [
                [.text("a"), .int(3), .double(1.5), .null, .blob([1])],
                [.text("b"), .int(3), .double(1.5), .null, .blob([1])],
            ])
        #expect(try snapshot.sql("SELECT name FROM sqlite_schema WHERE name = 'prompts'").rows.count == 1)
    }

    @Test(arguments: [
        "", "  ", "-- nothing", "SELECT", "SELECT * FROM nowhere", "SELECT 1; SELECT 2", "DELETE FROM prompts",
        "INSERT INTO datasets VALUES (9, 'x', 1, 1)", "UPDATE prompts SET key = 'x'", "DROP TABLE prompts",
        "CREATE TABLE t (x)", "CREATE TEMP TABLE t (x)", "PRAGMA user_version", "PRAGMA query_only = OFF",
        "ATTACH '/tmp/varve-attached.sqlite' AS x", "VACUUM INTO '/tmp/varve-vacuum.sqlite'", "BEGIN", "ROLLBACK",
        "SELECT load_extension('x')", "SELECT * FROM pragma_table_info('prompts')", "REINDEX", "ANALYZE",
        "EXPLAIN SELECT 1; DELETE FROM prompts", "WITH x AS (SELECT 1) DELETE FROM prompts",
        "SELECT zeroblob(2000000000)", "SELECT 1\0; DELETE FROM prompts",
    ])
    func refusesEverythingElse(text: String) throws {
        let error = #expect(throws: StoreError.self) { try snapshot.sql(text) }
        #expect(error?.kind == .sql)
        #expect(try snapshot.sql("SELECT count(*) FROM prompts").rows == [[.int(6)]])
    }

    @Test func endsWhatRunsOn() throws {
        var limits = CatalogQuery.Limits()
        limits.seconds = 0.2
        let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
        let slow = #expect(throws: StoreError.self) { try snapshot.sql(endless, limits: limits) }
        #expect(slow?.description.contains("longer") == true)
        let wide = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"
        limits.seconds = 10
        limits.rows = 1000
        let many = #expect(throws: StoreError.self) { try snapshot.sql(wide, limits: limits) }
        #expect(many?.description.contains("1000 rows") == true)
        limits.bytes = 1000
        let large = #expect(throws: StoreError.self) {
            try snapshot.sql("SELECT zeroblob(900), zeroblob(900)", limits: limits)
        }
        #expect(large?.kind == .sql)
    }
}
