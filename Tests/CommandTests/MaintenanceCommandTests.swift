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
}
