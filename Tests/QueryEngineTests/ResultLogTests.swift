import Dispatch
import Foundation
import QueryLanguage
import TestSupport
import Testing

@testable import QueryEngine

/// What was shown at prompts, in the file beside the store.
@Suite struct ResultLogTests {
    private func made(_ query: String, plan: String = "0") -> Provenance {
        Provenance(
            json:
                "{\"query\":\(JSONText.quoted(query)),\"store\":\"s\",\"generation\":3,\"parameters\":{\"k\":\"4\"},\"version\":\"v\",\"plan\":\"\(plan)\"}"
        )
    }

    private func session(_ folder: TemporaryDirectory, logFolder: String? = nil) throws -> QuerySession {
        var options = QuerySession.Options(exportRoot: folder.path)
        options.keepsLog = true
        options.logFolder = logFolder
        return try QuerySession(store: folder.file("store"), options: options)
    }

    @Test func anotherSessionListsAndRepeatsWhatOneHasShown() throws {
        let folder = try TemporaryDirectory()
        try EngineFixture.make(at: folder.file("store"))
        try "a\n41\n".write(toFile: folder.file("numbers.csv"), atomically: true, encoding: .utf8)
        let first = try session(folder)
        _ = try first.answers("param k = 3\nlet x = capture(\"base\", \"general\").resid_post | norm\nlet unused = 1")
        let wanted = try #require(try first.answers("x | head(k) | mean", parameters: [:]).last)
        _ = try first.answers("read(\"\(folder.file("numbers.csv"))\")")
        // Not about the store, or written elsewhere.
        _ = try first.answers("x | mean | explain")
        _ = try first.answers("results")
        _ = try first.answers("x | mean | save(\"kept\")")
        _ = try first.answers("_1")

        let second = try session(folder)
        let listed = try #require(try second.answers("results").last)
        let rows = listed.csv.components(separatedBy: "\n")
        #expect(rows.contains { $0.hasPrefix("kept,") })
        #expect(rows.contains { $0.hasPrefix("@1,") } && rows.contains { $0.hasPrefix("@2,") })
        let query = try #require(try second.loggedQuery(1))
        #expect(query.text.contains("param k = 3") && !query.text.contains("unused"))
        var again: [ShownValue] = []
        try second.run(query) { again.append($0) }
        #expect(again.last?.json() == wanted.json())
        again = []
        try second.run(try #require(try second.loggedQuery(2))) { again.append($0) }
        #expect(again.last?.csv == "a\n41\n")
        #expect(try second.loggedQuery(99) == nil)
        // As a file, seen from another folder.
        try FileManager.default.createDirectory(atPath: folder.file("deeper"), withIntermediateDirectories: true)
        try second.save(logged: 2, to: folder.file("deeper/two.vq"))
        let text = try String(contentsOfFile: folder.file("deeper/two.vq"), encoding: .utf8)
        #expect(text.contains("use \"../store\"") && text.contains("read(\"\(folder.path)/numbers.csv\")"))
        // Relative ways count from the folder of the list.
        let log = ResultLog(store: folder.file("store"), id: "x", folder: nil)
        #expect(log.append(type: "table", at: 1, made("read(\"numbers.csv\")")) != nil)
        try second.save(logged: 3, to: folder.file("deeper/three.vq"))
        let three = try String(contentsOfFile: folder.file("deeper/three.vq"), encoding: .utf8)
        #expect(three.contains("read(\"../numbers.csv\")"))
        again = []
        try second.run(try #require(try second.loggedQuery(3))) { again.append($0) }
        #expect(again.last?.csv == "a\n41\n")
        #expect(throws: SavedQueryFailure.self) { try second.save(logged: 2, to: folder.file("deeper/two.vq")) }
    }

    @Test func shellsSideBySideDoNotMixTheirLines() throws {
        let folder = try TemporaryDirectory()
        let logs = (0..<4).map { _ in ResultLog(store: folder.file("store"), id: "x", folder: nil) }
        DispatchQueue.concurrentPerform(iterations: 4) { shell in
            for index in 0..<50 {
                _ = logs[shell].append(type: "int", at: 1, made("\(shell) + \(index)", plan: "\(shell)-\(index)"))
            }
        }
        let all = logs[0].list()
        #expect(all.count == 200)
        #expect(all.map(\.number) == Array(1...200))
        #expect(Set(all.map(\.provenance.query)).count == 200)
    }

    @Test func theFileStaysShortAndNumbersGoOn() throws {
        let folder = try TemporaryDirectory()
        let log = ResultLog(store: folder.file("store/"), id: "x", folder: nil)
        let long = String(repeating: "x", count: 20_000)
        for index in 0..<120 {
            #expect(log.append(type: "int", at: 1, made(long + "\(index)", plan: "\(index)")) != nil)
        }
        let size = try FileManager.default.attributesOfItem(atPath: folder.file("store.results.jsonl"))[.size] as? Int
        #expect(size.map { $0 <= ResultLog.byteLimit } == true)
        let all = log.list()
        #expect(all.last?.number == 120 && all.count >= 25)
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.number + 1 == $1.number })
        // A value as long as the file is not listed, and no error.
        let count = all.count
        #expect(log.append(type: "int", at: 1, made(String(repeating: "y", count: 100_000), plan: "y")) != nil)
        #expect(log.list().count == count)
    }

    @Test func linesOfOthersAreLeftOut() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("store.results.jsonl")
        let log = ResultLog(store: folder.file("store"), id: "x", folder: nil)
        let lines = [
            "", "not json", "{\"n\":\"1\"}", "[1,2", "{\"n\":-4,\"type\":\"int\",\"made\":{\"query\":\"1\"}}",
            "{\"n\":99999999999999999999,\"type\":\"int\",\"made\":{\"query\":\"1\"}}",
            "{\"n\":1,\"type\":\"int\",\"made\":{}}",
            String(repeating: "[", count: 70_000), "\u{0}\u{1B}[2J",
            "{\"n\":7,\"at\":1,\"type\":\"a\\u001b[2Jb\",\"made\":{\"query\":\"use \\\"/\\\"\\n1\"}}",
            "{\"n\":8,\"type\":\"int\",\"ma",
        ]
        try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        #expect(log.list().map(\.number) == [7])
        #expect(log.append(type: "int", at: 1, made("1", plan: "1")) == path)
        #expect(log.list().map(\.number) == [7, 8])
        // Lines that no session writes are not run.
        try EngineFixture.make(at: folder.file("store"))
        let session = try session(folder)
        #expect(throws: SavedQueryFailure.self) { try session.loggedQuery(7) }
        #expect(try session.loggedQuery(8)?.text == "1")
    }

    @Test func nothingIsWrittenThroughALinkOrIntoAFolder() throws {
        let folder = try TemporaryDirectory()
        let target = folder.file("target")
        try "mine".write(toFile: target, atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("store.results.jsonl"), withDestinationPath: target)
        let log = ResultLog(store: folder.file("store"), id: "x", folder: nil)
        #expect(log.append(type: "int", at: 1, made("1")) == nil)
        #expect(log.list().isEmpty)
        #expect(try String(contentsOfFile: target, encoding: .utf8) == "mine")
    }

    @Test func whereNothingCanBeWrittenBesideTheStoreItIsTheUsersFolder() throws {
        let folder = try TemporaryDirectory()
        try EngineFixture.make(at: folder.file("store"))
        // Also for those who may write everywhere.
        try FileManager.default.createDirectory(
            atPath: folder.file("store.results.jsonl"), withIntermediateDirectories: true)
        let own = folder.file("home/state")
        let first = try session(folder, logFolder: own)
        _ = try first.answers("1 + 1\n2 + 2")
        #expect(first.takeLogNotice()?.contains(own) == true)
        _ = try first.answers("3 + 3")
        #expect(first.takeLogNotice() == nil)
        let second = try session(folder, logFolder: own)
        #expect(try second.loggedQuery(3)?.text == "3 + 3")
        let none = try session(folder)
        _ = try none.answers("1 + 1")
        #expect(none.takeLogNotice()?.contains("not listed") == true)
    }
}
