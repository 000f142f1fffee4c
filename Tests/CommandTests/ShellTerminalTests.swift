import Foundation
import TestSupport
import Testing

/// The shell as a person uses it: queries, interruptions, settings. Keys are in `ShellKeyTests`.
@Suite(.serialized) struct ShellTerminalTests {
    let folder: TemporaryDirectory
    let store: String

    init() throws {
        folder = try TemporaryDirectory()
        store = folder.file("store")
        try SyntheticStore.build(
            store, [SyntheticCapture(model: "wide", prompts: SyntheticCapture.prompts(60)), SyntheticCapture()])
    }

    private func shell(
        columns: Int = 80, arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> ShellOnTerminal {
        try ShellOnTerminal(
            store: store, home: folder.path, columns: columns, arguments: arguments, environment: environment)
    }

    @Test func aQueryIsTypedAndAnswered() throws {
        let shell = try shell()
        #expect(shell.ask("capture(\"base\", \"general\").resid_post | count").contains("_1  int"))
        shell.type(".quit\r")
        #expect(shell.terminal.status() == 0)
        #expect(shell.screen().unknown.isEmpty)
        #expect(!shell.screen().isPasteMarked)
    }

    /// Queries that would take far longer than anybody waits: fits one after the other, one statement of SQL, one long test.
    private static let long = [
        "capture(\"wide\", \"general\").resid_post | split(test=0.3, repeats=10000, seed=1) | logreg(y=group, C=[0.1, 1, 10]) | score | summary",
        "sql(\"with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c\")",
        "capture(\"wide\", \"general\").resid_post | norm | permutation_test(group, n=1000000, seed=1)",
        "capture(\"wide\", \"general\").resid_post | norm | bootstrap(100000, seed=1) | ci",
    ]

    /// Milliseconds from Ctrl-C to the prompt; an unoptimised build on a busy machine gets more.
    #if DEBUG
        private static let patience = 1500.0
    #else
        private static let patience = 100.0
    #endif

    @Test(arguments: long)
    func controlCStopsALongQuery(query: String) throws {
        let shell = try shell(columns: 200)
        shell.type(query + "\r")
        // Progress stands on the last line from 300 ms on.
        #expect(shell.shows("Ctrl-C stops"))
        // What is typed meanwhile is not lost.
        shell.type("6 * 7\r")
        let clock = ContinuousClock()
        let start = clock.now
        shell.type("\u{3}")
        #expect(shell.shows("interrupted"))
        let waited = (clock.now - start) / .milliseconds(1)
        #expect(waited < Self.patience, "\(waited) ms")
        #expect(shell.shows("\n42\n_1"))
        #expect(!shell.text.contains("Ctrl-C stops"))
        // The session goes on with the same names.
        let next = shell.ask("_1 + 1")
        #expect(next.contains("43\n") && next.contains("\n_2  "))
        shell.type("\u{4}")
        #expect(shell.terminal.status() == 0)
    }

    @Test func outsideTheShellControlCEndsWith130() throws {
        let terminal = try PseudoTerminal(
            try CommandRun.program().path, ["query", store, Self.long[1]],
            environment: ["TERM": "xterm", "HOME": folder.path, "OPENBLAS_CORETYPE": "Haswell"])
        #expect(terminal.wait { $0.contains("running") })
        terminal.type("\u{3}")
        #expect(terminal.status() == 130)
    }

    @Test func nothingOfProgressInPipes() throws {
        let run = try CommandRun(
            ["query", store, "capture(\"wide\", \"general\").resid_post | norm | bootstrap(2000, seed=1) | ci"])
        #expect(run.code == 0)
        #expect(!run.messages.contains("\u{1B}") && !run.messages.contains("ETA"))
    }

    @Test func keysTypedAheadAreNotLost() throws {
        let shell = try shell()
        shell.type("1 + 1\r2 + 3\r.quit\r")
        #expect(shell.terminal.status() == 0)
        #expect(shell.text.contains("_1") && shell.text.contains("_2"))
    }

    @Test func keysTypedWhileAQueryRunsAreTheNextEntry() throws {
        let shell = try shell()
        // A statement without an end: however fast the machine, it still runs when the keys come.
        shell.type(Self.long[1] + "\r")
        #expect(shell.shows("Ctrl-C stops", seconds: 60))
        shell.type("6 *")
        shell.terminal.listen(milliseconds: 200)
        #expect(!String(decoding: shell.terminal.transcript, as: UTF8.self).contains("6 *"))
        shell.type("\u{1B}\r\u{3}")
        #expect(shell.shows("varve> 6 *\n   ...>", seconds: 60))
        shell.type("7\r")
        #expect(shell.shows("\n42\n_1"))
    }

    @Test func interruptingAnEntry() throws {
        let shell = try shell()
        shell.type("capture(\u{3}")
        #expect(shell.lastLine == "varve>")
        #expect(shell.text.contains("varve> capture(^C"))
    }

    @Test func aDumbTerminalGetsPlainLines() throws {
        let shell = try shell(environment: ["TERM": "dumb"])
        shell.type("1 + 1\r")
        #expect(shell.terminal.wait { $0.contains("_1") })
        #expect(!String(decoding: shell.terminal.transcript, as: UTF8.self).contains("\u{1B}"))
        shell.type("\u{4}")
        #expect(shell.terminal.status() == 0)
    }

    /// Ctrl-C there is a signal: it drops the entry, whole or half of it, and stops a query; the session goes on.
    @Test func controlCOnADumbTerminal() throws {
        let shell = try shell(environment: ["TERM": "dumb"])
        /// What was written since the last look, once it ends with a prompt.
        var place = shell.terminal.transcript.count
        func next(_ wanted: String) -> Bool {
            let start = place
            let found = shell.terminal.wait { _ in
                String(decoding: shell.terminal.transcript[start...], as: UTF8.self).hasSuffix(wanted)
            }
            place = shell.terminal.transcript.count
            return found
        }
        shell.type("1 + nonsense")
        shell.terminal.settle()
        shell.type("\u{3}")
        #expect(next("^C\r\nvarve> "))
        shell.type("capture(\r")
        #expect(next("...> "))
        shell.type("\u{3}")
        #expect(next("^C\r\nvarve> "))
        shell.type("40 + 2\r")
        #expect(next("varve> "))
        #expect(String(decoding: shell.terminal.transcript, as: UTF8.self).contains("42\r\n_1"))
        shell.type(Self.long[1] + "\r")
        shell.terminal.listen(milliseconds: 500)
        shell.type("\u{3}")
        #expect(next("interrupted; what was computed before is kept\r\nvarve> "))
        shell.type("\u{3}")
        #expect(next("^C\r\nvarve> "))
        shell.type("_1 + 1\r")
        #expect(next("varve> "))
        #expect(String(decoding: shell.terminal.transcript, as: UTF8.self).contains("43\r\n_2"))
        shell.type("\u{4}")
        #expect(shell.terminal.status() == 0)
    }

    @Test func theEditorOfTheUserIsCalled() throws {
        let script = folder.file("editor.sh")
        try "#!/bin/sh\nsed -i 's/$/ + 4/' \"$1\"\n".write(toFile: script, atomically: true, encoding: .utf8)
        let shell = try shell(environment: ["EDITOR": "sh " + script])
        shell.type("3\u{18}\u{5}")
        #expect(shell.shows("varve> 3 + 4"))
        #expect(shell.ask("").contains("\n7\n_1"))
        // `.edit` has the last entry, and waits for Enter.
        shell.type(".edit\r")
        #expect(shell.shows("varve> 3 + 4 + 4"))
        #expect(shell.ask("").contains("\n11\n_2"))
        shell.type(".edit _1\r")
        shell.terminal.settle()
        #expect(shell.lastLine == "varve> 3 + 4 + 4")
    }

    @Test func theStartupFileIsReadByTheShellAlone() throws {
        try FileManager.default.createDirectory(
            atPath: folder.path + "/.config/varve", withIntermediateDirectories: true)
        try "# mine\n.timer off\nlet seven = 7\ndef twice(x) =\n  x * 2\n.nonsense\n".write(
            toFile: folder.path + "/.config/varve/rc", atomically: true, encoding: .utf8)
        let shell = try shell()
        #expect(shell.ask("seven | twice").hasSuffix("\n14\nint\nvarve>"))
        // The prompt does not wait for the store, and the file's lines do.
        #expect(shell.text.contains("/.config/varve/rc: "))
        let bare = try self.shell(arguments: ["--no-rc"])
        #expect(bare.ask("seven | twice").contains("seven"))
        let run = try CommandRun(["query", store, "seven"], environment: ["HOME": folder.path])
        #expect(run.code == 3)
        #expect(try CommandRun(["shell", store], input: "seven", environment: ["HOME": folder.path]).code == 3)
    }

    /// Killed from outside, the shell leaves the terminal as it found it.
    @Test func aKillLeavesTheTerminalInOrder() throws {
        let shell = try shell()
        shell.type("1 +")
        #expect(shell.screen().isPasteMarked)
        kill(shell.terminal.process, SIGTERM)
        #expect(shell.terminal.status() == 143)
        #expect(!shell.screen().isPasteMarked)
    }

    @Test func aWideTableFitsTheScreen() throws {
        let names = (0..<200).map { "\($0) as column_\($0)" }.joined(separator: ", ")
        let shell = try shell()
        let answer = shell.ask("\u{1B}[200~sql(\"select \(names)\")\u{1B}[201~")
        #expect(answer.contains("_1  table"))
        #expect(answer.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }
}
