import Foundation
@testable import Store
import Tensor
import TestSupport
import Testing

/// Small and old chunks written anew: other files, the same rows.
@Suite struct CompactionTests {
    let directory: TemporaryDirectory
    let path: String
    let narrow = SyntheticCapture(prompts: SyntheticCapture.prompts(15), layers: 2)
    let wide = SyntheticCapture(prompts: SyntheticCapture.prompts(15), layers: 2, loraRank: 0, latents: 64)

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("s")
        try SyntheticStore.build(path, [narrow], chunkBytes: 700)
        try SyntheticStore.build(path, [wide], chunkBytes: 300)
    }

    @Test func fewerChunksHoldTheSameRows() throws {
        let before = try content(path)
        let old = try Snapshot.open(path)
        let store = try StoreWriter(path: path)
        let report = try store.compact(captureOf: "base", dataset: "general")
        #expect(report.replacedChunks == old.captures[0].groups.reduce(0) { $0 + $1.chunks.count })
        #expect(report.newChunks == 2 && report.newBytes < report.replacedBytes && report.skipped.isEmpty)
        let new = try Snapshot.open(path)
        #expect(new.captures[0].groups.map(\.chunks.count) == [1, 1])
        #expect(new.captures[0].columns == old.captures[0].columns && new.captures[0].isComplete)
        #expect(try content(path) == before)
        #expect(try StoreVerification.run(path).isSound)
        #expect(try StoreVerification.run(path).orphans.isEmpty)
        // What was open before reads on.
        let chunk = old.captures[0].chunks[1]
        #expect(try rows(try old.reader(for: chunk), old.captures[0].columns[4], 0..<chunk.rowCount).count > 0)
        #expect(try store.compact(captureOf: "base", dataset: "general").newChunks == 0)
    }

    @Test func stoppedBetweenChunksItGoesOnLater() throws {
        let before = try content(path)
        let store = try StoreWriter(path: path)
        var asked = 0
        let report = try store.compact(
            captureOf: "base", dataset: "general", chunkBytes: 2000,
            isInterrupted: {
                asked += 1
                return asked > 2
            })
        #expect(report.isInterrupted && report.newChunks == 2)
        #expect(try content(path) == before)
        #expect(try StoreVerification.run(path).orphans.isEmpty)
        let rest = try store.compact(captureOf: "base", dataset: "general", chunkBytes: 2000)
        #expect(!rest.isInterrupted && rest.newChunks > 0)
        #expect(try content(path) == before)
    }

    @Test func theSameIngestAgainAddsNothing() throws {
        let store = try StoreWriter(path: path)
        try store.compact(captureOf: "base", dataset: "general", chunkBytes: 2000)
        let groups = try Snapshot.open(path).captures[0].groups.map(\.chunks.count)
        #expect(groups[0] > 1)
        let before = try files(path)
        for capture in [narrow, wide] { try capture.write(to: store) }
        #expect(try files(path) == before)
    }

    @Test func aPurgeGivesTheOldFilesBack() throws {
        let before = try content(path)
        let old = Set(try files(path).keys.filter { $0.hasPrefix("chunks/") })
        let store = try StoreWriter(path: path)
        let report = try store.compact(captureOf: "base", dataset: "general")
        #expect(try Snapshot.open(path).removedPieces().map(\.kind) == [.chunks])
        #expect(try store.purge().removedFiles == report.replacedChunks)
        #expect(try content(path) == before)
        let now = Set(try files(path).keys.filter { $0.hasPrefix("chunks/") })
        #expect(now.count == 2 && now.isDisjoint(with: old))
        #expect(try StoreVerification.run(path).isSound)
    }

    /// Another file than the one that was to be written: the old chunks stay, the new file goes.
    @Test func damageIsFoundBeforeTheSwap() throws {
        let chunk = try Snapshot.open(path).captures[0].chunks[1]
        try flip(chunkPath(path, chunk), at: 70)
        let before = try Snapshot.open(path).generation
        let store = try StoreWriter(path: path)
        #expect(throws: StoreError.self) { try store.compact(captureOf: "base", dataset: "general") }
        #expect(try Snapshot.open(path).generation == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/tmp").isEmpty)
    }

    @Test func unfinishedColumnsArePassedOver() throws {
        let other = SyntheticCapture(model: "m", prompts: SyntheticCapture.prompts(15))
        let store = try StoreWriter(path: path)
        try other.write(to: store, chunkBytes: 700, limit: 3)
        let report = try store.compact(captureOf: "m", dataset: "general")
        #expect(report.newChunks == 0 && report.skipped.count == 1)
        try other.write(to: store)
        #expect(try Snapshot.open(path).capture(model: "m", dataset: "general")?.isComplete == true)
        #expect(try store.compact(captureOf: "m", dataset: "general").newChunks == 1)
    }

    @Test func lossyColumnsArePassedOver() throws {
        let lossy = SyntheticCapture(model: "m", prompts: SyntheticCapture.prompts(15), elementType: .int8)
        let store = try StoreWriter(path: path)
        try lossy.write(to: store, chunkBytes: 700)
        let report = try store.compact(captureOf: "m", dataset: "general")
        #expect(report.newChunks == 0 && report.skipped.count == 1)
        let snapshot = try Snapshot.open(path)
        let capture = try #require(snapshot.capture(model: "m", dataset: "general"))
        let columns = try snapshot.summary(of: [capture]).captures[0].columns
        let residual = try #require(columns.last)
        #expect(residual.maximumError > 0 && residual.maximumError < 0.01)
        #expect(residual.rmsError > 0 && residual.rmsError <= residual.maximumError)
        #expect(columns[0].maximumError == 0)
    }

    @Test func anotherFileIsNeverSwappedIn() throws {
        let snapshot = try Snapshot.open(path)
        let chunks = snapshot.captures[0].chunks
        let one = try ChunkFile(path: chunkPath(path, chunks[0]))
        let two = try ChunkFile(path: chunkPath(path, chunks[1]))
        let (first, second) = (try MergedChunk.digests(of: one), try MergedChunk.digests(of: two))
        #expect(first.columns != second.columns && first.prompts != second.prompts)
        #expect(first.columns.count == snapshot.captures[0].groups[0].columns.count)
    }

    @Test(
        arguments: [
            ([100, 100, 100], [false, false, false], 250, false, [0..<2]),
            ([100, 100, 100, 300], [false, false, false, false], 300, false, [0..<3]),
            ([300, 300], [true, false], 300, false, [0..<1]),
            ([400, 10], [false, false], 300, false, []),
            ([400, 10], [false, false], 300, true, [0..<1, 1..<2]),
            ([], [], 1, false, []),
        ] as [([Int], [Bool], Int, Bool, [Range<Int>])])
    func runs(sizes: [Int], isOld: [Bool], limit: Int, everything: Bool, expected: [Range<Int>]) {
        let chunks = zip(sizes, isOld).map { CompactionPlan.Chunk(rawBytes: $0.0, isOld: $0.1) }
        #expect(CompactionPlan.runs(chunks, chunkBytes: limit, everything: everything) == expected)
    }
}
