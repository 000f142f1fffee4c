import Shell
import TestSupport
import Testing

@Suite struct QueryRunTests {
    private func run(
        _ text: String, _ format: AnswerFormat = .table, parameters: [String] = [], forTerminal: Bool = false
    ) throws -> (verdict: Verdict, output: String, messages: String) {
        let fixture = try ShellFixture()
        var answers = AnswerText(format: format)
        answers.isForTerminal = forTerminal
        let run = try QueryRun(
            store: fixture.store, answers: answers, parameterTexts: parameters, threads: 1,
            exportRoot: fixture.folder.path, overwritesExports: false)
        var output = ""
        var messages = ""
        let verdict = try run.run(
            bytes: Array(text.utf8), name: "query", write: { output += $0 }, complain: { messages += $0 + "\n" })
        return (verdict, output, messages)
    }

    private let norms = "capture(\"base\", \"general\").resid_post | norm | mean"

    @Test func aTableForPeople() throws {
        let ran = try run(norms)
        #expect(ran.verdict == .ok)
        #expect(
            ran.output
                == """
                ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
                layer  norm
                ─────────────────────────────────────────────
                    0     2  ██████████▋
                    1     4  █████████████████████▍
                    2     6  ████████████████████████████████
                ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
                float[layer 3]

                """)
        #expect(ran.messages == "")
    }

    @Test func markdownAndData() throws {
        let table = try run(norms, .md).output
        #expect(table.hasPrefix("| layer | norm |\n| ----: | ---: |\n|     0 |    2 |"))
        let csv = try run(norms, .csv).output
        #expect(csv.split(separator: "\n").count == 4)
        #expect(csv.contains("2,6.0"))
        let one = try run(norms, .json).output
        #expect(one.hasPrefix("{\n") && one.hasSuffix("}\n"))
        let two = try run(norms + "\ncaptures", .json).output
        #expect(two.hasPrefix("[\n{") && two.hasSuffix("}\n]\n"))
        #expect(try run("let a = 1", .json).output == "[]\n")
        #expect(try run(norms + "\ncaptures", .jsonl).output.split(separator: "\n").count == 2)
    }

    /// What an answer says of itself stands under it, in its JSON, and beside a CSV on the other stream.
    @Test func notesReachPeopleAndPrograms() throws {
        let nothing = "capture(\"base\", \"general\").resid_post | where(position > 100) | norm | mean"
        let text = "no row is left: nothing was computed there"
        #expect(try run(nothing).output.contains("\nnote: \(text)\n"))
        #expect(try run(nothing, .md).output.contains("\n> note: \(text)\n"))
        #expect(try run(nothing, .jsonl).output.contains(#"{"code":"no-rows","text":"\#(text)"}"#))
        let csv = try run(nothing, .csv)
        #expect(!csv.output.contains("note") && csv.messages == "note: \(text)\n")
        #expect(try !run(norms).output.contains("note"))
    }

    @Test(arguments: [
        ("captures | overlp", Verdict.rejected), ("captures |", .rejected), ("assert 1 == 2, \"no\"", .assertionFailed),
        ("assert 1 == 1", .ok), ("capture(\"nobody\").lora | mean", .rejected), ("", .ok),
    ])
    func verdicts(text: String, verdict: Verdict) throws {
        let ran = try run(text)
        #expect(ran.verdict == verdict)
        #expect(verdict == .ok || ran.messages.contains("query:1:"))
        #expect(ran.output == "")
    }

    @Test func parametersComeFromOutside() throws {
        let text = "param layer = 0\n" + norms + "\n| describe"
        #expect(try run(text, parameters: ["layer=2"]).verdict == .ok)
        let unknown = try run(text, parameters: ["layr=2"])
        #expect(unknown.verdict == .rejected)
        #expect(unknown.messages.contains("did you mean `layer`?"))
    }

    @Test func theSameQueryGivesTheSameBytes() throws {
        for format in AnswerFormat.allCases where format != .json && format != .jsonl {
            #expect(try run(norms, format).output == run(norms, format).output)
        }
    }

    @Test(arguments: AnswerFormat.allCases)
    func nothingSteersATerminal(format: AnswerFormat) throws {
        let ran = try run("prompts(\"general\")", format, forTerminal: true)
        #expect(ran.output.contains("evil"))
        #expect(!ShellFixture.steers(ran.output))
    }

    @Test func aFileThatIsNoText() throws {
        let fixture = try ShellFixture()
        var messages = ""
        let verdict = try QueryRun(store: fixture.store).run(
            bytes: [0x61, 0xFF], name: "a.vq", write: { _ in }, complain: { messages += $0 })
        #expect(verdict == .rejected)
        #expect(messages.contains("not UTF-8"))
    }

    @Test func checkingAgainstAStore() throws {
        let fixture = try ShellFixture()
        let parsed = try QueryCheck(store: nil, parameterTexts: [], isJSON: false)
        #expect(parsed.check(bytes: Array("captures | where(sort == \"x\")".utf8), name: "a.vq").isSound)
        // Verbs are known without a store.
        let misspelt = parsed.check(bytes: Array("let x = captures | overlp\nx | hed(3)".utf8), name: "a.vq")
        #expect(!misspelt.isSound)
        #expect(misspelt.text.contains("`overlap`") && misspelt.text.contains("`head`"))
        #expect(!parsed.check(bytes: Array("captures |".utf8), name: "a.vq").isSound)
        let typed = try QueryCheck(store: fixture.store, parameterTexts: [], isJSON: true)
        let (text, isSound) = typed.check(bytes: Array("captures | overlp".utf8), name: "a.vq")
        #expect(!isSound)
        #expect(text.hasPrefix("{\"code\":\"") && text.hasSuffix("}\n"))
        #expect(typed.check(bytes: Array("captures".utf8), name: "a.vq") == ("", true))
    }

    @Test func everyBuiltInQueryHasADescription() {
        #expect(QueryRun.builtInNames.first == "look-around")
        for name in QueryRun.builtInNames {
            #expect(QueryRun.builtIn(name + ".vq") == QueryRun.builtIn(name))
            #expect(!QueryRun.description(of: name).isEmpty)
        }
    }
}
