import Foundation
import QueryEngine
import QueryLanguage
import Store
import TensorFiles
import TestSupport
import Testing

/// Queries of several files, and files that queries read.
@Suite struct QueryFilesTests {
    /// Writes files into a folder and runs one of them there.
    private func reply(
        _ files: [String: String], run name: String = "main.vq", parameters: [String: Constant] = [:]
    ) throws -> String {
        let folder = try TemporaryDirectory()
        for (name, text) in files {
            let url = URL(fileURLWithPath: folder.file(name))
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
        return try EngineFixture.withSession { session in
            let source = SourceText(name: folder.file(name), text: files[name] ?? "")
            var shown: [String] = []
            do {
                try session.run(source, parameters: parameters) { shown.append(Plain.text($0)) }
            } catch let errors as QueryErrors {
                shown.append(DiagnosticRenderer().text(errors.diagnostics, in: errors.source))
            } catch let failure as QueryFailure {
                let place = failure.source ?? source
                shown.append(DiagnosticRenderer().text(failure.diagnostic, in: place))
            }
            return shown.joined(separator: "\n").replacing(folder.path + "/", with: "")
        }
    }

    @Test func anIncludeBringsNamesAndParameters() throws {
        let files = [
            "main.vq": "include \"lib/norms.vq\"\nnorms(\"general\") | mean(layer)",
            "lib/norms.vq":
                "include \"base.vq\"\ndef norms(dataset) = capture(model, dataset).resid_post | norm | mean",
            "lib/base.vq": "param model = \"base\"",
        ]
        // Mean of 58.018, 60.0154 and 62.0151.
        #expect(try reply(files) == "float\nnorm\n60.0162")
        #expect(try reply(files, parameters: ["model": .string("tuned")]) != reply(files))
    }

    @Test func aFileIsIncludedOnce() throws {
        let files = [
            "main.vq": "include \"a.vq\"\ninclude \"./b.vq\"\none + two",
            "a.vq": "include \"b.vq\"\nlet one = 1", "b.vq": "let two = 2\ntwo",
        ]
        #expect(try reply(files) == "int\n2\nint\n3")
    }

    @Test func errorsNameTheFileTheyStandIn() throws {
        let files = [
            "main.vq": "# one\ninclude \"lib.vq\"\ncaptures | hed(1)",
            "lib.vq": "\n\nlet x = captures | whre(model == \"base\")",
        ]
        #expect(
            try reply(files)
                == """
                main.vq:3:12: error: there is no verb `hed`
                  captures | hed(1)
                             ^~~
                  help: did you mean `head`?

                lib.vq:3:20: error: there is no verb `whre`
                  let x = captures | whre(model == "base")
                                     ^~~~
                  help: did you mean `where`?
                """)
    }

    @Test func aFailureWhileRunningNamesTheFileToo() throws {
        let files = [
            "main.vq": "include \"lib.vq\"\nx",
            "lib.vq": "# a comment\nlet x = sql(\"select abs(-9223372036854775807 - 1) as a\")",
        ]
        #expect(try reply(files).hasPrefix("lib.vq:2:9: error: SQL: integer overflow"))
    }

    @Test func usedUpSaysInWhichFile() throws {
        let files = [
            "main.vq": "include \"lib.vq\"\nv | where(role == \"user\")",
            "lib.vq": "let v = capture(\"base\", \"general\").resid_post\n  | mean(token)",
        ]
        #expect(try reply(files).contains("used up by `mean(token)` on line 2 of lib.vq"))
    }

    @Test func cyclesAndMissingFilesAreRefused() throws {
        let cycle = ["main.vq": "include \"a.vq\"\n1", "a.vq": "include \"main.vq\""]
        let text = try reply(cycle)
        #expect(text.hasPrefix("a.vq:1:1: error: `main.vq` includes `a.vq` includes `main.vq`"))
        #expect(try reply(["main.vq": "include \"main.vq\""]).contains("`main.vq` includes `main.vq`"))
        // Names that the missing file may hold are no errors of their own; others are.
        let missing = try reply(["main.vq": "include \"nothing.vq\"\nhelper(3) | mean\ncapture(\"bose\")"])
        #expect(missing.contains("main.vq:1:1: error: nothing.vq"))
        #expect(!missing.contains("helper") && missing.contains("`bose`"))
        #expect(try reply(["main.vq": "include \"lib\"", "lib/x.vq": "1"]).contains("is a directory"))
    }

    @Test func useOpensAnotherStore() throws {
        let folder = try TemporaryDirectory()
        try EngineFixture.make(at: folder.file("one"))
        try EngineFixture.make(at: folder.file("two"))
        let options = QuerySession.Options(followsUse: true)
        let session = try QuerySession(store: folder.file("one"), options: options)
        let first = session.snapshot.storeID
        _ = try session.answers("let x = 3\nx")
        try session.run(SourceText(name: folder.file("q.vq"), text: "use \"two\"\ncaptures | count")) { _ in }
        #expect(session.snapshot.storeID != first)
        // Names and results belonged to the first store.
        #expect(session.reply("x").contains("there is no name `x`"))
        #expect(session.reply("_1 | count").hasPrefix("failure") || session.reply("_9").contains("no result _9"))
        #expect(session.reply("1\nuse \"two\"").contains("comes first"))
        #expect(session.reply("use \"nowhere\"").contains("error: "))
        // A store that the command line names stays.
        let fixed = try QuerySession(store: folder.file("one"))
        _ = try fixed.answers("use \"nowhere\"\ncaptures")
        #expect(fixed.snapshot.storeID == first)
    }

    @Test func tablesAreRead() throws {
        let csv = "id,score,ok,name\np0,1,true,x\np1,,false,\"y,z\"\np2,2.5,true,\n"
        let jsonl = "{\"id\": \"p0\", \"n\": 1}\n\n{\"n\": null, \"extra\": true}\n"
        let query =
            "read(\"data/a.csv\") | where(ok) | select(id, score, name)\nread(\"b.jsonl\")\nread(\"c.tsv\") | sort(n, desc=true)"
        let files = ["main.vq": query, "data/a.csv": csv, "b.jsonl": jsonl, "c.tsv": "n\tt\n1\ta,b\n10\tc\n"]
        #expect(
            try reply(files)
                == """
                table
                id | score | name
                p0 | 1 | x
                p2 | 2.5 | –
                2 rows
                table
                id | n | extra
                p0 | 1 | –
                – | – | true
                2 rows
                table
                n | t
                10 | c
                1 | a,b
                2 rows
                """)
        let wrong = try reply(["main.vq": "read(\"a.csv\") | where(scor > 1)", "a.csv": csv])
        #expect(wrong.contains("there is no column `scor`") && wrong.contains("did you mean `score`?"))
        #expect(
            try reply(["main.vq": "read(\"a.csv\")", "a.csv": "a,b\n1\n"]).contains("a.csv:2:1: the row has 1 fields"))
        #expect(try reply(["main.vq": "read(\"a.parquet\")", "a.parquet": ""]).contains(".npy"))
        #expect(try reply(["main.vq": "read(\"no.csv\")"]).contains("no.csv"))
        let nested = ["main.vq": "read(\"a.jsonl\")", "a.jsonl": "{\"a\": 1}\n{\"a\": [1]}"]
        #expect(try reply(nested).contains("a.jsonl:2"))
    }

    @Test func arraysAreReadAndExportsComeBack() throws {
        try EngineFixture.withSession { session in
            let root = session.options.exportRoot
            let vector = NumPyFile.encode([Float](arrayLiteral: 1, 0, 0, 0), shape: [4])
            try Data(vector).write(to: URL(fileURLWithPath: root + "/v.npy"))
            let rows = NumPyFile.encode([1.0, 0, 0, 0, 0, 0, 0, 2], shape: [2, 4])
            try Data(rows).write(to: URL(fileURLWithPath: root + "/m.npy"))
            func answer(_ text: String) throws -> ShownValue {
                var shown: [ShownValue] = []
                try session.run(SourceText(name: root + "/q.vq", text: text)) { shown.append($0) }
                return try #require(shown.last)
            }
            let dot = try answer("capture(\"base\", \"general\").resid_post[layer=0] | dot(read(\"v.npy\")) | mean")
            // Mean of 10p + t over the 28 tokens: (3 + 46 + 110 + 195 + 301 + 153) / 28.
            #expect(dot.type.dims.isEmpty && dot.csv.hasSuffix("28.857142857142858\n"))
            #expect(try answer("read(\"m.npy\")").type.description == "vec(4)[row 2]")
            #expect(try answer("read(\"m.npy\") | norm").csv == "row,norm\n0,1.0\n1,2.0\n")
            for value in [
                "capture(\"*\", \"*\").resid_post | mean", "capture(\"*\", \"general\").resid_post | norm | mean",
                "pair(capture(\"base\"), capture(\"tuned\")).sae | topk([1, 4]) | overlap | mean",
            ] {
                let direct = try answer(value)
                let name = "x\(value.utf8.count).npz"
                _ = try answer(value + " | export(\"\(name)\")")
                let back = try answer("read(\"\(name)\")")
                #expect(back.type.description == direct.type.description)
                #expect(numbers(back.csv) == numbers(direct.csv))
            }
            #expect(throws: (any Error).self) { _ = try answer("read(\"nothing.npy\")") }
        }
    }

    /// Whatever a file holds, reading it gives a type or an error.
    @Test func noFileTraps() throws {
        try EngineFixture.withSession { session in
            let root = session.options.exportRoot
            _ = try session.answers("capture(\"*\", \"*\").resid_post | norm | mean | export(\"a.npz\")")
            _ = try session.answers("capture(\"base\", \"general\").resid_post[layer=1] | mean | export(\"a.npy\")")
            _ = try session.answers("prompts(\"general\") | export(\"a.csv\")")
            let lines = "{\"a\": 1, \"b\": \"x\"}\n{\"a\": 2.5, \"b\": null}\n"
            try lines.write(toFile: root + "/a.jsonl", atomically: true, encoding: .utf8)
            var generator = SeededGenerator(seed: 5)
            var sound = 0
            for ending in ["npz", "npy", "csv", "jsonl"] {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(root)/a.\(ending)"))
                for mutant in 0..<150 {
                    var copy = bytes
                    for _ in 0..<Int.random(in: 0...6, using: &generator) where !copy.isEmpty {
                        let place = Int.random(in: 0..<copy.count, using: &generator)
                        copy[place] = UInt8.random(in: 0...255, using: &generator)
                    }
                    if mutant % 5 == 0 { copy = copy.prefix(Int.random(in: 0...copy.count, using: &generator)) }
                    let file = "\(root)/m.\(ending)"
                    try copy.write(to: URL(fileURLWithPath: file))
                    let found = session.check(SourceText(name: root + "/q.vq", text: "read(\"m.\(ending)\")"))
                    sound += found.isEmpty ? 1 : 0
                    #expect(found.diagnostics.allSatisfy { $0.help != nil && !$0.message.isEmpty })
                }
            }
            #expect(sound > 20)
        }
    }

    /// Rows without the heading, which names the quantity.
    private func numbers(_ csv: String) -> [Substring] { Array(csv.split(separator: "\n").dropFirst()) }

    @Test func resultsTellWhatWasSaved() throws {
        try EngineFixture.withSession { session in
            #expect(session.reply("results | count").hasSuffix("0"))
            let text = "param d = \"general\"\ncapture(\"base\", d).resid_post | norm | mean | save(\"a/norm\")"
            _ = try session.answers(text)
            _ = try session.answers("capture( \"base\",  \"general\" ).resid_post | norm | mean | save(\"b\")")
            _ = try session.answers("capture(\"base\", \"medical\").resid_post | norm | mean | save(\"c\")")
            let rows = try session.answers("results | select(name, type, query, generation, version)")[0]
            let table = Plain.text(rows)
            #expect(
                table.contains(
                    "a/norm | float[layer 3] | param d = \"general\"\ncapture(\"base\", d).resid_post | norm | mean | save(\"a/norm\")"
                ))
            // The same plan however it is written; another one for other data.
            let plans = try session.answers("results | select(name, plan)")[0].csv.split(separator: "\n").map {
                $0.split(separator: ",").last ?? ""
            }
            #expect(plans.count == 4 && plans[1] == plans[2] && plans[1] != plans[3])
        }
    }

    @Test func earlierEntriesKeepTheirPlaces() throws {
        try EngineFixture.withSession { session in
            _ = try session.answers("let m = capture(\"base\", \"general\").resid_post | mean(token)")
            _ = try session.answers("1")
            #expect(session.reply("m[token=0] | norm").contains("was used up by `mean(token)` in an earlier entry"))
            // A number that an entry reads of itself, and one that fails halfway.
            #expect(session.reply("4\n_2 + _").hasSuffix("float\nvalue\n8"))
            #expect(session.reply("5\n_ + 1").hasSuffix("\n6"))
        }
    }
}
