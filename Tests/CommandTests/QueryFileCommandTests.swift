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

    @Test func aFileExplainsItself() throws {
        let folder = try QueryFileCommandTests.folder([
            "main.vq": """
            #: How long are the vectors?
            #: One number a layer.
            use "store"
            param model = "base"      # whose vectors
            param least: float        # shorter ones are left out
            param ks = [1, 2]
            param share = 1 / 2
            capture(model, "general").resid_post | norm | mean
            """, "bare.vq": "captures", "wrong.vq": "captures |",
        ])
        let main = folder.file("main.vq")
        let help = try CommandRun(["run", "--help", main])
        #expect(help.code == 0, "\(help.messages)")
        #expect(
            help.output.replacing(folder.path, with: "DIR") == """
                How long are the vectors?
                One number a layer.

                usage: varve run DIR/main.vq [--store DIR] --param least=… [--param NAME=VALUE]…
                opens  DIR/store unless --store names another

                parameters
                  model  str          "base" if not given  # whose vectors
                  least  float        must be given        # shorter ones are left out
                  ks     list of int  [1, 2] if not given
                  share               1 / 2 if not given

                """)
        #expect(try CommandRun(["run", main, "--store", "x", "-h"]).output == help.output)
        #expect(try CommandRun(["run", folder.file("bare.vq"), "--help"]).output.contains("no parameters"))
        #expect(try CommandRun(["run", folder.file("wrong.vq"), "--help"]).code == 3)
        #expect(try CommandRun(["run", folder.file("none.vq"), "--help"]).code == 2)
        #expect(try CommandRun(["run", "--help", "feature-drift"]).output.contains("param NAME=VALUE"))
        #expect(try CommandRun(["run", "--help"]).output.contains("USAGE"))
        // What help says is true: with its parameter the file runs.
        #expect(try CommandRun(["run", main]).code == 3)
        #expect(try CommandRun(["run", main, "--param", "least=1"]).code == 0)
        #expect(try CommandRun(["run", main, "--param", "least=no"]).code == 3)
        #expect(try CommandRun(["run", "-"], input: "use \"\(folder.file("store"))\"\ncaptures | count").code == 0)
    }

    /// What the prompt saves runs by itself, in every format to the same bytes.
    @Test func aSavedResultRunsByItself() throws {
        let folder = try QueryFileCommandTests.folder([:])
        let entries = """
            param p = 1
            let x = capture("base", "general").resid_post | norm(p)
            x | mean
            let x = captures
            _1 | max(layer)
            """
        let file = folder.file("saved.vq")
        let talk = try CommandRun(
            ["shell", folder.file("store"), "--no-rc"],
            input: entries + "\n.save _2 \(file)\n.timer on\n_2\n.save _2 \(file)\n1 + 41\n")
        #expect(talk.messages.contains("shows _2 again") && talk.messages.contains("is there already"))
        #expect(talk.output.contains("cached") && !talk.output.contains("42") && talk.code == 1)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(text.contains("use \"store\"\nparam p = 1\nlet x ="))
        for format in ["table", "box", "md", "csv", "json", "jsonl"] {
            let again = try CommandRun(["run", file, "--format", format])
            let whole = try CommandRun(["query", folder.file("store"), entries, "--format", format])
            #expect(again.code == 0, "\(again.messages)")
            // The whole conversation shows two values, the file the second of them.
            #expect(
                whole.output.hasSuffix(format == "json" ? String(again.output.dropLast()) + "\n]\n" : again.output)
                    || format == "csv", "\(format): \(again.output) in \(whole.output)")
        }
        #expect(try CommandRun(["run", "--help", file]).output.contains("p  int  1 if not given"))
    }

    @Test func filesArePutInOrder() throws {
        let folder = try QueryFileCommandTests.folder([
            "a.vq": "captures|count # how many\n", "b.vq": "captures | count\n", "c.vq": "captures |\n",
        ])
        func text(_ name: String) throws -> String { try String(contentsOfFile: folder.file(name), encoding: .utf8) }
        let check = try CommandRun(["fmt", "--check", folder.file("a.vq"), folder.file("b.vq")])
        #expect(check.code == 1 && check.output == folder.file("a.vq") + "\n")
        #expect(try text("a.vq") == "captures|count # how many\n")
        #expect(try CommandRun(["fmt", folder.file("a.vq"), folder.file("b.vq")]).code == 0)
        #expect(try text("a.vq") == "captures | count  # how many\n")
        #expect(try CommandRun(["fmt", "--check", folder.file("a.vq")]).code == 0)
        #expect(try CommandRun(["fmt", "-"], input: "captures|count").output == "captures | count\n")
        #expect(try CommandRun(["fmt", folder.file("c.vq")]).code == 3)
        #expect(try text("c.vq") == "captures |\n")
        #expect(try CommandRun(["fmt", folder.file("none.vq")]).code == 2)
    }

    /// The queries that varve brings are in order.
    @Test func theSavedQueriesAreInOrder() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("queries")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".vq") }
        #expect(files.count >= 14)
        let run = try CommandRun(["fmt", "--check"] + files.sorted().map { folder.path + "/" + $0 })
        #expect(run.code == 0, "\(run.output)\(run.messages)")
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

    private static let general = "capture(\"base\", \"general\")"

    /// What must be given has no value when a file is only checked.
    @Test(
        arguments: [
            ("param k: int\n\(general).resid_post[layer=k] | norm | mean", nil, "is sound\n"),
            (
                "param p: float\nparam k: int\n\(general).resid_post | norm(p) | head(k) | mean", nil,
                "is sound\n"
            ),
            (
                "param m\nparam b: bool\ncapture(m, \"general\").resid_post | norm | mean", nil,
                "does not depend on `m` (--param m=…"
            ),
            ("param m: str\nlet x = capture(m).resid_post\nx | norm\ncaptures | overlp", "overlp", ""),
            ("param k: int\ncapture(k, \"general\").resid_post", "capture", ""),
            ("param k: bool\ncaptures | head(k)", "head", ""),
            ("param k: strin\ncaptures", "did you mean `string`", ""),
        ] as [(String, String?, String)])
    func parametersThatMustBeGiven(text: String, wrong: String?, says: String) throws {
        let folder = try QueryFileCommandTests.folder(["a.vq": text])
        let check = try CommandRun(["check", folder.file("a.vq"), "--store", folder.file("store")])
        #expect(check.code == (wrong == nil ? 0 : 3), "\(check.messages)")
        #expect(check.messages.contains(wrong ?? says), "\(check.messages)")
        #expect(!check.messages.contains("must be given"))
        if wrong == nil, text.contains("param m") {
            let given = ["--param", "m=nobody", "--param", "b=true"]
            let full = try CommandRun(["check", folder.file("a.vq"), "--store", folder.file("store")] + given)
            #expect(full.code == 3 && full.messages.contains("nobody"))
        }
    }
}
