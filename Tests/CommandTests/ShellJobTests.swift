import Foundation
import TestSupport
import Testing

/// The shell among other programs on its terminal: suspended and resumed by the shell that started it, behind a pager, interrupted twice.
@Suite(.serialized) struct ShellJobTests {
    let folder: TemporaryDirectory
    let store: String

    init() throws {
        folder = try TemporaryDirectory()
        store = folder.file("store")
        try SyntheticStore.build(
            store, [SyntheticCapture(model: "wide", prompts: SyntheticCapture.prompts(60)), SyntheticCapture()])
    }

    /// A shell with job control that knows `varve`, as people start it.
    private func bash() throws -> PseudoTerminal {
        var variables = ["TERM": "xterm", "HOME": folder.path, "PATH": "/usr/bin:/bin", "PS1": "$ ", "NO_COLOR": "1"]
        for name in ["OPENBLAS_CORETYPE", "LD_LIBRARY_PATH"] {
            if let value = ProcessInfo.processInfo.environment[name] { variables[name] = value }
        }
        variables["VARVE"] = try CommandRun.program().path
        variables["STORE"] = store
        return try PseudoTerminal("/bin/bash", ["--norc", "--noprofile", "--noediting", "-i"], environment: variables)
    }

    /// What was written since a place, once it holds a text.
    private func comes(_ text: String, on terminal: PseudoTerminal, after place: inout Int, seconds: Double = 20)
        -> Bool
    {
        let start = place
        let found = terminal.wait(seconds: seconds) { _ in
            String(decoding: terminal.transcript[start...], as: UTF8.self).contains(text)
        }
        place = terminal.transcript.count
        return found
    }

    private static let long =
        "sql(\"with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c\")"

    @Test func controlZSuspendsAndTheEntryIsStillThere() throws {
        let terminal = try bash()
        var place = 0
        terminal.type("\"$VARVE\" shell \"$STORE\"\r")
        #expect(comes("varve> ", on: terminal, after: &place))
        terminal.type("40 + 1")
        terminal.settle()
        terminal.type("\u{1A}")
        #expect(comes("Stopped", on: terminal, after: &place))
        // The shell that has the terminal now finds it as it was: it echoes, and pastes are not marked.
        terminal.settle()
        #expect(String(decoding: terminal.transcript, as: UTF8.self).components(separatedBy: "\u{1B}[?2004l").count > 1)
        terminal.type("stty -a | grep -o ' icanon\\| echo\\| icrnl'\r")
        terminal.settle()
        for mode in [" icrnl", " icanon", " echo"] {
            #expect(String(decoding: terminal.transcript, as: UTF8.self).contains(mode + "\r\n"), "\(mode)")
        }
        place = terminal.transcript.count
        terminal.type("fg\r")
        // The entry is drawn again, and keys come one by one.
        #expect(comes("varve> 40 + 1", on: terminal, after: &place))
        terminal.type("\u{7F}2\r")
        #expect(comes("42\r\n_1", on: terminal, after: &place))
        terminal.settle()
        terminal.type(".quit\r")
        #expect(comes("$ ", on: terminal, after: &place))
        terminal.type("exit\r")
        #expect(terminal.status() == 0)
    }

    @Test func controlZWhileAQueryRuns() throws {
        let terminal = try bash()
        var place = 0
        terminal.type("\"$VARVE\" shell \"$STORE\"\r")
        #expect(comes("varve> ", on: terminal, after: &place))
        terminal.type(Self.long + "\r")
        #expect(comes("Ctrl-C stops", on: terminal, after: &place))
        terminal.type("\u{1A}")
        #expect(comes("Stopped", on: terminal, after: &place))
        terminal.type("fg\r")
        #expect(comes("Ctrl-C stops", on: terminal, after: &place))
        // Quiet again: what is typed now is not echoed, and is the next entry.
        terminal.type("40 + 2\r")
        terminal.listen(milliseconds: 200)
        #expect(!String(decoding: terminal.transcript[place...], as: UTF8.self).contains("40 + 2"))
        terminal.type("\u{3}")
        #expect(comes("interrupted", on: terminal, after: &place))
        #expect(terminal.wait { $0.contains("42\r\n_1") })
        place = terminal.transcript.count
        terminal.type("\u{4}")
        #expect(comes("$ ", on: terminal, after: &place))
        terminal.type("exit\r")
        #expect(terminal.status() == 0)
    }

    /// Work that looks at nothing, such as waiting for a file that another program holds: the second Ctrl-C ends varve, and the terminal is
    /// as it was found.
    @Test func theSecondControlCEndsVarve() throws {
        let shell = try ShellOnTerminal(store: store, home: folder.path)
        _ = shell.ask("capture(\"base\", \"general\").resid_post | norm | mean | save(\"kept\")")
        let descriptor = unsafe open(store + ".results.sqlite", O_RDWR)
        #expect(descriptor >= 0)
        defer { close(descriptor) }
        // The byte by which SQLite says that it is about to write.
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_start = 0x4000_0000
        lock.l_len = 512
        let isLocked = unsafe fcntl(descriptor, F_SETLK, &lock) == 0
        #expect(isLocked)
        shell.type("load(\"kept\") + 1\r")
        #expect(shell.shows("Ctrl-C stops"))
        shell.type("\u{3}")
        // A finger that bounces is no second time.
        shell.type("\u{3}")
        shell.terminal.listen(milliseconds: 400)
        #expect(kill(shell.terminal.process, 0) == 0)
        #expect(!String(decoding: shell.terminal.transcript, as: UTF8.self).contains("interrupted"))
        shell.type("\u{3}")
        #expect(shell.terminal.status() == 130)
        #expect(!shell.screen().isPasteMarked)
        #expect(shell.terminal.echoes)
    }

    @Test func thePagerHasTheScreenToItself() throws {
        let script = folder.file("pager.sh")
        // Ctrl-C is the pager's own, as in less; a line ends it.
        try """
        #!/bin/sh
        trap 'echo CAUGHT' INT
        echo "LINES $(wc -l < "$1")"
        stty -a < /dev/tty | grep -o ' icanon\\| echo' | tr -d '\\n'
        while ! read answer < /dev/tty; do :; done
        echo "ANSWER $answer"
        """.write(toFile: script, atomically: true, encoding: .utf8)
        let shell = try ShellOnTerminal(
            store: store, home: folder.path, environment: ["PAGER": "sh " + script])
        let all = "capture(\"wide\", \"general\").resid_post | norm"
        #expect(shell.ask(all).contains("`.page` shows all"))
        shell.type(".page\r")
        #expect(shell.shows("LINES"))
        // Longer than progress takes to appear.
        shell.terminal.listen(milliseconds: 700)
        #expect(!shell.text.contains("Ctrl-C stops"))
        #expect(shell.text.contains("icanon echo"))
        shell.type("\u{3}")
        #expect(shell.shows("CAUGHT"))
        shell.type("\u{3}")
        shell.terminal.listen(milliseconds: 400)
        #expect(kill(shell.terminal.process, 0) == 0)
        shell.type("enough\r")
        #expect(shell.shows("ANSWER enough"))
        let lines = shell.text.firstMatch(of: /LINES ([0-9]+)/).flatMap { Int($0.1) }
        #expect(lines.map { $0 > 250 } == true, "\(lines ?? -1)")
        // The prompt is there again, with its keys.
        #expect(shell.ask("6 *\u{1B}\r 7").contains("42"))
        shell.type(".page _99\r")
        #expect(shell.shows("write .page for the last result"))
        shell.type("\u{4}")
        #expect(shell.terminal.status() == 0)
    }
}
