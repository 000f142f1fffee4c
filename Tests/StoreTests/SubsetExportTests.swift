import Foundation
import Store
import Tensor
import TestSupport
import Testing

/// Some captures as a store of their own.
@Suite struct SubsetExportTests {
    let directory: TemporaryDirectory
    let path: String
    let target: String
    let first = SyntheticCapture(model: "a", prompts: SyntheticCapture.prompts(12))
    let secret = SyntheticCapture(
        model: "veiled-model", dataset: "veiled-data",
        prompts: [PromptRecord(key: "k", source: "a text nobody may find", tokenCount: 3)])

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("s")
        target = directory.file("out")
        try SyntheticStore.build(path, [secret, first], chunkBytes: 700)
        try SyntheticStore.build(
            path, [SyntheticCapture(model: "a", prompts: SyntheticCapture.prompts(12), latents: 64)], chunkBytes: 300)
    }

    private func export() throws -> ExportReport {
        let snapshot = try Snapshot.open(path)
        return try SubsetExport.run(snapshot, captures: snapshot.captures.filter { $0.model == "a" }, to: target)
    }

    @Test func theCapturesAreThereAndNothingElse() throws {
        let before = try content(path)
        let report = try export()
        #expect(report.captures == ["a/general"] && report.chunkFiles > 5)
        let copy = try content(target)
        #expect(!copy.isEmpty && copy.allSatisfy { before[$0.key] == $0.value })
        #expect(
            copy.keys.filter { $0.hasPrefix("a/general") }.count
                == before.keys.filter { $0.hasPrefix("a/general") }.count)
        #expect(try Snapshot.open(target).storeID != Snapshot.open(path).storeID)
        for (_, bytes) in try files(target) {
            #expect(
                bytes.firstRange(of: Data("veiled".utf8)) == nil && bytes.firstRange(of: Data("nobody".utf8)) == nil)
        }
        #expect(try StoreVerification.run(target).isSound)
        // A store as any other: it can be written to.
        try SyntheticStore.build(target, [secret])
        #expect(try Snapshot.open(target).captures.count == 2)
    }

    @Test func whatIsThereIsNotTouched() throws {
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
        _ = try export()
        let error = #expect(throws: StoreError.self) { try export() }
        #expect(error?.kind == .conflict)
    }

    @Test func stoppedNothingStaysBehind() throws {
        let snapshot = try Snapshot.open(path)
        var asked = 0
        let error = #expect(throws: StoreError.self) {
            try SubsetExport.run(
                snapshot, captures: snapshot.captures, to: target,
                isInterrupted: {
                    asked += 1
                    return asked > 3
                })
        }
        #expect(error?.kind == .interrupted && asked == 4)
        #expect(try FileManager.default.contentsOfDirectory(atPath: target).isEmpty)
        #expect(try export().captures == ["a/general"])
    }

    /// Killed, it can't tidy up: what it left is not taken for a store, and not taken away either.
    @Test func whatAKilledExportLeftIsNamed() throws {
        _ = try export()
        try FileManager.default.removeItem(atPath: target + "/STORE.json")
        let error = #expect(throws: StoreError.self) { try export() }
        #expect(error?.description.contains("an export that was killed may have left it: remove the directory") == true)
    }

    @Test func afterAnErrorNothingStaysBehind() throws {
        let chunk = try #require(try Snapshot.open(path).capture(model: "a", dataset: "general")?.chunks.last)
        try flip(chunkPath(path, chunk), at: 100)
        #expect(throws: StoreError.self) { try export() }
        #expect(try FileManager.default.contentsOfDirectory(atPath: target).isEmpty)
    }
}
