import Foundation
import QueryLanguage
import Shell
import Terminal
import TestSupport
import Testing

/// Commands of the shell, as a conversation; the terminal's side is in `ShellTerminalTests`.
@Suite struct MetaCommandTests {
    private let folder: TemporaryDirectory
    private let repl: Repl

    init() throws {
        folder = try TemporaryDirectory()
        // Neither the demo's names nor its columns; rows enough for every split.
        let prompts = SyntheticCapture.prompts(60)
        try SyntheticStore.build(
            folder.file("store"),
            ["mine", "tuned"].map {
                SyntheticCapture(model: $0, dataset: "texts", prompts: prompts, loraRank: 1, latents: 64)
            })
        repl = try Repl(store: folder.file("store"), answers: AnswerText(), threads: 1)
    }

    /// An answer without its last line, which tells number and time.
    private static func table(_ text: String) -> String {
        text.split(separator: "\n").filter { !$0.hasPrefix("_") }.joined(separator: "\n")
    }

    private func say(_ line: String) -> String {
        let reply = repl.take(line)
        return reply.output + reply.messages
    }

    @Test func helpNamesEveryCommandAndEachIsCompleted() {
        let help = say(".help")
        for name in [
            "queries", "run", "explain", "edit", "results", "history", "mode", "timer", "threads", "seed", "quit",
        ] {
            #expect(help.contains("  ." + name))
            #expect(
                repl.completion(before: "." + name.prefix(2), after: "").candidates.contains { $0.text == "." + name })
            #expect(!say("?" + name).isEmpty)
        }
    }

    @Test func settingsSayWhatTheyAre() {
        #expect(say(".threads 3").isEmpty && say(".threads") == "threads: 3\n")
        #expect(say(".threads 0").contains("1 to 1024"))
        #expect(say(".mode").contains("this is table"))
        #expect(say(".timer").contains("it is on"))
        #expect(say(".seed").contains("it is off"))
        #expect(say(".seed 7").isEmpty && say(".seed").contains("it is 7"))
        #expect(say(".seed off").isEmpty && say(".seed").contains("it is off"))
        #expect(say(".seed x").contains("whole number"))
    }

    @Test("`.seed` is written into the query itself, so that what is kept of it says the seed")
    func seed() {
        let draw = "capture(\"mine\", \"texts\").resid_post | norm | bootstrap(50) | ci"
        let plain = say(draw)
        _ = say(".seed 7")
        let seeded = say(draw)
        #expect(repl.take(".edit _2").textToEdit?.contains("bootstrap(50, seed=7)") == true)
        #expect(Self.table(say(draw.replacing("50", with: "50, seed=7"))) == Self.table(seeded))
        _ = say(".seed off")
        #expect(Self.table(say(draw)) == Self.table(plain))
        #expect(Self.table(seeded) != Self.table(plain))
    }

    @Test func whatAnEarlierSessionHasShown() throws {
        #expect(say(".run @1").contains("no result @1"))
        let query = "capture(\"mine\", \"texts\").resid_post | norm | mean"
        let wanted = Self.table(say(query))
        _ = say("let x = 20")
        _ = say("x + 1")
        let later = try Repl(store: folder.file("store"), answers: AnswerText(), threads: 1)
        let list = later.take(".results").output
        #expect(list.contains("@2") && list.contains("let x = 20") && list.contains("@1") && list.contains(query))
        #expect(Self.table(later.take(".run @1").output) == wanted)
        #expect(later.take(".edit @1").textToEdit == query)
        #expect(later.take(".edit @77").messages.contains("no result @77"))
        let file = folder.file("again.vq")
        #expect(later.take(".save @1 \(file)").messages.contains("shows @1 again"))
        #expect(Self.table(later.take(".run \(file)").output) == wanted)
        #expect(later.take(".save @77 \(file)x").messages.contains("no result @77"))
        #expect(later.take(".save @1").messages.contains("write .save"))
        // It goes on from there.
        #expect(later.take("| describe").messages.isEmpty)
    }

    @Test func explainHistoryEditRun() throws {
        #expect(say(".explain").contains("no result yet"))
        #expect(say(".explain capture(\"mine\", \"texts\").resid_post | norm | mean").contains("merge"))
        _ = say("capture(\"mine\", \"texts\").resid_post | norm | mean")
        #expect(say(".explain").contains("merge"))
        #expect(say(".explain _1") != "")
        #expect(repl.take(".edit").textToEdit == "capture(\"mine\", \"texts\").resid_post | norm | mean")
        #expect(say(".edit _99").contains("number of a result"))
        repl.entries = { ["one", "two\nlines", "Three"] }
        #expect(say(".history") == "one\ntwo\nlines\nThree\n")
        #expect(say(".history three") == "Three\n")
        let file = folder.file("mine.vq")
        try "#: adds\nparam a: int\na + 1\n".write(toFile: file, atomically: true, encoding: .utf8)
        #expect(say(".run \(file) a=41").contains("42\n"))
        #expect(say(".run \(file)").contains("a"))
        #expect(say(".run \(file) a").contains("name=value"))
        #expect(say(".run look-aroun").contains("did you mean `look-around`?"))
        #expect(say(".run").contains(".queries"))
        #expect(say(".queries").contains("look-around"))
        #expect(say("?topkk").contains("did you mean `?topk`?"))
    }

    @Test(
        "the example under ?verb runs on the open store, or says which store it is for",
        arguments: VerbTable.all.map(\.name))
    func examples(name: String) {
        let help = say("?" + name)
        guard help.contains("  for example\n") else {
            #expect(
                help.contains("varve demo") || help.contains("not available yet") || VerbTable.verb(name)?.example == ""
            )
            return
        }
        let example = help.components(separatedBy: "  for example\n").last ?? ""
        // What writes is tried where it may write.
        guard !["export", "save", "load", "read", "results"].contains(name) else { return }
        let reply = repl.take(entry: example)
        #expect(reply.messages.isEmpty, "\(example)\(reply.messages)")
    }

    @Test("most examples fit a store that has neither the demo's names nor its columns")
    func examplesFit() {
        let fitting = VerbTable.all.filter { say("?" + $0.name).contains("  for example\n") }.map(\.name)
        #expect(fitting.contains("norm") && fitting.contains("mean") && fitting.contains("logreg"))
        #expect(fitting.count > 60, "\(fitting)")
    }

    @Test func unknownCommandsAreQueries() {
        #expect(say(".nothing").contains("^"))
    }

    @Test func completionOfCommandsAndContinuedLines() {
        func words(_ before: String) -> [String] { repl.completion(before: before, after: "").candidates.map(\.text) }
        #expect(words(".mode b") == ["box"])
        #expect(words(".timer ") == ["on", "off"])
        #expect(words("?quant") == ["quantile"])
        #expect(words(".run look").contains("look-around"))
        #expect(words(".explain capt").contains("capture"))
        #expect(words("read(\"\(folder.path)/sto").contains { $0.hasSuffix("store/") })
        _ = say("capture(\"mine\", \"texts\")")
        #expect(words(".resid").contains(".resid_post"))
        _ = say("capture(\"mine\", \"texts\").resid_post")
        #expect(words("| nor") == ["norm", "normalize"])
    }
}
