import ChunkFormat
import Schema

/// The step from the catalogue of version 1 to that of version 2, in the transaction that it is given.
enum CatalogMigration {
    /// How the commit that starts a new chain begins its `what`.
    static let word = "migrate"

    /// Makes the tables of version 2 and starts their chain, whose first commit has the old chain's root as parent.
    ///
    /// - Parameter old: the end of the old chain, after `checkEverything`
    static func run(_ transaction: CatalogTransaction, from old: CatalogHead, time: Int) throws {
        for migration in Schema.migrations where migration.version > CatalogVersion.one.rawValue {
            try transaction.execute(migration.sql)
        }
        let transaction = transaction.reading(.current)
        for table in CatalogTable.remadeInVersion2 {
            for (id, digest) in try transaction.computedDigests(table) {
                try transaction.execute("UPDATE \(table.rawValue) SET digest = \(digest) WHERE id = \(id)")
            }
        }
        var head = old
        head.counts = [:]
        head.rowsDigest = 0
        for table in CatalogTable.counted() {
            let sum = try transaction.scan(table) { _ in }
            head.counts[table] = sum.count
            head.rowsDigest &+= sum.digests
        }
        // The old commits stay in the backup: their roots were computed in another way.
        try transaction.execute("DELETE FROM commits")
        var commit = CatalogCommit(transaction, after: head)
        try commit.finish(what: "\(word) from version 1 to \(Schema.currentVersion)", time: time)
        try transaction.execute("PRAGMA user_version = \(Schema.currentVersion)")
    }
}
