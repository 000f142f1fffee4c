import Foundation
import QueryEngine
import QueryLanguage
import Shell
import Store
import Tensor
import Terminal
import TestSupport
import Testing

/// No text that a store holds steers the terminal of whoever looks at it: every control character on every way to a screen.
@Suite struct HostileTextTests {
    static let controls = HostileText.controls
    static let texts = HostileText.texts

    private func store(_ folder: TemporaryDirectory) throws -> String {
        let path = folder.file("store")
        let prompts = HostileTextTests.texts.enumerated().map { index, text in
            PromptRecord(
                key: "p\(index)" + text, source: text, metadata: [("group", .string(text)), ("plain", .string("a"))],
                tokenCount: 2)
        }
        try SyntheticCapture(model: "base", dataset: "general", prompts: prompts, layers: 3, hiddenSize: 4) {
            column, prompt, position, place in
            switch column {
            case .prompt: Double(prompt)
            case .position: Double(position)
            case .site(let site): Double(1 + (site.layer ?? 0) + prompt * place)
            default: 0
            }
        }.write(to: StoreWriter(path: path))
        return path
    }

    private static let norms = "capture(\"base\", \"general\").resid_post | norm"
    private static let queries = [
        "prompts(\"general\")", "captures", "datasets", "describe(capture(\"base\", \"general\"))",
        norms + " | mean(token)", norms + " | mean(by=group)", norms + " | mean(by=group) | bar",
        norms + " | mean(by=group) | plot(x=layer)", norms + " | mean(by=group) | plot(x=group, color=layer)",
        norms + " | mean(by=group) | heatmap(x=layer)", norms + " | mean(by=group) | heatmap(x=group)",
        norms + " | mean(by=group) | spark(x=layer)", norms + " | mean(by=group) | table(rows=layer, cols=group)",
        norms + " | summary | explain", norms + " | mean(by=group) | explain(run=true)",
        "capture(\"base\", \"general\").resid_post[layer=0] | mean(token) | pca(2) | scatter",
        "sql(\"select * from prompts\")", norms + "[layer=0] | mean(by=group) | sort(value) | head(3)",
        "\"\(texts[0].replacing("\\", with: "").filter { $0 != "\"" && !$0.isNewline })\"",
    ]

    /// Sequences that we write ourselves: colours, and their end.
    private func withoutOurColours(_ text: String) -> String {
        text.replacing(/\u{1B}\[(0|49|[34]8;(2;[0-9]+;[0-9]+;[0-9]+|5;[0-9]+))m/, with: "")
    }

    private func steering(_ text: String) -> [Unicode.Scalar] {
        let controls = Set(HostileTextTests.controls)
        return withoutOurColours(text).unicodeScalars.filter { $0 != "\n" && controls.contains($0) }
    }

    @Test(arguments: AnswerFormat.allCases)
    func everyAnswer(format: AnswerFormat) throws {
        let folder = try TemporaryDirectory()
        let session = try QuerySession(store: store(folder))
        for colours in [ColourDepth.none, .full] {
            var answers = AnswerText(format: format, width: 80, rowLimit: 20, tellsWork: true)
            answers.isForTerminal = true
            answers.colours = colours
            for query in HostileTextTests.queries {
                var text = ""
                do {
                    try session.run(SourceText(name: "query", text: query)) { text += answers.text($0) }
                } catch {
                    text = ErrorText.describe(error, in: SourceText(name: query, text: query)).text
                }
                #expect(!text.isEmpty && steering(text).isEmpty, "\(format) \(query): \(steering(text))")
            }
        }
    }

    /// Errors quote what was written and what is there instead; names of files too.
    @Test func errorsHelpAndCompletion() throws {
        let folder = try TemporaryDirectory()
        let path = try store(folder)
        let repl = try Repl(store: path, answers: AnswerText(width: 80), threads: 1)
        for text in HostileTextTests.texts + [HostileText.null] {
            let quoted = SyntaxPrinter.quoted(text)
            let raw = text.filter { $0 != "\"" && !$0.isNewline }
            for entry in [
                "capture(\(quoted), \"general\")", "capture(\"base\", \"general\").\(text)", text, "\"\(raw)",
                "capture(\"base\", \"general\").resid_post | where(group == \"\(raw)\")", ".mode \(text)", "?\(text)",
                ".run \(text)", ".save _1 \(text)", ".edit \(text)", "load(\(quoted))", "read(\(quoted))",
                "captures | \(raw)", "let \(raw) = 1", "export(\(quoted))", "captures | export(\(quoted))",
                "param \(raw)", "assert 1 == 2, \(quoted)", "use \(quoted)", "include \(quoted)",
            ] {
                let reply = repl.take(entry: entry)
                #expect(steering(reply.output + reply.messages).isEmpty, "\(entry.debugDescription)")
            }
            let (help, complaint) = QueryHelp.text(
                bytes: Array("#: \(raw)\nparam a = \(quoted) # \(raw)\ncaptures".utf8), name: text, command: text)
            #expect(steering((help ?? "") + complaint).isEmpty)
            let (_, wrong) = QueryLayout.format(bytes: Array("captures | \(raw)(".utf8), name: text)
            #expect(steering(wrong).isEmpty)
        }
    }

    /// What Tab offers is drawn, and put into the entry: names of prompts, values of columns.
    @Test func candidatesOfCompletion() throws {
        let folder = try TemporaryDirectory()
        let repl = try Repl(store: store(folder), answers: AnswerText(width: 80), threads: 1)
        for before in [
            "capture(\"base\", \"general\").resid_post | where(group == \"", "capture(\"", "capture(\"base\", \"",
            "capture(\"base\", \"general\").resid_post | where(",
        ] {
            let completion = repl.completion(before: before, after: "")
            #expect(!completion.candidates.isEmpty, "\(before)")
            for candidate in completion.candidates {
                #expect(steering(candidate.text).isEmpty, "\(before): \(candidate.text.debugDescription)")
            }
        }
        let values = repl.completion(before: HostileTextTests.norms + " | where(group == \"", after: "")
        #expect(values.candidates.count >= HostileTextTests.texts.count)
        // What was put in is a query that runs, whatever the value holds.
        for value in values.candidates {
            let reply = repl.take(entry: HostileTextTests.norms + " | where(group == \"\(value.text)\") | mean")
            #expect(reply.messages == "" && reply.output.contains("float[layer 3]"), "\(value.text)\(reply.messages)")
        }
    }

    /// Files that people open: pictures, pages, specifications.
    @Test(arguments: ["svg", "html", "vl.json"])
    func pictures(ending: String) throws {
        let folder = try TemporaryDirectory()
        let session = try QuerySession(
            store: store(folder), options: QuerySession.Options(exportRoot: folder.path, overwritesExports: true))
        for query in HostileTextTests.queries.filter({ $0.contains("by=group") || $0.contains("scatter") })
        where !query.contains("explain") && !query.contains("sort") {
            try session.run(SourceText(name: "query", text: query + " | export(\"a.\(ending)\")")) { _ in }
            let text = try String(contentsOfFile: folder.file("a.\(ending)"), encoding: .utf8)
            #expect(query.contains("scatter") || text.contains("\\x1b"), "\(query)")
            #expect(steering(text).isEmpty, "\(query)")
        }
    }
}
