import Foundation
import Store
import TestSupport
import Testing

/// The commands that look after a store.
@Suite struct MaintenanceCommandTests {
    let folder: TemporaryDirectory
    let store: String

    init() throws {
        folder = try TemporaryDirectory()
        store = folder.file("store")
        try SyntheticStore.build(
            store, [SyntheticCapture(), SyntheticCapture(model: "poser/faker-0"), SyntheticCapture(model: "poser/b")])
    }

    @Test func removingAndCollecting() throws {
        let dry = try CommandRun(["rm", store, "poser/*", "--dry-run"])
        #expect(dry.code == 0 && dry.output.contains("would remove poser/faker-0/general"))
        #expect(!dry.output.contains("base"))
        let unknown = try CommandRun(["rm", store, "base/general", "nothing/*"])
        #expect(
            unknown.code == 1 && unknown.messages.contains("nothing/*") && unknown.messages.contains("base/general"))
        #expect(try Snapshot.open(store).captures.count == 3)
        let removed = try CommandRun(["rm", store, "poser/*"])
        #expect(removed.code == 0 && removed.messages.contains("varve gc"))
        #expect(try CommandRun(["info", store]).output.contains("varve gc gives"))
        let back = try CommandRun(["rm", "--undo", store, "poser/b/general"])
        #expect(back.output == "brought poser/b/general back\n")
        #expect(try Snapshot.open(store).captures.map(\.name) == ["base/general", "poser/b/general"])
        let reader = try Snapshot.open(store)
        let refused = try CommandRun(["gc", store])
        #expect(refused.code == 1 && refused.messages.contains("reader"))
        #expect(reader.captures.count == 2)
    }

    @Test func collectingSaysWhatItGaveBack() throws {
        _ = try CommandRun(["rm", store, "base/general"])
        #expect(try CommandRun(["gc", store, "--dry-run"]).output.contains("capture base/general"))
        let collected = try CommandRun(["gc", store])
        #expect(collected.code == 0 && collected.output.hasPrefix("1 file, "))
        #expect(try CommandRun(["gc", store]).output.hasPrefix("0 files, "))
    }

    @Test func columnsAndTheirEncodings() throws {
        let table = try CommandRun(["info", store, "base/*"])
        #expect(table.code == 0 && table.output.contains("resid_post.1") && !table.output.contains("poser"))
        let json = try CommandRun(["info", store, "--columns", "--format", "json"])
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        let captures = try #require(object?["captures"] as? [[String: Any]])
        #expect(captures.count == 3)
        let columns = try #require(captures[0]["columns"] as? [[String: Any]])
        #expect(columns.count == 6 && columns[0]["name"] as? String == "token_id")
    }

    @Test func compactingRebuildingAndSharing() throws {
        let compacted = try CommandRun(["compact", store, "base/general", "--all"])
        #expect(compacted.code == 0 && compacted.output.hasPrefix("base/general: "))
        #expect(try CommandRun(["compact", store, "--chunk-bytes", "0"]).code == 2)
        try FileManager.default.removeItem(atPath: store + "/catalog.sqlite")
        #expect(try CommandRun(["info", store]).code == 5)
        let rebuilt = try CommandRun(["rebuild", store])
        #expect(rebuilt.code == 0 && rebuilt.output.contains("3 captures from 3 chunk files"))
        let shared = try CommandRun(["export-subset", store, folder.file("out"), "poser/*"])
        #expect(shared.code == 0 && shared.output.contains("poser/b/general\n"))
        #expect(try Snapshot.open(folder.file("out")).captures.count == 2)
        #expect(try CommandRun(["migrate", store]).output.contains("format 2 already"))
    }

    @Test func writtenAnewToTheSameBytes() throws {
        let compacted = try CommandRun(["compact", store, "base/general", "--all"])
        #expect(compacted.output == "base/general: 1 chunk written anew, the same bytes\n")
        #expect(try CommandRun(["compact", store, "base/general"]).output == "base/general: nothing to do\n")
    }

    /// Ctrl-C, or told to end: what was swapped stays swapped, and the command given again goes on.
    @Test(arguments: [SIGINT, SIGTERM]) func compactionStoppedByASignal(signal: Int32) throws {
        let many = try manyChunks()
        let before = try chunkFiles(many)
        let arguments = ["compact", many, "--chunk-bytes", "1500"]
        let run = try CommandRun(arguments, signal: signal) { (try? chunkFiles(many)) ?? 0 > before + 3 }
        #expect(run.code == 128 + signal, "\(run.code) \(run.messages)")
        #expect(run.output.contains("stopped before the rest"), "\(run.output)")
        #expect(run.messages.contains("go on with: ") && run.messages.contains("compact \(many)"), "\(run.messages)")
        #expect(try CommandRun(["verify", many]).code == 0)
        let left = try Snapshot.open(many).captures[0].chunks.count
        let rest = try CommandRun(arguments)
        #expect(rest.code == 0, "\(rest.messages)")
        #expect(try Snapshot.open(many).captures[0].chunks.count < left)
        #expect(try CommandRun(["verify", many, "--deep"]).code == 0)
    }

    /// An export that is stopped takes away what it had copied, so that the same command can be given again.
    @Test(arguments: [SIGINT, SIGTERM]) func exportStoppedByASignal(signal: Int32) throws {
        let (many, target) = (try manyChunks(), folder.file("shared"))
        let run = try CommandRun(["export-subset", many, target, "*"], signal: signal) {
            (try? chunkFiles(target)) ?? 0 > 2
        }
        #expect(run.code == 128 + signal, "\(run.code) \(run.messages)")
        #expect(run.messages.contains("stopped; nothing stays there"), "\(run.messages)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: target).isEmpty)
        #expect(try CommandRun(["export-subset", many, target, "*"]).code == 0)
    }

    private func manyChunks() throws -> String {
        let path = folder.file("many")
        try SyntheticStore.build(path, [SyntheticCapture(prompts: SyntheticCapture.prompts(600))], chunkBytes: 600)
        return path
    }

    private func chunkFiles(_ store: String) throws -> Int {
        try FileManager.default.subpathsOfDirectory(atPath: store + "/chunks").count
    }
}
