import Foundation
import TestSupport
import Testing

@testable import Store

/// What the chain of commits and the sum over all rows find.
@Suite struct ChainTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("s")
        let capture = SyntheticCapture(loraRank: 1, latents: 64)
        try SyntheticStore.build(path, [capture, SyntheticCapture(model: "b")], chunkBytes: 900)
    }

    private func refuses(_ change: String, _ sql: String) throws {
        let copy = directory.file("copy")
        try? FileManager.default.removeItem(atPath: copy)
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        try sqlite(copy + "/catalog.sqlite", "PRAGMA foreign_keys = OFF; " + sql)
        #expect(throws: StoreError.self, "\(change)") { try StoreWriter(path: copy) }
        #expect(try !StoreVerification.run(copy).isSound, "\(change)")
    }

    @Test(arguments: CatalogTable.counted()) func rowsThatComeGoOrChange(table: CatalogTable) throws {
        let store = try StoreWriter(path: path)
        try store.remove(captureOf: "b", dataset: "general")
        let name = table.rawValue
        try refuses("deleted", "DELETE FROM \(name) WHERE id = (SELECT max(id) FROM \(name))")
        try refuses("deleted", "DELETE FROM \(name) WHERE id = (SELECT min(id) FROM \(name))")
        let columns = table.ownColumns().dropFirst().joined(separator: ", ")
        if table != .store {
            try refuses(
                "inserted twice",
                "INSERT INTO \(name) SELECT max(id) + 1, \(columns), generation, digest FROM \(name)")
        }
        try refuses("later", "UPDATE \(name) SET generation = generation + 1 WHERE id = (SELECT max(id) FROM \(name))")
        try refuses("digest", "UPDATE \(name) SET digest = digest + 1 WHERE id = (SELECT max(id) FROM \(name))")
    }

    @Test func commitsThatGo() throws {
        for which in ["min", "max"] {
            try refuses(which, "DELETE FROM commits WHERE generation = (SELECT \(which)(generation) FROM commits)")
        }
        try refuses("other", "UPDATE commits SET rows_digest = rows_digest + 1 WHERE generation = 2")
    }

    /// A row and its digest changed together: only the sum in the chain knows.
    @Test func aRowForgedWithItsDigestIsFound() throws {
        let catalog = try Catalog(path: path + "/catalog.sqlite", access: .writable)
        try catalog.write { transaction in
            try transaction.execute("UPDATE prompts SET source = 'forged' WHERE id = (SELECT max(id) FROM prompts)")
            for (id, digest) in try transaction.computedDigests(.prompts) {
                try transaction.execute("UPDATE prompts SET digest = \(digest) WHERE id = \(id)")
            }
        }
        try catalog.close()
        let error = #expect(throws: StoreError.self) { try StoreWriter(path: path) }
        #expect(error?.description.contains("sum") == true)
        #expect(try !StoreVerification.run(path).isSound)
    }

    /// What commits keep in memory is what a new opening reads.
    @Test func contentsInMemoryAreThoseOfTheFile() throws {
        let store = try StoreWriter(path: path)
        try SyntheticCapture(model: "c", prompts: SyntheticCapture.prompts(9)).write(to: store, chunkBytes: 500)
        try SyntheticCapture(model: "b", latents: 64).write(to: store, chunkBytes: 500)
        try store.remove(captureOf: "base", dataset: "general")
        let kept = store.contents
        try store.refresh()
        let read = store.contents
        #expect(kept.head.root == read.head.root && kept.head.counts == read.head.counts)
        #expect(kept.nextIDs == read.nextIDs && kept.promptCounts == read.promptCounts)
        #expect(kept.chunks.map(\.record) == read.chunks.map(\.record))
        #expect(kept.captures.keys.sorted() == read.captures.keys.sorted())
        #expect(kept.models == read.models && kept.datasets == read.datasets)
        #expect(kept.groups.mapValues(\.columns) == read.groups.mapValues(\.columns))
        #expect(kept.dead.captures == read.dead.captures && kept.dead.groups == read.dead.groups)
        #expect(Set(kept.dead.chunks.map(\.record)) == Set(read.dead.chunks.map(\.record)))
        #expect(kept.dead.datasets == read.dead.datasets)
    }
}
