import Glibc
import Shell
import Testing

@Suite struct ReplTests {
    private func conversation(_ lines: [String]) throws -> (output: String, messages: String, isOver: Bool) {
        let fixture = try ShellFixture()
        let repl = try Repl(store: fixture.store, answers: AnswerText(), threads: 1)
        var all = (output: "", messages: "", isOver: false)
        for line in lines {
            let reply = repl.take(line)
            all.output += reply.output
            all.messages += reply.messages
            all.isOver = all.isOver || reply.isOver
        }
        let last = repl.finish()
        return (all.output + last.output, all.messages + last.messages, all.isOver)
    }

    @Test func resultsAreNumberedAndContinued() throws {
        let talk = try conversation([
            "capture(\"base\", \"general\").resid_post", "| norm | mean", "_2 | describe", "let x = _2", "x",
        ])
        #expect(talk.messages == "")
        #expect(talk.output.contains("layer  vector"))
        #expect(talk.output.contains("_1  vec(4)["))
        #expect(talk.output.contains("_2  float["))
        #expect(talk.output.contains("_3  table"))
        #expect(talk.output.contains("_4  float["))
        #expect(talk.output.contains("ms"))
    }

    @Test func anEntryGoesOnUntilItIsComplete() throws {
        let fixture = try ShellFixture()
        let repl = try Repl(store: fixture.store, answers: AnswerText(), threads: 1)
        #expect(repl.prompt == "varve> ")
        #expect(repl.take("capture(\"base\",").output == "")
        #expect(repl.prompt == "   ...> ")
        #expect(repl.take("  \"general\").resid_post |").output == "")
        #expect(repl.take("norm | mean").output.contains("    2     6  █"))
        #expect(repl.prompt == "varve> ")
        _ = repl.take("capture(")
        repl.cancelEntry()
        #expect(repl.prompt == "varve> ")
        _ = repl.take("capture(")
        #expect(repl.take("").messages.contains("this `(` is not closed"))
        #expect(repl.take("").messages.isEmpty)
    }

    @Test func aStoreThatUseLeavesIsFreeForPurge() throws {
        let (first, second) = (try ShellFixture(), try ShellFixture())
        let late = try LateRepl(store: first.store, answers: AnswerText(), threads: 1) { _ in }
        let lock = unsafe open(first.store + "/readers.lock", O_RDONLY | O_CLOEXEC)
        defer { close(lock) }
        #expect(try late.repl().take("captures | count").messages == "")
        #expect(flock(lock, LOCK_EX | LOCK_NB) != 0)
        #expect(try late.repl().take("use \"\(second.store)\"\ncaptures | count").messages == "")
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
    }

    @Test func errorsDoNotEndIt() throws {
        let talk = try conversation(["captures | overlp", "no_such_thing", "captures", ".mode nothing", ".run nothing"])
        #expect(talk.messages.contains("^"))
        #expect(talk.messages.contains("modes are table"))
        #expect(talk.messages.contains("no built-in query"))
        #expect(talk.output.contains("base"))
        #expect(!talk.isOver)
    }

    @Test(arguments: [".quit", ".exit", "quit", "exit", "  .quit  "])
    func waysOut(line: String) throws {
        #expect(try conversation([line]).isOver)
    }

    @Test func commandsOfTheShell() throws {
        let talk = try conversation([
            ".help", "?", "?topk", "? nonsense", ".queries", ".timer off", "captures", ".mode csv", "captures",
        ])
        #expect(talk.messages.contains(".mode FORM"))
        #expect(talk.output.contains("x | topk(k)"))
        #expect(talk.messages.contains("no verb is called `nonsense`"))
        #expect(talk.output.contains("look-around"))
        #expect(!talk.output.contains(/[0-9] ms/))
        #expect(talk.output.contains("model,dataset"))
    }

    @Test(arguments: ["table", "box", "md"])
    func storedTextCannotSteerTheTerminal(mode: String) throws {
        let talk = try conversation([
            ".mode " + mode, "prompts(\"general\")", "prompts(\"general\") | where(note == \"x\")",
            "capture(\"base\", \"general\").resid_post | norm | mean(token)",
            "capture(\"base\", \"general\").resid_post | norm | mean(by=note)",
            "capture(\"base\", \"general\").resid_post | norm | mean(by=note) | bar",
            "capture(\"base\", \"general\").resid_post | norm | mean(by=note) | plot(x=layer)",
            "capture(\"base\", \"general\").\(ShellFixture.hostile)", ".mode \(ShellFixture.hostile)",
            "?\(ShellFixture.hostile)", "capture(\"\(ShellFixture.hostile)\")",
        ])
        #expect(talk.output.contains("evil"))
        #expect(!ShellFixture.steers(talk.output))
        #expect(!ShellFixture.steers(talk.messages))
    }
}
