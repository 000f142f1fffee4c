import ChunkFormat
import Foundation
@testable import Store
import Tensor
import TestSupport
import Testing

/// The catalogue made again from chunk files alone.
@Suite struct RebuildTests {
    let directory: TemporaryDirectory
    let path: String
    let first = SyntheticCapture(model: "a", prompts: SyntheticCapture.prompts(12), latents: 0)
    let wide = SyntheticCapture(model: "a", prompts: SyntheticCapture.prompts(12), latents: 64)
    let second = SyntheticCapture(model: "poser/b", prompts: Array(SyntheticCapture.prompts(20).suffix(9)), loraRank: 2)

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("s")
        try SyntheticStore.build(path, [first, second], chunkBytes: 700)
        try SyntheticStore.build(path, [wide], chunkBytes: 300)
    }

    private func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path + "/" + name) }

    private func chunkFiles() throws -> Set<String> {
        Set(try files(path).keys.filter { $0.hasPrefix("chunks/") })
    }

    private func quarantine() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path + "/quarantine").sorted()
    }

    @Test func everythingComesBackWithoutACatalogue() throws {
        let before = try content(path)
        let chunks = try chunkFiles()
        try remove("catalog.sqlite")
        let report = try StoreRebuild.run(path)
        #expect(report.captures.map(\.name) == ["a/general", "poser/b/general"])
        #expect(report.captures.map(\.isComplete) == [true, true] && report.quarantined.isEmpty)
        #expect(report.chunkFiles == chunks.count && report.oldCatalog == nil)
        #expect(try content(path) == before)
        #expect(try chunkFiles() == chunks)
        #expect(try StoreVerification.run(path).isSound)
        // The same ingest again adds nothing.
        try SyntheticStore.build(path, [first, second, wide], chunkBytes: 300)
        #expect(try Snapshot.open(path).generation == 1)
        #expect(try Snapshot.open(path).captures[0].groups.count == 2)
    }

    @Test func theOldCatalogueIsKept() throws {
        let before = try content(path)
        let size = try #require(try files(path)["catalog.sqlite"]).count
        try flip(path + "/catalog.sqlite", at: size / 2)
        try Data("old".utf8).write(to: URL(fileURLWithPath: path + "/catalog.sqlite-journal"))
        for name in ["catalog.sqlite", "catalog.sqlite.2"] {
            let report = try StoreRebuild.run(path)
            #expect(report.oldCatalog == path + "/quarantine/" + name)
            #expect(try content(path) == before)
        }
        #expect(try quarantine() == ["catalog.sqlite", "catalog.sqlite-journal", "catalog.sqlite.2"])
    }

    /// Between any two steps a crash leaves what the next rebuild finishes.
    @Test func aRebuildThatDiedIsDoneAgain() throws {
        let before = try content(path)
        try Data("half".utf8).write(to: URL(fileURLWithPath: path + "/tmp/catalog.sqlite"))
        try FileManager.default.moveItem(
            atPath: path + "/catalog.sqlite", toPath: path + "/quarantine/catalog.sqlite")
        #expect(throws: StoreError.self) { try Snapshot.open(path) }
        _ = try StoreRebuild.run(path)
        #expect(try content(path) == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/tmp").isEmpty)
    }

    @Test func generationsSideBySide() throws {
        let before = try content(path)
        var report = CompactionReport()
        do { report = try StoreWriter(path: path).compact(captureOf: "a", dataset: "general", chunkBytes: 2000) }
        let count = try Snapshot.open(path).captures[0].groups.map(\.chunks.count)
        try remove("catalog.sqlite")
        let rebuilt = try StoreRebuild.run(path)
        #expect(rebuilt.quarantined.count == report.replacedChunks)
        #expect(try Snapshot.open(path).captures.first { $0.model == "a" }?.groups.map(\.chunks.count) == count)
        #expect(try content(path) == before)
        #expect(try StoreVerification.run(path).orphans.isEmpty)
    }

    @Test func anUnfinishedCaptureGoesOn() throws {
        let other = SyntheticCapture(model: "c", dataset: "more", prompts: SyntheticCapture.prompts(15))
        let whole = directory.file("whole")
        try SyntheticStore.build(whole, [first, second, other])
        try SyntheticStore.build(whole, [wide])
        do { try other.write(to: try StoreWriter(path: path), chunkBytes: 700, limit: 2) }
        try remove("catalog.sqlite")
        let report = try StoreRebuild.run(path)
        #expect(report.captures.map(\.isComplete) == [true, true, false])
        #expect(try Snapshot.open(path).captures[2].isComplete == false)
        for _ in 0..<20 { try other.write(to: try StoreWriter(path: path), limit: 1) }
        #expect(try content(path) == content(whole))
        #expect(try StoreVerification.run(path).isSound)
    }

    @Test func aDamagedChunkEndsItsCapture() throws {
        let before = try content(path)
        let record = try #require(try Snapshot.open(path).capture(model: "poser/b", dataset: "general"))
        #expect(record.chunks.count > 3)
        try flip(chunkPath(path, record.chunks[2]), at: 100)
        try remove("catalog.sqlite")
        let report = try StoreRebuild.run(path)
        #expect(report.quarantined.count == record.chunks.count - 2)
        #expect(report.quarantined[0].name == record.chunks[2].name)
        #expect(report.quarantined[0].reason.contains("hash to its name"))
        let left = try #require(try Snapshot.open(path).capture(model: "poser/b", dataset: "general"))
        #expect(!left.isComplete && left.chunks.map(\.name) == record.chunks[..<2].map(\.name))
        try SyntheticStore.build(path, [second])
        #expect(try content(path) == before)
    }

    @Test func removedCapturesComeBackUntilTheyArePurged() throws {
        let before = try content(path)
        do { _ = try StoreWriter(path: path).remove(captureOf: "a", dataset: "general") }
        _ = try StoreRebuild.run(path)
        #expect(try content(path) == before)
        do {
            let store = try StoreWriter(path: path)
            try store.remove(captureOf: "a", dataset: "general")
            try store.purge()
        }
        _ = try StoreRebuild.run(path)
        #expect(try Snapshot.open(path).captures.map(\.name) == ["poser/b/general"])
    }

    /// What took the name of a removed capture is newer, and stays.
    @Test func theNewerOfTwoThatContradictEachOtherStays() throws {
        var prompts = second.prompts
        prompts[0].source = "another text"
        let other = SyntheticCapture(model: "poser/b", prompts: prompts, loraRank: 2)
        do {
            let store = try StoreWriter(path: path)
            try store.remove(captureOf: "a", dataset: "general")
            try store.remove(captureOf: "poser/b", dataset: "general")
            try other.write(to: store)
        }
        let before = try content(path)
        let report = try StoreRebuild.run(path)
        #expect(report.captures.map(\.name).contains("poser/b/general"))
        let now = try content(path)
        for (name, bytes) in before where !name.hasPrefix("dataset") { #expect(now[name] == bytes) }
        // The removed a/general has the prompt whose text is another now.
        let reasons = Set(report.quarantined.map(\.reason))
        #expect(reasons.count == 2 && reasons.contains("capture poser/b/general is there from newer files"))
        #expect(reasons.contains { $0.contains("with other text or metadata") })
    }

    @Test func theIdentityIsMadeAnewOnlyWhenAskedFor() throws {
        let before = try content(path)
        let id = try Snapshot.open(path).storeID
        try remove("STORE.json")
        let error = #expect(throws: StoreError.self) { try StoreRebuild.run(path) }
        #expect(error?.description.contains("--new-identity") == true)
        #expect(try StoreRebuild.run(path, newIdentity: true).hasNewIdentity)
        #expect(try content(path) == before)
        #expect(try Snapshot.open(path).storeID != id)
        #expect(try StoreRebuild.run(path, newIdentity: true).hasNewIdentity == false)
        #expect(throws: StoreError.self) { try StoreRebuild.run(directory.file("nothing")) }
    }

    @Test func readersHoldItUp() throws {
        let reader = try Snapshot.open(path)
        let error = #expect(throws: StoreError.self) { try StoreRebuild.run(path) }
        #expect(error?.kind == .locked)
        #expect(try reader.prompts(of: reader.captures[0]).keys.count == 12)
    }

    @Test func tilings() {
        func chunk(_ first: Int, _ end: Int, version: UInt16 = 2, modified: Int = 0) -> AdoptableChunk {
            let zero = Digest128(high: 0, low: 0)
            return AdoptableChunk(
                name: "\(first)", storedBytes: 1, rawBytes: 1, modified: modified, version: version, key: zero,
                specDigest: zero, promptsDigest: zero, firstRow: first, rowCount: end - first, firstPrompt: first,
                promptCount: end - first)
        }
        #expect(ChunkTiling.choose([]).isEmpty)
        #expect(ChunkTiling.choose([chunk(1, 3)]).isEmpty)
        #expect(ChunkTiling.choose([chunk(0, 1), chunk(1, 3), chunk(0, 3)]) == [2])
        // Farther before fewer: a gap after the large one.
        #expect(ChunkTiling.choose([chunk(0, 5), chunk(0, 2), chunk(2, 4), chunk(4, 9)]) == [1, 2, 3])
        #expect(ChunkTiling.choose([chunk(0, 3, version: 1), chunk(0, 3)]) == [1])
        #expect(ChunkTiling.choose([chunk(0, 3, modified: 5), chunk(0, 3, modified: 4)]) == [0])
        #expect(ChunkTiling.choose([chunk(0, 1), chunk(2, 3)]) == [0])
    }

    /// A store that version 1 made: the new catalogue is of this version, and its rows are what they were.
    @Test func aStoreOfVersion1() throws {
        let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/v1")
        let copy = directory.file("v1")
        try FileManager.default.copyItem(atPath: golden.path, toPath: copy)
        for name in ["tmp", "quarantine"] {
            try FileManager.default.createDirectory(
                atPath: copy + "/" + name, withIntermediateDirectories: true)
        }
        let before = try content(copy)
        #expect(before.count > 10)
        let report = try StoreRebuild.run(copy)
        #expect(report.quarantined.isEmpty)
        #expect(try content(copy) == before)
        #expect(try Snapshot.open(copy).formatVersion() == 2)
        let names = report.captures.map(\.name)
        do {
            let store = try StoreWriter(path: copy)
            for capture in try Snapshot.open(copy).captures {
                let compacted = try store.compact(captureOf: capture.model, dataset: capture.dataset)
                #expect(compacted.newChunks > 0 || !compacted.skipped.isEmpty)
            }
        }
        #expect(try content(copy) == before)
        #expect(try Snapshot.open(copy).captures.map(\.name) == names)
        #expect(try StoreVerification.run(copy).isSound)
    }
}
