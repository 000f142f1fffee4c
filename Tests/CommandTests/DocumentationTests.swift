import Foundation
import QueryEngine
import QueryLanguage
import TestSupport
import Testing

/// Documentation that is run: blocks marked `vq` check against the organism's store.
@Suite struct DocumentationTests {
    @Test func everyQueryOfTheLanguageGuideChecks() throws {
        let guide = try String(
            contentsOf: SavedQueriesTests.root.appendingPathComponent("docs/language.md"), encoding: .utf8)
        let blocks = guide.components(separatedBy: "```vq\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(blocks.count >= 8)
        let store = try SavedQueriesTests.captured.get().folder.path + "/organism.varve"
        let folder = try TemporaryDirectory()
        for (place, block) in blocks.enumerated() {
            let file = folder.file("block\(place).vq")
            try block.write(toFile: file, atomically: true, encoding: .utf8)
            let run = try CommandRun(["run", file, "--store", store])
            #expect(run.code == 0, "\(block)\(run.messages)")
        }
    }

    @Test(
        "the example of every verb runs on the demo's store",
        arguments: VerbTable.all.filter { $0.isBuilt && !$0.example.isEmpty }.map(\.name))
    func examplesRun(name: String) throws {
        let verb = try #require(VerbTable.verb(name))
        #expect(verb.example.contains(name))
        let store = try SavedQueriesTests.captured.get().folder.path + "/organism.varve"
        let folder = try TemporaryDirectory()
        let session = try QuerySession(
            store: store, options: QuerySession.Options(exportRoot: folder.path, overwritesExports: true))
        // What the examples read: the reader has files of their own.
        try "id,score\nq1,0.25\nq2,0.75\n".write(toFile: folder.file("labels.csv"), atomically: true, encoding: .utf8)
        var shown = 0
        try session.run(SourceText(name: folder.file(name + ".vq"), text: verb.example)) { value in
            shown += 1
            #expect(!value.json().isEmpty)
        }
        #expect(shown > 0)
    }
}
