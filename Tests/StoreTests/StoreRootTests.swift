import Foundation
import Store
import TestSupport
import Testing

/// The digest that a lab publishes with a store.
@Suite struct StoreRootTests {
    /// What a shell says in a folder.
    private func shell(_ command: String, in folder: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    @Test func shellToolsGiveTheSame() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        try SyntheticStore.build(path, [SyntheticCapture(), SyntheticCapture(model: "b")], chunkBytes: 500)
        let command = "sha256sum chunks/??/* | LC_ALL=C sort | sha256sum"
        let root = try StoreRoot.compute(path)
        #expect(try shell(command, in: path) == root.root + "  -\n")
        #expect(root.chunkFiles > 4 && root.bytes > 1000)
        // The catalogue is no part of it: a store that was made again has the same rows.
        try FileManager.default.removeItem(atPath: path + "/catalog.sqlite")
        _ = try StoreRebuild.run(path)
        #expect(try StoreRoot.compute(path) == root)
        do {
            let store = try StoreWriter(path: path)
            try store.remove(captureOf: "b", dataset: "general")
            #expect(try shell(command, in: path) == root.root + "  -\n")
        }
        let rest = try StoreRoot.compute(path)
        #expect(rest.root != root.root && rest.chunkFiles < root.chunkFiles)
        do { try StoreWriter(path: path).purge() }
        #expect(try shell(command, in: path) == rest.root + "  -\n")
    }

    @Test func anEmptyStoreHasOne() throws {
        let directory = try TemporaryDirectory()
        do { _ = try StoreWriter(path: directory.file("s")) }
        let root = try StoreRoot.compute(directory.file("s"))
        #expect(root.root == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" && root.chunkFiles == 0)
    }
}
