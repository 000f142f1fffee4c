import Foundation
import Store
import Tensor
import TestSupport
import Testing

/// What is removed can be told, and brought back until a purge.
@Suite struct RestorationTests {
    let directory: TemporaryDirectory
    let path: String
    let first = SyntheticCapture(model: "a", prompts: SyntheticCapture.prompts(12))
    let second = SyntheticCapture(model: "b", prompts: SyntheticCapture.prompts(4))

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("s")
        try SyntheticStore.build(path, [first, second], chunkBytes: 700)
    }

    @Test func aRemovedCaptureComesBackAsItWas() throws {
        let before = try Snapshot.open(path)
        let store = try StoreWriter(path: path)
        try store.remove(captureOf: "a", dataset: "general")
        let pieces = try Snapshot.open(path).removedPieces()
        #expect(pieces.map(\.name) == ["a/general"] && pieces.map(\.kind) == [.capture])
        #expect(pieces[0].storedBytes == before.captures[0].storedBytes)
        #expect(pieces[0].chunkCount == before.captures[0].chunks.count)
        #expect(try Snapshot.open(path).purgeableBytes == before.captures[0].storedBytes)
        try store.restore(captureOf: "a", dataset: "general")
        let after = try Snapshot.open(path)
        #expect("\(after.captures)" == "\(before.captures)")
        #expect(after.generation == before.generation + 2)
        #expect(try after.prompts(of: after.captures[0]).keys == first.prompts.map(\.key))
        #expect(try after.removedPieces().isEmpty && after.purgeableBytes == 0)
        #expect(try StoreVerification.run(path).isSound)
        #expect(try store.purge().removedFiles == 0)
    }

    @Test func whatIsPurgedOrThereDoesNotComeBack() throws {
        let store = try StoreWriter(path: path)
        let there = #expect(throws: StoreError.self) { try store.restore(captureOf: "a", dataset: "general") }
        #expect(there?.kind == .conflict)
        try store.remove(captureOf: "a", dataset: "general")
        try store.purge()
        let gone = #expect(throws: StoreError.self) { try store.restore(captureOf: "a", dataset: "general") }
        #expect(gone?.kind == .unknown)
    }

    /// The prompts of the new dataset are others: two datasets of one name would be ambiguous.
    @Test func aNameThatWasTakenMeanwhileIsRefused() throws {
        let store = try StoreWriter(path: path)
        try store.remove(captureOf: "a", dataset: "general")
        try store.remove(captureOf: "b", dataset: "general")
        try SyntheticCapture(model: "c", prompts: SyntheticCapture.prompts(2)).write(to: store)
        let error = #expect(throws: StoreError.self) { try store.restore(captureOf: "a", dataset: "general") }
        #expect(error?.kind == .conflict && error?.description.contains("dataset") == true)
        #expect(try Snapshot.open(path).captures.map(\.name) == ["c/general"])
        try store.remove(captureOf: "c", dataset: "general")
        try store.restore(captureOf: "a", dataset: "general")
        #expect(try Snapshot.open(path).captures.map(\.name) == ["a/general"])
        #expect(try StoreVerification.run(path).isSound)
    }

    @Test func theQuarantineIsEmptiedOnRequestOnly() throws {
        try Data("x".utf8).write(to: URL(fileURLWithPath: path + "/quarantine/orphan"))
        let store = try StoreWriter(path: path)
        try store.remove(captureOf: "a", dataset: "general")
        try store.purge()
        #expect(try store.quarantined() == store.quarantined() && store.quarantined().files == 1)
        // The catalogue from before a migration holds prompts as well.
        try Data("yz".utf8).write(to: URL(fileURLWithPath: path + "/catalog.v1.sqlite"))
        #expect(try Snapshot.open(path).quarantined().files == 2)
        #expect(try store.emptyQuarantine().bytes == 3)
        #expect(!FileManager.default.fileExists(atPath: path + "/catalog.v1.sqlite"))
        #expect(try Snapshot.open(path).quarantined().files == 0)
    }
}
