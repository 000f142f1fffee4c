import ChunkFormat
import Foundation
import Tensor
import TestSupport
import Testing

@testable import Store

/// The store that version 1 made, in `Golden/v1`: read as it is, migrated, and refused where it must be.
@Suite struct MigrationTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("s")
        let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/v1")
        try FileManager.default.copyItem(atPath: golden.path, toPath: path)
        // Git keeps no empty directory.
        for name in ["tmp", "quarantine"] {
            try FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
        }
    }

    private var catalog: String { path + "/catalog.sqlite" }

    private func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)) }

    /// What a snapshot gives, but for the commit it is at.
    private func values() throws -> String {
        try everything(path).split(separator: "\n").dropFirst().joined(separator: "\n")
    }

    @Test func version1IsReadWithoutAWrite() throws {
        let before = try files(path)
        let snapshot = try Snapshot.open(path)
        #expect(snapshot.captures.map(\.name) == ["base/medical", "emergent/medical", "base/other"])
        #expect(snapshot.captures.map(\.rowCount) == [476, 275, 212])
        #expect(snapshot.datasets.map(\.promptCount) == [5, 2])
        #expect(snapshot.captures[0].groups.map(\.ordinal) == [0])
        for capture in snapshot.captures {
            #expect(try snapshot.prompts(of: capture).keys.count == capture.promptCount)
            #expect(try snapshot.tokenPieces(of: capture).count > 100)
        }
        _ = try everything(path)
        #expect(try snapshot.sql("SELECT count(*) FROM column_groups").rows == [[.int(3)]])
        #expect(try snapshot.summary().captures.count == 3)
        let report = try StoreVerification.run(path)
        #expect(report.isSound && report.chunkFiles == 3 && report.orphans.isEmpty)
        #expect(try files(path) == before)
    }

    @Test func version1IsWrittenAfterAMigrationOnly() throws {
        let before = try files(path)
        let error = #expect(throws: StoreError.self) { try StoreWriter(path: path) }
        #expect(error?.kind == .olderFormat)
        #expect(error?.description.contains("varve migrate \(path)") == true)
        #expect(try files(path) == before)
    }

    @Test func aMigrationKeepsEveryValueAndTheOldCatalogue() throws {
        let old = try bytes("catalog.sqlite")
        let root = try Catalog(path: catalog, access: .readOnly).read { try $0.reading(.one).checkedHead().head }
        let chunks = try files(path).filter { $0.key.hasPrefix("chunks/") }
        let values = try values()
        let report = try StoreMigration.run(path)
        #expect(report == MigrationReport(from: 1, to: 2, backup: path + "/catalog.v1.sqlite"))
        #expect(try self.values() == values)
        #expect(try files(path).filter { $0.key.hasPrefix("chunks/") } == chunks)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/tmp").isEmpty)
        #expect(try StoreVerification.run(path).isSound)
        let snapshot = try Snapshot.open(path)
        #expect(snapshot.generation == root.generation + 1)
        #expect(
            try snapshot.sql("SELECT generation, parent_root FROM commits").rows
                == [[.int(root.generation + 1), .text(root.root)]])
        // Again: nothing to do.
        #expect(try StoreMigration.run(path).backup == nil)
        let store = try StoreWriter(path: path)
        #expect(store.recovery == RecoveryReport())
        try SyntheticCapture(model: "new").write(to: store)
        #expect(try Snapshot.open(path).captures.count == 4)
        #expect(try StoreVerification.run(path).isSound)

        // The old catalogue, put back, is the old store.
        try FileManager.default.removeItem(atPath: catalog)
        try FileManager.default.copyItem(atPath: path + "/catalog.v1.sqlite", toPath: catalog)
        #expect(try self.values() == values)
        #expect(old.count >= (try bytes("catalog.sqlite").count))
    }

    /// What a kill leaves: a part of the copy, the whole copy, or the copy and a journal that SQLite rolls back.
    @Test(arguments: ["part", "copy"]) func aMigrationThatDiedIsRunAgain(left: String) throws {
        let values = try values()
        if left == "part" {
            try Data("not yet a copy".utf8).write(to: URL(fileURLWithPath: path + "/tmp/catalog.v1.sqlite"))
        } else {
            try StoreMigration.run(path)
            try FileManager.default.removeItem(atPath: catalog)
            try FileManager.default.copyItem(atPath: path + "/catalog.v1.sqlite", toPath: catalog)
        }
        let report = try StoreMigration.run(path)
        #expect(report.from == 1 && report.backup != nil)
        #expect(try self.values() == values)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/tmp").isEmpty)
    }

    @Test func anotherBackupIsNeverReplaced() throws {
        let other = directory.file("other.sqlite")
        try Data("mine".utf8).write(to: URL(fileURLWithPath: other))
        try FileManager.default.copyItem(atPath: other, toPath: path + "/catalog.v1.sqlite")
        #expect(throws: StoreError.self) { try StoreMigration.run(path) }
        #expect(try bytes("catalog.v1.sqlite") == Data("mine".utf8))
        #expect((#expect(throws: StoreError.self) { try StoreWriter(path: path) })?.kind == .olderFormat)
    }

    @Test func damageInVersion1IsFoundBeforeAnythingIsWritten() throws {
        var generator = SeededGenerator(seed: 4)
        let expected = try values()
        let size = try bytes("catalog.sqlite").count
        var found = 0
        for _ in 0..<60 {
            let place = Int.random(in: 0..<size, using: &generator)
            try flip(catalog, at: place)
            if let values = try? values() {
                #expect(values == expected, "byte \(place)")
            } else {
                found += 1
                let before = try files(path)
                #expect(throws: StoreError.self) { try StoreMigration.run(path) }
                #expect(try files(path).keys == before.keys)
            }
            try flip(catalog, at: place)
        }
        #expect(found > 8)
        let chunk = try Snapshot.open(path).captures[0].chunks[0]
        try flip(chunkPath(path, chunk), at: 30)
        #expect(throws: StoreError.self) { try StoreMigration.run(path) }
        #expect(!FileManager.default.fileExists(atPath: path + "/catalog.v1.sqlite"))
    }

    @Test func aNewerCatalogueNamesTheVersionNeeded() throws {
        try StoreMigration.run(path)
        try sqlite(catalog, "PRAGMA user_version = 3")
        for refusal in [
            #expect(throws: StoreError.self) { try Snapshot.open(path) },
            #expect(throws: StoreError.self) { try StoreWriter(path: path) },
            #expect(throws: StoreError.self) { try StoreMigration.run(path) },
        ] {
            #expect(refusal?.kind == .newerFormat)
            #expect(refusal?.description.contains("version 3") == true)
        }
    }

    /// A capture that version 1 left unfinished goes on under the description and the keys that it began with.
    @Test func anUnfinishedCaptureOfVersion1IsCompleted() throws {
        let spec = SyntheticCapture().spec
        #expect(spec.version1Bytes != spec.canonicalBytes())
        let capture = SyntheticCapture(prompts: SyntheticCapture.prompts(12))
        let store = directory.file("t")
        try capture.write(to: try StoreWriter(path: store), chunkBytes: 500, limit: 1)
        // As if the first chunk had been written by version 1: its group has the old description's digest.
        let file = store + "/catalog.sqlite"
        let old = Digest128(of: capture.spec.version1Bytes.rawSpan).description
        let catalog = try Catalog(path: file, access: .writable)
        try catalog.write { transaction in
            let head = try transaction.checkedHead().head
            var commit = CatalogCommit(transaction, after: head)
            try transaction.execute("PRAGMA defer_foreign_keys = ON")
            try commit.delete(.columnGroups, where: "1")
            try commit.insert(.columnGroups, [.int(1), .int(1), .int(0), .text(old), .int(500)])
            try commit.finish(what: "test", time: 0)
        }
        try catalog.close()
        let writer = try StoreWriter(path: store)
        let again = try writer.beginCapture(capture.spec, prompts: capture.prompts)
        #expect(again.specDigest.description == old)
        #expect(again.columns.count == capture.spec.columns.count)
    }
}
