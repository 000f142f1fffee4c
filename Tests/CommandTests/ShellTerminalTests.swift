import Foundation
import Terminal
import TestSupport
import Testing

/// The shell as a person uses it: on a terminal, key by key.
@Suite(.serialized) struct ShellTerminalTests {
    let folder: TemporaryDirectory
    let store: String

    init() throws {
        folder = try TemporaryDirectory()
        store = folder.file("store")
        try SyntheticStore.build(store, [SyntheticCapture()])
    }

    /// The shell at its first prompt.
    private func shell(columns: Int = 80, environment: [String: String] = [:]) throws -> PseudoTerminal {
        var variables = ["TERM": "xterm", "HOME": folder.path, "PATH": "/usr/bin:/bin"]
        for name in ["OPENBLAS_CORETYPE", "LD_LIBRARY_PATH"] {
            if let value = ProcessInfo.processInfo.environment[name] { variables[name] = value }
        }
        variables.merge(environment) { $1 }
        let terminal = try PseudoTerminal(
            try CommandRun.program().path, ["shell", store], environment: variables, columns: columns)
        #expect(terminal.wait { $0.contains("varve> ") })
        return terminal
    }

    /// What is on the screen.
    private func screen(_ terminal: PseudoTerminal, columns: Int = 80) -> Screen {
        terminal.settle()
        var screen = Screen(columns: columns)
        screen.write(String(decoding: terminal.transcript, as: UTF8.self)) { TextWidth.columns($0) }
        return screen
    }

    private func lastLine(_ terminal: PseudoTerminal) -> String {
        screen(terminal).text.split(separator: "\n").last.map(String.init) ?? ""
    }

    @Test func aQueryIsTypedAndAnswered() throws {
        let terminal = try shell()
        terminal.type("capture(\"base\", \"general\").resid_post | count\r")
        #expect(terminal.wait { $0.contains("_1") })
        terminal.type(".quit\r")
        #expect(terminal.status() == 0)
        let shown = screen(terminal)
        #expect(shown.unknown.isEmpty)
        #expect(!shown.isPasteMarked)
        // The history is there in the next session.
        let again = try shell()
        again.type("cap\u{1B}[A")
        #expect(lastLine(again) == "varve> capture(\"base\", \"general\").resid_post | count")
    }

    @Test func aPasteOfThreeLinesIsOneEntryAndWaits() throws {
        let terminal = try shell()
        terminal.type("\u{1B}[200~let a = 1\nlet b = 2\na + b\u{1B}[201~")
        var shown = screen(terminal)
        #expect(shown.text.hasSuffix("varve> let a = 1\n   ...> let b = 2\n   ...> a + b"))
        #expect(!shown.text.contains("_1"))
        terminal.type("\r")
        #expect(terminal.wait { $0.contains("_1") })
        terminal.settle()
        terminal.type("\u{1B}[A")
        shown = screen(terminal)
        #expect(shown.text.hasSuffix("varve> let a = 1\n   ...> let b = 2\n   ...> a + b"))
    }

    @Test func aScientistIsDeletedAsOne() throws {
        let terminal = try shell()
        terminal.type("# 👩‍🔬e\u{301}漢")
        #expect(lastLine(terminal) == "varve> # 👩‍🔬e\u{301}漢" || lastLine(terminal).hasPrefix("varve> # 👩‍🔬"))
        terminal.type("\u{7F}\u{7F}\u{7F}")
        #expect(lastLine(terminal) == "varve> #")
    }

    @Test func interruptingAnEntryAndEnding() throws {
        let terminal = try shell()
        terminal.type("capture(\u{3}")
        #expect(lastLine(terminal) == "varve>")
        #expect(screen(terminal).text.contains("varve> capture(^C"))
        terminal.type("\u{4}")
        #expect(terminal.status() == 0)
    }

    @Test func enterGoesOnWhileABracketIsOpen() throws {
        let terminal = try shell()
        terminal.type("[1,\r2]\r")
        #expect(terminal.wait { $0.contains("_1") })
        #expect(screen(terminal).text.contains("varve> [1,\n   ...> 2]"))
    }

    @Test func resizingDrawsTheEntryAgain() throws {
        let terminal = try shell()
        terminal.type("let quite_a_long_name = 123456789")
        terminal.settle()
        terminal.resize(columns: 24)
        terminal.settle()
        terminal.type("0")
        terminal.settle()
        let bytes = String(decoding: terminal.transcript, as: UTF8.self)
        #expect(
            bytes.contains("varve> let quite_a_long\r\n_name = 1234567890") || bytes.contains("_name = 123456789\r\n0")
                || bytes.contains("1234567890"))
        terminal.type("\r")
        terminal.type(".quit\r")
        #expect(terminal.status() == 0)
    }

    @Test func keysTypedAheadAreNotLost() throws {
        let terminal = try shell()
        terminal.type("1 + 1\r2 + 3\r.quit\r")
        #expect(terminal.status() == 0)
        let text = screen(terminal).text
        #expect(text.contains("_1") && text.contains("_2"))
    }

    @Test func aDumbTerminalGetsPlainLines() throws {
        let terminal = try shell(environment: ["TERM": "dumb"])
        terminal.type("1 + 1\r")
        #expect(terminal.wait { $0.contains("_1") })
        #expect(!String(decoding: terminal.transcript, as: UTF8.self).contains("\u{1B}"))
        terminal.type("\u{4}")
        #expect(terminal.status() == 0)
    }

    @Test func theEditorOfTheUserIsCalled() throws {
        let script = folder.file("editor.sh")
        try "#!/bin/sh\nprintf '%s' '3 + 4' > \"$1\"\n".write(toFile: script, atomically: true, encoding: .utf8)
        let terminal = try shell(environment: ["EDITOR": "sh " + script])
        terminal.type("1 +\u{18}\u{5}")
        #expect(terminal.wait { _ in lastLine(terminal) == "varve> 3 + 4" })
        terminal.type("\r")
        #expect(terminal.wait { $0.contains("_1") })
    }
}
