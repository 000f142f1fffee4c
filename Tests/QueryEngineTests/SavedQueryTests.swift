import Foundation
import QueryEngine
import QueryLanguage
import Store
import TestSupport
import Testing

/// A saved file shows its value again, to the byte.
@Suite struct SavedQueryTests {
    /// Answers about the running itself, or about what was saved meanwhile.
    private static func repeats(_ value: ShownValue) -> Bool {
        !["explain", "results", "describe"].contains { value.query.contains($0) }
    }

    /// Every value of the conformance files, each file one long conversation: its file is written when all names have other meanings.
    @Test(arguments: ConformanceTests.files)
    func everyValueOfALongSession(file: String) throws {
        let url = ConformanceTests.folder.appendingPathComponent(file)
        let cases = ConformanceTests.parse(try String(contentsOf: url, encoding: .utf8))
        let folder = try TemporaryDirectory()
        try EngineFixture.make(at: folder.file("store"))
        let options = QuerySession.Options(exportRoot: folder.path, overwritesExports: true)
        let session = try QuerySession(store: folder.file("store"), options: options)
        try FileManager.default.createDirectory(atPath: folder.file("deeper"), withIntermediateDirectories: true)
        var shown: [ShownValue] = []
        for one in cases {
            try? session.run(SourceText(name: "test", text: one.query)) { shown.append($0) }
        }
        #expect(shown.enumerated().allSatisfy { $0.offset + 1 == $0.element.number })
        for value in shown where SavedQueryTests.repeats(value) {
            let path = folder.file("deeper/saved.vq")
            let text = try session.savedQuery(value.number, at: path)
            let again = try SavedQueryTests.run(text, at: path, options: options)
            #expect(again.count == 1, "\(text)")
            #expect(again.last?.json() == value.json(), "\(text)")
            #expect(again.last?.csv == value.csv, "\(text)")
        }
    }

    /// Runs a file in a session that knows nothing but what the file says.
    static func run(_ text: String, at path: String, options: QuerySession.Options) throws -> [ShownValue] {
        let source = SourceText(name: path, text: text)
        let store = try #require(Parser.parse(source).usedStore)
        var answers: [ShownValue] = []
        try QuerySession(store: store, options: options).run(source) { answers.append($0) }
        return answers
    }

    /// The lines of a saved file behind its `use`.
    private func saved(_ session: QuerySession, _ number: Int? = nil) throws -> String {
        let lines = try session.savedQuery(number, at: session.snapshot.path + ".vq").split(separator: "\n")
        #expect(lines.prefix(2).allSatisfy { $0.hasPrefix("#: ") })
        #expect(lines[2] == "use \"store\"")
        return lines.dropFirst(3).joined(separator: "\n")
    }

    @Test(
        arguments: [
            // A pipeline goes on where it stopped.
            (
                ["capture(\"base\", \"general\").resid_post", "| norm", "| mean"],
                "capture(\"base\", \"general\").resid_post | norm | mean"
            ),
            // Values between are named where two others need them.
            (
                ["capture(\"base\", \"general\").resid_post | norm | mean", "_1 / (_1 | max(layer))"],
                """
                let result_1 = capture("base", "general").resid_post | norm | mean
                result_1 / (result_1 | max(layer))
                """
            ),
            // What is not needed is left out; what is needed is what it was, not what it is now.
            (
                [
                    "param k = 2", "let unused = captures", "let x = capture(\"tuned\", \"general\").sae | topk(k)",
                    "x | freq | top(3)", "param k = 4", "let x = captures",
                ],
                """
                param k = 2
                let x = capture("tuned", "general").sae | topk(k)
                x | freq | top(3)
                """
            ),
            // A definition brings what its body means where it is used.
            (
                [
                    "param c = 3", "def twice(v) = v * c", "def thrice(v) = twice(v) + v", "param c = 2",
                    "let v = captures", "capture(\"base\", \"general\").resid_post | norm | mean | thrice",
                ],
                """
                def twice(v) = v * c
                def thrice(v) = twice(v) + v
                param c = 2
                capture("base", "general").resid_post | norm | mean | thrice
                """
            ),
            // A dimension is not the `let` of that name.
            (
                [
                    "let layer = 3", "let group = 1",
                    "capture(\"base\", \"general\").resid_post | norm | mean(by=group)",
                ],
                "capture(\"base\", \"general\").resid_post | norm | mean(by=group)"
            ),
            // A value is not written into a place where its names mean something else.
            (
                [
                    "param m = \"base\"", "capture(m, \"general\").resid_post", "param m = \"tuned\"",
                    "_1 | norm | mean",
                ],
                """
                param m = "base"
                let result_1 = capture(m, "general").resid_post
                result_1 | norm | mean
                """
            ),
        ])
    func onlyWhatItNeeds(entries: [String], expected: String) throws {
        try EngineFixture.withSession { session in
            for entry in entries { _ = try session.answers(entry) }
            #expect(try saved(session) == expected)
        }
    }

    @Test func parametersKeepTheValuesThatWereGiven() throws {
        try EngineFixture.withSession { session in
            _ = try session.answers(
                """
                param model: str
                param C: float = 0.5
                param unused = [1.0, 2]
                param half = C / 2
                (capture(model, "general").resid_post | norm | mean) * half + C
                """, parameters: ["model": .string("tuned"), "C": .double(2)])
            #expect(
                try saved(session) == """
                    param model: str = "tuned"
                    param C: float = 2.0
                    param half = C / 2
                    (capture(model, "general").resid_post | norm | mean) * half + C
                    """)
        }
    }

    @Test func filesBesideTheQueryAreFoundFromElsewhere() throws {
        let folder = try TemporaryDirectory()
        try EngineFixture.make(at: folder.file("store"))
        try FileManager.default.createDirectory(atPath: folder.file("sub"), withIntermediateDirectories: true)
        try Data("a,b\n1,2\n".utf8).write(to: URL(fileURLWithPath: folder.file("sub/data.csv")))
        try Data("def plus(x) = x + 1\n".utf8).write(to: URL(fileURLWithPath: folder.file("sub/lib.vq")))
        let session = try QuerySession(store: folder.file("store"))
        var shown: [ShownValue] = []
        for text in [
            "read(\"data.csv\")", "include \"lib.vq\"\ncapture(\"base\", \"general\").resid_post | norm | mean | plus",
        ] {
            try session.run(SourceText(name: folder.file("sub/q.vq"), text: text)) { shown.append($0) }
        }
        for value in shown {
            let path = folder.file("saved.vq")
            let text = try session.savedQuery(value.number, at: path)
            #expect(!text.contains("include"))
            let again = try SavedQueryTests.run(text, at: path, options: QuerySession.Options())
            #expect(again.last?.csv == value.csv)
        }
    }

    @Test func whatCannotBeSavedSaysWhy() throws {
        try EngineFixture.withSession { session in
            #expect(throws: SavedQueryFailure.self) { try session.savedQuery(at: "/tmp/x.vq") }
            _ = try session.answers("captures")
            #expect(throws: SavedQueryFailure.self) { try session.savedQuery(7, at: "/tmp/x.vq") }
            _ = try session.answers("def again() = _\nagain()")
            let error = #expect(throws: SavedQueryFailure.self) { try session.savedQuery(2, at: "/tmp/x.vq") }
            #expect(error?.description.contains("`_`") == true)
        }
    }
}

/// What was computed is not computed again.
@Suite struct ResultCacheTests {
    @Test func theSamePlanIsAnsweredFromTheCache() throws {
        try EngineFixture.withSession { session in
            let first = try session.answers("capture(\"base\", \"general\").resid_post | norm | mean")
            let again = try session.answers(
                "let x = capture(\"base\", \"general\").resid_post\nx|norm  |  mean")
            #expect(!first[0].isCached && first[0].reads.rows > 0)
            #expect(again[0].isCached && again[0].reads.rows == 0)
            #expect(again[0].csv == first[0].csv && again[0].notes == first[0].notes)
            let other = try session.answers("capture(\"base\", \"general\").resid_post | norm(1) | mean")
            #expect(!other[0].isCached)
        }
    }

    /// Notes, charts and all: every query of the conformance files twice in one session.
    @Test(arguments: ConformanceTests.files)
    func aCachedAnswerIsTheAnswer(file: String) throws {
        let url = ConformanceTests.folder.appendingPathComponent(file)
        var cached = 0
        try EngineFixture.withSession { session in
            for one in ConformanceTests.parse(try String(contentsOf: url, encoding: .utf8))
            where !one.query.contains(/(^|[^a-z])_/) && !one.query.contains("results") {
                let first = session.reply(one.query)
                let again = session.reply(one.query)
                if !one.query.contains("explain") { #expect(first == again, "\(one.query)") }
                cached += 1
            }
        }
        #expect(cached > 0)
    }

    @Test func whatMayChangeIsReadAgain() throws {
        let folder = try TemporaryDirectory()
        try EngineFixture.make(at: folder.file("store"))
        let path = folder.file("data.csv")
        let session = try QuerySession(store: folder.file("store"))
        try Data("a\n1\n".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try session.answers("read(\"\(path)\")")[0].csv == "a\n1\n")
        try Data("a\n2\n".utf8).write(to: URL(fileURLWithPath: path))
        let again = try session.answers("read(\"\(path)\")")[0]
        #expect(again.csv == "a\n2\n" && !again.isCached)
    }
}
