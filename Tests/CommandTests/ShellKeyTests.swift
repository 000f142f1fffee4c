import Foundation
import TestSupport
import Testing

/// Every key of the line editor, through a real terminal.
@Suite(.serialized) struct ShellKeyTests {
    let folder: TemporaryDirectory
    let store: String

    init() throws {
        folder = try TemporaryDirectory()
        store = folder.file("store")
        try SyntheticStore.build(store, [SyntheticCapture()])
    }

    private func shell(columns: Int = 80) throws -> ShellOnTerminal {
        try ShellOnTerminal(store: store, home: folder.path, columns: columns)
    }

    private static let left = "\u{1B}[D"
    private static let home = "\u{1B}[H"

    /// What is typed, and what stands at the prompt then.
    private static let cases: [(typed: String, shown: String)] = [
        // Movement.
        ("ac\(left)b", "abc"), ("bc\u{1B}[1;5Da", "abc"), ("bc\(home)a", "abc"), ("bc\u{1B}OHa\u{1B}OFd", "abcd"),
        ("bc\u{1}a\u{5}d", "abcd"), ("ac\u{2}b\u{6}d", "abcd"), ("b d\u{1B}b\u{1B}ba", "ab d"),
        ("a c\u{1}\u{1B}fb", "ab c"), ("ac\(left)\u{1B}[Cd", "acd"), ("a c\u{1}\u{1B}[1;5Cb", "ab c"),
        // Deletion, by characters as people see them.
        ("abc\u{7F}", "ab"), ("abc\u{8}", "ab"), ("abc\(home)\u{1B}[3~", "bc"), ("abc\(home)\u{4}", "bc"),
        ("a👩‍🔬\u{7F}b", "ab"), ("ae\u{301}\u{7F}b", "ab"), ("a🇩🇪🇫🇷\u{7F}\u{7F}b", "ab"), ("a漢字\(left)\u{7F}b", "ab字"),
        // Cutting, putting back, turning the ring.
        ("one two\u{17}", "one"), ("one two\u{15}x", "x"), ("one two\(home)\u{B}x", "x"),
        ("one two\u{17}\u{19}\u{19}", "one twotwo"), ("one\u{15}two\u{15}\u{19}\u{1B}y", "one"),
        ("one two\u{1}\u{1B}dx", "x two"), ("one two\u{1B}\u{7F}x", "one x"), ("ab\u{14}", "ba"),
        // Taking back.
        ("one two\u{17}\u{1F}", "one two"), ("one two\u{17}\u{1F}\u{1B}_", "one"), ("one\u{15}\u{18}\u{15}", "one"),
        // Several lines.
        ("1 +\u{1B}\r2", "1 +\n   ...> 2"), ("[1,\r2", "[1,\n   ...> 2"), ("1 +\u{1B}[13;3u2", "1 +\n   ...> 2"),
        ("1 +\u{1B}\r2\u{1B}[A\(home)5", "51 +\n   ...> 2"), ("1 +\u{1B}\r2\u{10}\u{1}5\u{E}6", "51 +\n   ...> 26"),
        // Pastes: one entry, never run, prompts taken off, control characters left out.
        ("\u{1B}[200~let a = 1\nlet b = 2\na + b\u{1B}[201~", "let a = 1\n   ...> let b = 2\n   ...> a + b"),
        ("\u{1B}[200~varve> [1,\n   ...> 2]\n\u{1B}[201~", "[1,\n   ...> 2]"), ("\u{1B}[200~a\u{3}b\u{1B}[201~", "ab"),
        ("\u{1B}[200~a\tb\r\nc\u{1B}[201~", "a    b\n   ...> c"),
    ]

    @Test func everyEditingKey() throws {
        let shell = try shell()
        for (typed, shown) in Self.cases {
            shell.type(typed)
            let text = shell.text
            #expect(text.hasSuffix("varve> " + shown), "\(typed.debugDescription): \(text.suffix(200))")
            // Ctrl-C drops it.
            shell.type("\u{3}")
            #expect(shell.lastLine == "varve>")
        }
        let screen = shell.screen()
        #expect(screen.unknown.isEmpty && screen.isPasteMarked)
        #expect(!screen.text.contains("_1"))
        shell.type("\u{4}")
        #expect(shell.terminal.status() == 0)
        #expect(!shell.screen().isPasteMarked)
    }

    @Test func escapeAloneWaitsForNothing() throws {
        let shell = try shell()
        shell.type("one two\u{1B}")
        shell.terminal.settle()
        // Had Esc waited for the next key, this would be Alt-d.
        shell.type("d")
        #expect(shell.lastLine == "varve> one twod")
    }

    @Test func historySearchAndGhost() throws {
        let shell = try shell()
        for entry in ["10 + 20", "[7,\r8]", "11 + 2"] { _ = shell.ask(entry) }
        // ↑ with a prefix finds what begins alike; ↓ gives back what was typed.
        shell.type("10\u{1B}[A")
        #expect(shell.lastLine == "varve> 10 + 20")
        shell.type("\u{1B}[B")
        #expect(shell.lastLine.hasPrefix("varve> 10"))
        // Enter runs what was found.
        shell.type("\u{1B}[A\r")
        #expect(shell.shows("_4"))
        shell.type("\u{1B}[A\u{1B}[A\u{1B}[A")
        #expect(shell.text.hasSuffix("varve> [7,\n   ...> 8]"))
        shell.type("\u{3}")
        // Ctrl-R: letters in order, then Enter runs.
        shell.type("\u{12}1+2")
        #expect(shell.text.contains("varve> 10 + 20\nhistory: 1+2"))
        shell.type("\u{12}")
        #expect(shell.text.contains("varve> 11 + 2\nhistory: 1+2"))
        shell.type("\u{1B}")
        #expect(shell.lastLine == "varve>")
        shell.type("\u{12}7\r")
        #expect(shell.shows("_5"))
        // What is shown dim is not what runs; End takes it.
        shell.type("11")
        #expect(shell.lastLine == "varve> 11 + 2")
        shell.type("\r")
        #expect(shell.shows("_6"))
        #expect(shell.text.contains("\n11\n_6"))
        shell.type("11 \u{1B}[F")
        #expect(shell.lastLine == "varve> 11 + 2")
        shell.type("\r")
        #expect(shell.shows("_7") && shell.text.contains("\n13\n_7"))
        let next = shell.ask("_7 + 1")
        #expect(next.contains("14\n") && next.contains("\n_8  "))
        shell.type(".quit\r")
        #expect(shell.terminal.status() == 0)
        // Kept per store, entries of several lines too.
        let again = try self.shell()
        again.type("[\u{1B}[A")
        #expect(again.text.hasSuffix("varve> [7,\n   ...> 8]"))
        // → takes what is shown dim as End does; Tab and ↓ do not.
        again.type("\u{3}11\u{1B}[C\r")
        #expect(again.shows("\n13\n_1"))
        again.type("11\u{1B}[B\r")
        #expect(again.shows("\n11\n_2"))
        // Ctrl-E and Ctrl-F, the other names of End and →, take it too.
        again.type("11\u{5}\r")
        #expect(again.shows("\n13\n_3"))
        again.type("11\u{6}\r")
        #expect(again.shows("\n13\n_4"))
        // And not another store's.
        let other = folder.file("other")
        try SyntheticStore.build(other, [SyntheticCapture()])
        let elsewhere = try ShellOnTerminal(store: other, home: folder.path)
        elsewhere.type("[\u{1B}[A")
        #expect(elsewhere.lastLine == "varve> [")
    }

    @Test func whatIsTypedHasColoursAndAnUnclosedBracketItsOwn() throws {
        let shell = try shell()
        /// The colours that stand before each piece of the last drawing.
        func drawn(_ typed: String) -> String {
            let before = shell.terminal.transcript.count
            shell.type("\u{3}" + typed)
            shell.terminal.settle()
            let text = String(decoding: shell.terminal.transcript[before...], as: UTF8.self)
            return text.components(separatedBy: "varve> ").last ?? ""
        }
        let open = drawn("mean(")
        let closed = drawn("mean()")
        #expect(open.contains("\u{1B}[") && closed.contains("\u{1B}["))
        /// The escape before the bracket.
        func colour(_ text: String) -> Substring? { text.firstMatch(of: /(\u{1B}\[[0-9;]*m)\(/)?.1 }
        #expect(colour(open) != nil && colour(open) != colour(closed))
        #expect(drawn("\"text").contains("\u{1B}["))
        let plain = try ShellOnTerminal(store: store, home: folder.path, environment: ["NO_COLOR": "1"])
        plain.type("mean(")
        plain.terminal.settle()
        #expect(!String(decoding: plain.terminal.transcript, as: UTF8.self).contains(/\u{1B}\[[0-9;]*m/))
    }

    @Test func completion() throws {
        try "a\n1\n".write(toFile: folder.file("labels.csv"), atomically: true, encoding: .utf8)
        let shell = try shell(columns: 120)
        /// What Tab leaves at the prompt.
        func line(_ typed: String) -> String {
            shell.type("\u{3}" + typed + "\t")
            return shell.text.components(separatedBy: "varve> ").last ?? ""
        }
        #expect(line("datas").hasPrefix("datasets"))
        // A tie is listed, with signatures and a line of help.
        let tie = line("capt")
        #expect(tie.contains("\ncapture(model=\"*\", dataset=\"*\")") || tie.contains("\ncapture "))
        #expect(tie.contains("captures"))
        #expect(line("capture(\"").hasPrefix("capture(\"base"))
        #expect(line("capture(\"base\", \"gen").hasPrefix("capture(\"base\", \"general"))
        let verbs = line("capture(\"base\", \"general\").resid_post | n")
        #expect(verbs.contains("norm(") && verbs.contains("normalize") && !verbs.contains("minus"))
        #expect(
            line("capture(\"base\", \"general\").resid_post[la").hasPrefix(
                "capture(\"base\", \"general\").resid_post[layer="))
        #expect(line("capture(\"base\", \"general\").res").hasPrefix("capture(\"base\", \"general\").resid_post"))
        #expect(line("capture(\"base\", \"general\").resid_post | where(sc").contains("where(score"))
        #expect(line("read(\"\(folder.path)/lab").contains("labels.csv"))
        #expect(line(".tim") == ".timer")
        #expect(line(".timer of") == ".timer off")
        #expect(line(".run look").hasPrefix(".run look-around"))
        #expect(line("?normal") == "?normalize")
        // The signature stands below while arguments are typed.
        #expect(line("captures | head(").contains("head(n"))
        // Goes on with the last result.
        shell.type("\u{3}")
        _ = shell.ask("capture(\"base\", \"general\").resid_post")
        #expect(line("| normal").hasPrefix("| normalize"))
    }

    @Test func clearingSuspendingEnding() throws {
        let shell = try shell()
        shell.type("1 + 1\u{C}")
        #expect(shell.text == "varve> 1 + 1")
        shell.type("\r")
        #expect(shell.shows("_1"))
        // Ctrl-D ends an empty entry only; a key without meaning rings.
        shell.type("ab\u{4}")
        #expect(shell.screen().bells > 0)
        shell.type("\u{15}\u{4}")
        #expect(shell.terminal.status() == 0)
    }

    @Test(arguments: [24, 40, 200])
    func resizingWhileEditing(columns: Int) throws {
        let shell = try shell()
        shell.type("let quite_a_long_name = 123456789")
        shell.terminal.settle()
        let before = shell.terminal.transcript.count
        shell.resize(columns: columns)
        shell.terminal.settle()
        shell.type("0")
        // What was drawn since is the whole entry, in rows of the new width.
        func rows() -> [Substring] {
            var screen = Screen(columns: columns)
            screen.write(String(decoding: shell.terminal.transcript[before...], as: UTF8.self)) { _ in 1 }
            return screen.text.split(separator: "\n")
        }
        shell.terminal.wait { _ in rows().joined().hasSuffix("90") }
        shell.terminal.settle()
        let shown = rows()
        #expect(shown.allSatisfy { $0.count <= columns })
        #expect(shown.joined() == "varve> let quite_a_long_name = 1234567890")
        shell.type("\r.quit\r")
        #expect(shell.terminal.status() == 0)
    }
}
