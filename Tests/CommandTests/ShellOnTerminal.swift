import Foundation
import Terminal
import TestSupport
import Testing

/// `varve shell` on a pseudo-terminal, with what its screen shows.
final class ShellOnTerminal {
    let terminal: PseudoTerminal
    private var columns: Int

    /// Starts the shell and waits for its first prompt.
    ///
    /// - Parameter home: where history and rc file are looked for
    init(
        store: String, home: String, columns: Int = 80, arguments: [String] = [], environment: [String: String] = [:]
    ) throws {
        self.columns = columns
        var variables = ["TERM": "xterm", "HOME": home, "PATH": "/usr/bin:/bin"]
        for name in ["OPENBLAS_CORETYPE", "LD_LIBRARY_PATH"] {
            if let value = ProcessInfo.processInfo.environment[name] { variables[name] = value }
        }
        variables.merge(environment) { $1 }
        terminal = try PseudoTerminal(
            try CommandRun.program().path, ["shell", store] + arguments, environment: variables, columns: columns)
        #expect(terminal.wait { $0.contains("varve> ") })
    }

    func type(_ text: String) { terminal.type(text) }

    func resize(columns: Int) {
        self.columns = columns
        terminal.resize(columns: columns)
    }

    /// What is on the screen once nothing more comes.
    func screen() -> Screen {
        terminal.settle()
        return now()
    }

    /// What is on the screen at this moment.
    private func now() -> Screen {
        var screen = Screen(columns: columns)
        screen.write(String(decoding: terminal.transcript, as: UTF8.self)) { TextWidth.columns($0) }
        return screen
    }

    /// The text on the screen, rows without blanks at their ends.
    var text: String { screen().text }

    /// The last row with something in it.
    var lastLine: String { text.split(separator: "\n").last.map(String.init) ?? "" }

    /// Reads until the screen shows a text.
    @discardableResult
    func shows(_ text: String, seconds: Double = 20) -> Bool {
        terminal.wait(seconds: seconds) { _ in now().text.contains(text) }
    }

    /// Types an entry and reads until the prompt is there again; what was printed for it.
    func ask(_ entry: String, seconds: Double = 60) -> String {
        let before = now().text
        // Each entry begins with this; the prompts themselves leave the screen when an entry is longer than it.
        func prompts(_ transcript: String) -> Int { transcript.components(separatedBy: "\u{1B}[?2004h").count }
        let first = prompts(String(decoding: terminal.transcript, as: UTF8.self))
        type(entry + "\r")
        terminal.wait(seconds: seconds) { prompts($0) > first && now().text.hasSuffix("varve>") }
        return String(now().text.dropFirst(before.count))
    }
}
