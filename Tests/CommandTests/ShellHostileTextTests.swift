import Foundation
import Store
import Terminal
import TestSupport
import Testing

/// Text that a store holds, on every way to a real terminal: what arrives there is our own escapes and nothing of its.
@Suite(.serialized) struct ShellHostileTextTests {
    let folder: TemporaryDirectory
    let store: String

    init() throws {
        folder = try TemporaryDirectory()
        store = folder.file("store")
        let texts = HostileText.texts + [HostileText.sequences]
        let prompts = texts.enumerated().map { index, text in
            PromptRecord(
                key: "p\(index)" + text, source: text,
                metadata: [("group", .string(text)), ("column\u{202E}\(HostileText.colour)", .string(text))],
                tokenCount: 4)
        }
        var capture = SyntheticCapture(model: "base", dataset: "general", prompts: prompts, latents: 64)
        // Every piece that is shown holds some of it.
        capture.tokenPieces = (0..<SyntheticCapture.vocabulary).map {
            Array((texts[$0 % texts.count] + HostileText.null).utf8) + [0xFF, 0x9B]
        }
        var other = capture
        other.model = "base" + HostileText.sequences
        other.dataset = "data\u{9B}\u{202E}" + HostileText.colour
        try SyntheticStore.build(store, [capture, other])
    }

    private func shell(columns: Int = 200, environment: [String: String] = [:]) throws -> ShellOnTerminal {
        try ShellOnTerminal(store: store, home: folder.path, columns: columns, environment: environment)
    }

    /// What a terminal would have done on behalf of the text.
    private func steering(_ shell: ShellOnTerminal) -> [String] {
        steering(shell.terminal.transcript, shell.screen().unknown)
    }

    private func steering(_ bytes: [UInt8], _ unknown: [String]) -> [String] {
        let text = String(decoding: bytes, as: UTF8.self)
        // Of C0 our own output has line ends and escapes, and those are known to the screen.
        let ours: Set<Unicode.Scalar> = ["\n", "\r", "\u{1B}"]
        let controls = Set(HostileText.controls).subtracting(ours)
        let found = text.unicodeScalars.filter { controls.contains($0) }.map { "U+" + String($0.value, radix: 16) }
        return found + unknown + (text.contains(HostileText.colour) || text.contains("\u{1B}[2J") ? ["a sequence"] : [])
    }

    private static let capture = "capture(\"base\", \"general\")"

    @Test func everyAnswerOfTheShell() throws {
        let shell = try shell(environment: ["PAGER": "cat"])
        let norms = Self.capture + ".resid_post | norm"
        let queries = [
            "captures", "models", "datasets", "prompts(\"general\")", Self.capture + " | describe",
            Self.capture + ".sae | examples(2, of=[0, 1, 2])", norms + " | top(5) | context(3)",
            norms + "[layer=0] | top(3) | context(2)", Self.capture + " | tokens | head(50)",
            norms + " | mean(by=group)", norms + " | mean(by=group) | bar",
            norms + " | mean(by=group) | heatmap(x=group)",
            "sql(\"select * from prompts\")", norms + " | mean | save(\"kept\")", ".results",
            ".explain " + norms + " | mean(by=group)", ".page", ".mode csv", "prompts(\"general\") ", ".mode json",
            "prompts(\"general\")  ", ".mode table", "?prompts", ".queries",
        ]
        var seen = 0
        for query in queries {
            let start = shell.terminal.transcript.count
            _ = shell.ask(query)
            #expect(steering(shell).isEmpty, "\(query): \(steering(shell))")
            let answer = String(decoding: shell.terminal.transcript[start...], as: UTF8.self)
            #expect(!answer.contains("error: "), "\(query): \(answer)")
            if answer.contains("\\x1b[7;66m") || answer.contains("\\x9b") || answer.contains("\\x00") { seen += 1 }
        }
        // Most of them do show it.
        #expect(seen >= 14, "\(seen)")
        shell.type(".quit\r")
        #expect(shell.terminal.status() == 0)
    }

    @Test func entriesOfTheHistoryAndTheirGhosts() throws {
        let state = folder.path + "/.local/state/varve"
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        let id = try Snapshot.storeID(of: store)
        // A line end would begin the next entry.
        let entries = (HostileText.texts + [HostileText.null, HostileText.sequences]).enumerated().map { index, text in
            "entry\(index) " + text.replacing("\n", with: "")
        }
        try (entries.joined(separator: "\n") + "\n").write(
            toFile: state + "/history-" + id, atomically: true, encoding: .utf8)
        let shell = try shell()
        #expect(shell.ask(".history").contains("\\x00"))
        #expect(steering(shell).isEmpty, "\(steering(shell))")
        for index in entries.indices {
            // Dim behind what is typed, then as the entry itself, then found by its letters.
            shell.type("entry\(index) ")
            #expect(shell.lastLine.contains(index == entries.count - 1 ? "\\x1b[7;66m" : "<&>"), "\(shell.lastLine)")
            #expect(steering(shell).isEmpty, "ghost \(index): \(steering(shell))")
            shell.type("\u{1B}[A")
            #expect(steering(shell).isEmpty, "entry \(index): \(steering(shell))")
            shell.type("\u{3}\u{12}entry\(index)")
            #expect(steering(shell).isEmpty, "search \(index): \(steering(shell))")
            shell.type("\u{3}")
        }
    }

    @Test func theListOfTab() throws {
        let shell = try shell()
        for before in [
            Self.capture + ".resid_post | where(group == \"", "capture(\"", "prompts(\"", "capture(\"base\", \"",
            Self.capture + ".resid_post | where(",
        ] {
            shell.type(before + "\t\t")
            #expect(shell.text.contains("\\x1b") || shell.text.contains("\\u{"), "\(before): \(shell.text)")
            #expect(steering(shell).isEmpty, "\(before): \(steering(shell))")
            shell.type("\u{3}")
        }
    }

    @Test(arguments: [[], ["--columns"], ["--format", "json"]])
    func whatIsStored(options: [String]) throws {
        let terminal = try PseudoTerminal(
            try CommandRun.program().path, ["info", store] + options,
            environment: ["TERM": "xterm", "HOME": folder.path, "OPENBLAS_CORETYPE": "Haswell"], columns: 200)
        #expect(terminal.status() == 0)
        var screen = Screen(columns: 200)
        screen.write(String(decoding: terminal.transcript, as: UTF8.self)) { TextWidth.columns($0) }
        #expect(steering(terminal.transcript, screen.unknown).isEmpty)
        #expect(String(decoding: terminal.transcript, as: UTF8.self).contains("66m"))
    }
}
