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
}
