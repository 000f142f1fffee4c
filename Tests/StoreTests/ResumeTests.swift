import Foundation
import TestSupport
import Testing

@testable import Store

@Suite struct ResumeTests {
    @Test func theSameIngestAgainAddsNothing() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let capture = SyntheticCapture(loraRank: 1, latents: 64)
        try SyntheticStore.build(path, [capture], chunkBytes: 700)
        let before = try files(path)
        let store = try StoreWriter(path: path)
        // Another chunk size doesn't cut an existing capture anew.
        let writer = try store.beginCapture(capture.spec, prompts: capture.prompts, chunkBytes: 1 << 20)
        #expect(writer.isComplete)
        #expect(writer.estimatedBytes == 0)
        #expect(writer.plannedChunks.count > 1)
        try capture.write(to: store)
        #expect(try files(path) == before)
    }

    @Test func anInterruptedIngestResumesToTheSameChunks() throws {
        let directory = try TemporaryDirectory()
        let capture = SyntheticCapture(prompts: SyntheticCapture.prompts(12))
        try SyntheticStore.build(directory.file("whole"), [capture], chunkBytes: 500)
        let path = directory.file("parts")
        for _ in 0..<20 { try capture.write(to: try StoreWriter(path: path), chunkBytes: 500, limit: 1) }
        let whole = try files(directory.file("whole"))
        let parts = try files(path)
        #expect(whole.keys.filter { $0.hasPrefix("chunks/") }.count > 3)
        for (name, bytes) in whole where name.hasPrefix("chunks/") { #expect(parts[name] == bytes) }
        #expect(try Snapshot.open(path).captures[0].isComplete)
        #expect(try StoreVerification.run(path).isSound)
    }

    /// A writer that dies between rename and COMMIT leaves a chunk file that no commit knows.
    @Test func anOrphanGoesToQuarantineAndTheIngestResumes() throws {
        let directory = try TemporaryDirectory()
        let capture = SyntheticCapture(prompts: SyntheticCapture.prompts(12))
        try SyntheticStore.build(directory.file("whole"), [capture], chunkBytes: 500)
        let path = directory.file("s")
        try capture.write(to: try StoreWriter(path: path), chunkBytes: 500, limit: 1)
        let whole = try Snapshot.open(directory.file("whole"))
        let next = whole.captures[0].chunks[1]
        let target = chunkPath(path, next)
        try FileManager.default.createDirectory(
            atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: chunkPath(directory.file("whole"), next), toPath: target)
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path + "/tmp/left-over"))

        // A reader sees neither; verification names the orphan without calling it damage.
        #expect(try Snapshot.open(path).captures[0].chunks.count == 1)
        let report = try StoreVerification.run(path)
        #expect(report.isSound)
        #expect(report.orphans == [next.name])

        let store = try StoreWriter(path: path)
        #expect(store.recovery.quarantined == [next.name])
        #expect(store.recovery.removedTemporaries == 1)
        #expect(FileManager.default.fileExists(atPath: path + "/quarantine/" + next.name))
        try capture.write(to: store, chunkBytes: 500)
        #expect(try Snapshot.open(path).captures[0].isComplete)
        #expect(try StoreVerification.run(path).isSound)
    }

    @Test func severalNewerOrphansMeanAnOldCatalogue() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let capture = SyntheticCapture(prompts: SyntheticCapture.prompts(12))
        try capture.write(to: try StoreWriter(path: path), chunkBytes: 500, limit: 1)
        let backup = try Data(contentsOf: URL(fileURLWithPath: path + "/catalog.sqlite"))
        let time = try FileManager.default.attributesOfItem(atPath: path + "/catalog.sqlite")[.modificationDate]
        try capture.write(to: try StoreWriter(path: path), chunkBytes: 500)
        try backup.write(to: URL(fileURLWithPath: path + "/catalog.sqlite"))
        try FileManager.default.setAttributes(
            [.modificationDate: time as Any], ofItemAtPath: path + "/catalog.sqlite")
        let error = #expect(throws: StoreError.self) { try StoreWriter(path: path) }
        #expect(error?.kind == .conflict)
        #expect(error?.description.contains("old catalogue") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/quarantine").isEmpty)
    }

    @Test func anExistingFileOfTheSameBytesIsShared() throws {
        let directory = try TemporaryDirectory()
        let capture = SyntheticCapture()
        try SyntheticStore.build(directory.file("a"), [capture])
        let chunk = try Snapshot.open(directory.file("a")).captures[0].chunks[0]
        let path = directory.file("s")
        let store = try StoreWriter(path: path)
        let target = chunkPath(path, chunk)
        try FileManager.default.createDirectory(
            atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: chunkPath(directory.file("a"), chunk), toPath: target)
        try capture.write(to: store)
        #expect(try Snapshot.open(path).captures[0].chunks == [chunk])
        #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/tmp").isEmpty)
    }

    @Test func aWrongFileUnderTheNameIsAnError() throws {
        let directory = try TemporaryDirectory()
        let capture = SyntheticCapture()
        try SyntheticStore.build(directory.file("a"), [capture])
        let chunk = try Snapshot.open(directory.file("a")).captures[0].chunks[0]
        let path = directory.file("s")
        let store = try StoreWriter(path: path)
        let target = chunkPath(path, chunk)
        try FileManager.default.createDirectory(
            atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: chunkPath(directory.file("a"), chunk), toPath: target)
        try flip(target, at: 70)
        let error = #expect(throws: StoreError.self) { try capture.write(to: store) }
        guard case .damaged? = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try Snapshot.open(path).captures.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/tmp").isEmpty)
    }

    @Test func aCreationThatDiedIsBegunAgain() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        _ = try StoreWriter(path: path)
        try FileManager.default.removeItem(atPath: path + "/STORE.json")
        try SyntheticStore.build(path, [SyntheticCapture()])
        // With chunk files it is no creation any more, but a store that lost its description.
        try FileManager.default.removeItem(atPath: path + "/STORE.json")
        let error = #expect(throws: StoreError.self) { try StoreWriter(path: path) }
        #expect(error?.description.contains("STORE.json") == true)
        #expect(FileManager.default.fileExists(atPath: path + "/catalog.sqlite"))
    }

    @Test func twoCapturesByTurnsShareTheirPrompts() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let store = try StoreWriter(path: path)
        let captures = ["a", "b"].map { SyntheticCapture(model: $0, prompts: SyntheticCapture.prompts(12)) }
        let writers = try captures.map { try store.beginCapture($0.spec, prompts: $0.prompts, chunkBytes: 500) }
        for index in writers[0].plannedChunks.indices {
            for (capture, writer) in zip(captures, writers) {
                let chunk = writer.plannedChunks[index]
                try writer.commit(capture.builder(for: chunk, writer, capture.spec))
            }
        }
        let snapshot = try Snapshot.open(path)
        #expect(snapshot.datasets.map(\.promptCount) == [12])
        for capture in snapshot.captures {
            #expect(capture.isComplete)
            #expect(try snapshot.prompts(of: capture).keys == captures[0].prompts.map(\.key))
        }
        #expect(try StoreVerification.run(path).isSound)
    }

    @Test func aCommitThatFailsLeavesNothingAndCanBeRepeated() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let store = try StoreWriter(path: path)
        let capture = SyntheticCapture(prompts: SyntheticCapture.prompts(12))
        let writer = try store.beginCapture(capture.spec, prompts: capture.prompts, chunkBytes: 500)
        try writer.commit(capture.builder(for: writer.plannedChunks[0], writer, capture.spec))
        let before = try files(path)
        try store.catalog.close()
        #expect(throws: StoreError.self) {
            try writer.commit(capture.builder(for: writer.plannedChunks[1], writer, capture.spec))
        }
        #expect(!writer.plannedChunks[1].isCommitted)
        #expect(try files(path) == before)
        for chunk in writer.plannedChunks where !chunk.isCommitted {
            try writer.commit(capture.builder(for: chunk, writer, capture.spec))
        }
        #expect(try Snapshot.open(path).captures[0].isComplete)
        #expect(try StoreVerification.run(path).isSound)
    }
}
