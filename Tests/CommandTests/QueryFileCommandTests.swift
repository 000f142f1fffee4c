import Foundation
import TensorFiles
import TestSupport
import Store
import Testing

/// `check`, `run` and `docs` on files of the user's.
@Suite struct QueryFileCommandTests {
    private static func folder(_ files: [String: String]) throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        try SyntheticCapture().write(to: StoreWriter(path: folder.file("store")))
        for (name, text) in files { try text.write(toFile: folder.file(name), atomically: true, encoding: .utf8) }
        return folder
    }

    @Test func errorsAsJSONNameFilesAndPlaces() throws {
        let folder = try QueryFileCommandTests.folder([
            "main.vq": "include \"lib.vq\"\ncaptures | hed(1)\nx | mean(layr)\n",
            "lib.vq": "let x = capture(\"base\", \"general\").resid_post\nlet y = x | nrom\n",
        ])
        let run = try CommandRun(["check", folder.file("main.vq"), "--store", folder.file("store"), "--json"])
        #expect(run.code == 3)
        let errors = try run.output.split(separator: "\n").map { try BoundedJSON.parse(Array($0.utf8), path: "line") }
        #expect(
            try errors.map { try $0.member("code").string() } == ["unknown-verb", "unknown-dimension", "unknown-verb"])
        #expect(try errors.map { try $0.member("replacement").string() } == ["head", "layer", "norm"])
        let spans = try errors.map { try $0.member("span") }
        #expect(
            try spans.map { try $0.member("file").string().split(separator: "/").last } == [
                "main.vq", "main.vq", "lib.vq",
            ])
        #expect(try spans.map { try $0.member("line").int() } == [2, 3, 2])
        #expect(try spans.map { try $0.member("column").int() } == [12, 10, 13])
        // Bytes count from the beginning of the file that holds them.
        #expect(
            try spans[2].member("start").int()
                == "let x = capture(\"base\", \"general\").resid_post\nlet y = x | ".utf8.count)
        let sound = try CommandRun(["check", folder.file("main.vq"), "--json"])
        // Without a store verbs are known, dimensions are not.
        #expect(sound.output.split(separator: "\n").count == 2)
    }

    @Test func aFileMayNameItsStore() throws {
        let folder = try QueryFileCommandTests.folder([
            "main.vq": "use \"store\"\ncaptures | count\n", "bare.vq": "captures | count\n",
            "wrong.vq": "use \"nowhere\"\ncaptures\n",
        ])
        let run = try CommandRun(["run", folder.file("main.vq"), "--format", "csv"])
        #expect(run.code == 0 && run.output.hasSuffix("1\n"), "\(run.messages)")
        #expect(try CommandRun(["check", folder.file("main.vq")]).messages.contains("is sound"))
        let bare = try CommandRun(["run", folder.file("bare.vq")])
        #expect(bare.code == 2 && bare.messages.contains("--store"))
        #expect(try CommandRun(["run", folder.file("wrong.vq")]).code == 5)
        // What the command line says goes before what the file says.
        let other = try CommandRun(["run", folder.file("wrong.vq"), "--store", folder.file("store")])
        #expect(other.code == 0, "\(other.messages)")
    }

    @Test func theDocumentationHasTheGuideAndEveryVerb() throws {
        let page = try CommandRun(["docs", "--all"]).output
        #expect(page.hasPrefix("# The query language"))
        for piece in [
            "## Verbs: Sources", "## Verbs: Out", "x | topk(k)", "pair(a, b, on=", "for example", "runs as map",
        ] {
            #expect(page.contains(piece), "\(piece)")
        }
        #expect(try CommandRun(["docs", "overlap"]).output.contains("|A ∩ B| / k"))
    }
}
