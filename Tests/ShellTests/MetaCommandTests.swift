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

    @Test("looking at a plan or at the list of results leaves `_` and the numbers as they were")
    func lookingChangesNothing() {
        _ = say("20 + 1")
        #expect(say(".explain capture(\"mine\", \"texts\").resid_post | norm | mean").contains("merge"))
        #expect(say(".explain").contains("type"))
        let list = say(".results")
        #expect(list.contains("@1") && !list.contains("_2"))
        #expect(say("_ + 1").contains("22\n_2  float"))
        // Nor does a name that is written there stay.
        #expect(say(".explain let y = 3").contains("pipeline"))
        #expect(say("y").contains("`y`"))
        #expect(say(".explain use \"elsewhere\"\ncaptures").contains("an entry of its own"))
        #expect(say(".explain captures | overlp").contains("did you mean `overlap`?"))
    }

    @Test func aFileSaysWhichNamesItChanges() throws {
        let file = folder.file("names.vq")
        try "param k = 3\nlet x = k + 1\nlet fresh = 2\ndef twice(a) = a * 2\nx | twice".write(
            toFile: file, atomically: true, encoding: .utf8)
        #expect(!say(".run \(file)").contains("note:"))
        // The same again is no change.
        #expect(!say(".run \(file)").contains("note:"))
        for line in ["param k = 9", "let x = 1", "def twice(a) = a + a"] { #expect(say(line).isEmpty) }
        let run = say(".run \(file)")
        #expect(run.contains("8\n") && run.contains("names.vq gave another meaning to `def twice`, `let x`, `param k`"))
        #expect(!run.contains("fresh"))
        #expect(say("x").contains("4\n"))
    }

    @Test func thePagerShowsWholeTexts() throws {
        let text = (0..<60).map { "word\($0)" }.joined(separator: " ")
        try "id,text\n1,\(text)\n".write(toFile: folder.file("long.csv"), atomically: true, encoding: .utf8)
        for width in [nil, 80] {
            repl.setWidth(width)
            var paged = ""
            repl.page = { text in
                paged = text
                return true
            }
            let shown = say("read(\"\(folder.file("long.csv"))\")")
            #expect(!shown.contains("word59") && shown.contains("of long texts; `.page` shows all"), "\(shown)")
            #expect(say(".page").isEmpty && paged.contains(text) && !paged.contains("of long texts"))
        }
    }

    @Test("at 80 columns nothing is broken inside a word, and examples can be copied", arguments: [72, 80])
    func linesOfTheScreen(columns: Int) {
        func tooLong(_ text: String) -> [Substring] {
            text.split(separator: "\n").filter { TextWidth.columns(String($0)) > columns }
        }
        repl.setWidth(columns)
        #expect(tooLong(say(".help")).isEmpty)
        for verb in VerbTable.all {
            let help = say("?" + verb.name)
            #expect(tooLong(help).isEmpty, "\(tooLong(help))")
            let parts = help.components(separatedBy: "  for example")
            guard parts.count == 2 else { continue }
            // What was broken is the same query.
            let text = parts[1].drop { $0 != "\n" }
            let (shown, whole) = (
                Parser.parse(SourceText(name: "", text: String(text))),
                Parser.parse(SourceText(name: "", text: verb.example))
            )
            #expect(shown.diagnostics.isEmpty && shown.file.statements.count == whole.file.statements.count, "\(text)")
        }
        let rows = "capture(\"mine\", \"texts\").resid_post"
        for wrong in ["captures | overlp", rows + " | logreg(y=group, C=-1)", "no_such"] {
            let message = say(wrong)
            #expect(tooLong(message).isEmpty && message.contains("^") && message.contains("  help: "), "\(message)")
        }
        // A message that must be broken comes to the same words.
        let long = rows + " | where(nothing_of_the_kind_is_here == \"a\") | norm | mean | describe | head(2)"
        let broken = say(long)
        #expect(tooLong(broken).isEmpty)
        repl.setWidth(nil)
        func words(_ text: String) -> [Substring] {
            text.split(separator: "help: ").last?.split { $0.isWhitespace } ?? []
        }
        #expect(words(say(long)) == words(broken))
    }

    @Test func completionOfResults() throws {
        func all(_ before: String) -> [Completion.Candidate] { repl.completion(before: before, after: "").candidates }
        #expect(all(".page ").isEmpty && all(".edit ").isEmpty)
        _ = say("20 + 1")
        _ = say("capture(\"mine\", \"texts\").resid_post")
        _ = say("_1 + 1")
        #expect(all(".page ").map(\.text) == ["_", "_1", "_2", "_3"])
        #expect(all(".edit _").map(\.text) == ["_1", "_2", "_3"])
        #expect(all("_").map(\.text) == ["_", "_1", "_2", "_3"])
        #expect(all("_").map(\.note).last == "float")
        #expect(all("_").contains { $0.text == "_2" && $0.note.hasPrefix("vec(8)[") })
        #expect(all("captures | head(_").map(\.text).contains("_3"))
        #expect(all("1 + _2").isEmpty && !all("cap").contains { $0.text.hasPrefix("_") })
        try "captures\n".write(toFile: folder.file("one.vq"), atomically: true, encoding: .utf8)
        #expect(all(".save ").map(\.text).starts(with: ["_", "_1", "_2", "_3"]))
        for before in [".save _2 \(folder.path)/", ".save \(folder.path)/"] {
            #expect(all(before).map(\.text) == ["\(folder.path)/one.vq", "\(folder.path)/store/"], "\(before)")
            #expect(all(before + "on").map(\.text) == ["\(folder.path)/one.vq"])
        }
        #expect(all(".save _2 a.vq ").isEmpty && all(".save a.vq \(folder.path)/").isEmpty)
    }
}
