import Foundation
import Tensor
import TestSupport
import Testing

@testable import Store

@Suite struct RefusalTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("s")
    }

    /// What beginning this capture says; the store must stay as it was.
    func refusal(_ capture: SyntheticCapture, spec: CaptureSpec? = nil) throws -> StoreError {
        let store = try StoreWriter(path: path)
        let before = try files(path)
        let error = try #require(throws: StoreError.self) {
            try store.beginCapture(spec ?? capture.spec, prompts: capture.prompts)
        }
        #expect(try files(path) == before)
        return error
    }

    @Test func duplicatePromptIDs() throws {
        var prompts = SyntheticCapture.prompts(3)
        prompts[2].key = "p0"
        let error = try refusal(SyntheticCapture(prompts: prompts))
        #expect(error.kind == .conflict)
        #expect(error.description.contains("\"p0\" is there twice, as prompt 1 and prompt 3"))
    }

    @Test func promptsThatCannotBeKept() throws {
        #expect(try refusal(SyntheticCapture(prompts: [])).description.contains("no prompts"))
        for nul in [
            PromptRecord(key: "a\u{0}b", source: "", tokenCount: 1),
            PromptRecord(key: "x", source: "\u{0}", tokenCount: 1),
        ] {
            #expect(try refusal(SyntheticCapture(prompts: [nul])).description.contains("NUL"))
        }
        let none = PromptRecord(key: "x", source: "", tokenCount: 0)
        #expect(try refusal(SyntheticCapture(prompts: [none])).description.contains("0 tokens"))
        let infinite = PromptRecord(key: "x", source: "", metadata: [("v", .double(.infinity))], tokenCount: 1)
        #expect(try refusal(SyntheticCapture(prompts: [infinite])).kind == .conflict)
        let twice = PromptRecord(key: "x", source: "", metadata: [("v", .int(1)), ("v", .int(2))], tokenCount: 1)
        #expect(try refusal(SyntheticCapture(prompts: [twice])).description.contains("\"v\" twice"))
    }

    @Test func columnsThatCannotBeStored() throws {
        let capture = SyntheticCapture()
        for width in [0, -1, ColumnSpec.widthLimit + 1] {
            var spec = capture.spec
            spec.columns[4].width = width
            #expect(try refusal(capture, spec: spec).description.contains("width \(width)"))
        }
        var spec = capture.spec
        spec.columns.append(spec.columns[0])
        #expect(try refusal(capture, spec: spec).description.contains("token_id is there twice"))
        spec = capture.spec
        spec.columns = []
        #expect(try refusal(capture, spec: spec).kind == .conflict)
        spec = capture.spec
        spec.model = ""
        #expect(try refusal(capture, spec: spec).kind == .conflict)
    }

    @Test func otherContentUnderAKnownName() throws {
        let capture = SyntheticCapture()
        try SyntheticStore.build(path, [capture])

        var prompts = capture.prompts
        prompts[1].source = "another text"
        let content = try refusal(SyntheticCapture(model: "second", prompts: prompts))
        #expect(content.kind == .conflict)
        #expect(content.description.contains("prompt \"p1\" with other text"))

        var spec = capture.spec
        spec.columns[4].elementType = .float16
        #expect(try refusal(capture, spec: spec).description.contains("another resid_post.0"))
        spec = capture.spec
        spec.modelDigest = "other"
        #expect(try refusal(capture, spec: spec).description.contains("other weights"))
        spec = capture.spec
        spec.tokenPieces[3] = [1]
        #expect(try refusal(capture, spec: spec).kind == .conflict)

        #expect(
            try refusal(SyntheticCapture(prompts: SyntheticCapture.prompts(5))).description.contains("other prompts"))
        prompts = capture.prompts
        prompts[0].tokenCount += 1
        #expect(try refusal(SyntheticCapture(prompts: prompts)).description.contains("other prompts"))
    }

    @Test func twoWriters() throws {
        let first = try StoreWriter(path: path)
        let error = #expect(throws: StoreError.self) { try StoreWriter(path: path) }
        #expect(error?.kind == .locked)
        try withExtendedLifetime(first) { try SyntheticCapture().write(to: first) }
    }

    /// A process that was forked while the writer was open has its descriptors until it comes to its own program, as this copy is.
    @Test func aForkedProcessKeepsNoLock() throws {
        var copies: [Int32] = []
        defer { for copy in copies { close(copy) } }
        do {
            let writer = try StoreWriter(path: path)
            try SyntheticCapture().write(to: writer)
            let reader = try Snapshot.open(path)
            for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + name)
                guard let target, target.hasPrefix(path), target.hasSuffix(".lock"), let number = Int32(name) else {
                    continue
                }
                copies.append(dup(number))
            }
            withExtendedLifetime((writer, reader)) {}
        }
        #expect(copies.count >= 2)
        let writer = try StoreWriter(path: path)
        _ = try writer.remove(captureOf: "base", dataset: "general")
        // Neither the writer's lock nor the reader's, with which nothing is purged.
        #expect(try writer.purge().removedFiles > 0)
    }

    @Test func noRoom() throws {
        let capture = SyntheticCapture()
        do {
            let store = try StoreWriter(path: path) { _ in 100 << 20 }
            let before = try files(path)
            let error = try #require(throws: StoreError.self) {
                try store.beginCapture(capture.spec, prompts: capture.prompts)
            }
            guard case .noRoom(let needed, let free) = error.kind else {
                Issue.record("\(error)")
                return
            }
            #expect(needed > 256 << 20 && free == 100 << 20)
            #expect(error.description.contains("100 MiB are free"))
            #expect(try files(path) == before)
        }
        try SyntheticStore.build(path, [capture])
        // What is complete needs no room.
        let store = try StoreWriter(path: path) { _ in 0 }
        #expect(try store.beginCapture(capture.spec, prompts: capture.prompts).isComplete)
    }

    @Test func pathsThatAreNoStore() throws {
        func kind(_ name: String) -> StoreError.Kind? {
            (#expect(throws: StoreError.self) { try Snapshot.open(directory.file(name)) })?.kind
        }
        #expect(kind("nothing") == .missing)
        try Data("x".utf8).write(to: URL(fileURLWithPath: directory.file("file")))
        #expect(kind("file") == .notAStore)
        try FileManager.default.createDirectory(atPath: directory.file("empty"), withIntermediateDirectories: true)
        #expect(kind("empty") == .notAStore)
        try FileManager.default.createDirectory(atPath: directory.file("other"), withIntermediateDirectories: true)
        try Data("x".utf8).write(to: URL(fileURLWithPath: directory.file("other/thesis.tex")))
        for name in ["other", "file"] {
            let error = #expect(throws: StoreError.self) { try StoreWriter(path: directory.file(name)) }
            #expect(error?.kind == .notAStore)
        }
        #expect(
            (#expect(throws: StoreError.self) { try StoreWriter(path: directory.file("no/such")) })?.kind == .missing)
        // An empty directory may become one.
        _ = try StoreWriter(path: directory.file("empty/"))
        #expect(try Snapshot.open(directory.file("empty")).captures.isEmpty)
    }

    @Test func newerFormats() throws {
        try SyntheticStore.build(path, [SyntheticCapture()])
        let description = path + "/STORE.json"
        var descriptor = try StoreDescriptor.read(StoreLayout(path))
        descriptor.incompatible = 4
        try Data(descriptor.encoded).write(to: URL(fileURLWithPath: description))
        #expect((#expect(throws: StoreError.self) { try Snapshot.open(path) })?.kind == .newerFormat)
        #expect((#expect(throws: StoreError.self) { try StoreWriter(path: path) })?.kind == .newerFormat)
        // Readable, but not writable.
        descriptor.incompatible = 0
        descriptor.readOnlyCompatible = 1
        try Data(descriptor.encoded).write(to: URL(fileURLWithPath: description))
        #expect(try Snapshot.open(path).captures.count == 1)
        #expect((#expect(throws: StoreError.self) { try StoreWriter(path: path) })?.kind == .newerFormat)
        descriptor.readOnlyCompatible = 0
        try Data(descriptor.encoded).write(to: URL(fileURLWithPath: description))
        let catalog = try Catalog(path: path + "/catalog.sqlite", access: .writable)
        _ = try catalog.write { try $0.execute("PRAGMA user_version = 9") }
        #expect((#expect(throws: StoreError.self) { try Snapshot.open(path) })?.kind == .newerFormat)
    }

    @Test func aReaderWritesNothing() throws {
        try SyntheticStore.build(path, [SyntheticCapture()])
        try FileManager.default.removeItem(atPath: path + "/readers.lock")
        let before = try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
        let contents = try files(path)
        _ = try everything(path)
        _ = try Snapshot.open(path).sql("SELECT count(*) FROM prompts")
        _ = try Snapshot.open(path).summary()
        _ = try StoreVerification.run(path)
        #expect(try FileManager.default.subpathsOfDirectory(atPath: path).sorted() == before)
        #expect(try files(path) == contents)
    }
}
