import Foundation
import TestSupport
import Testing

/// The README's tour is a session with the demo's store that was recorded, and is held here once more, key by key on a pseudo-terminal.
///
/// `VARVE_RECORD=1 swift test --filter TourTests` writes the answers into the README anew.
@Suite struct TourTests {
    private static let readme = SavedQueriesTests.root.appendingPathComponent("README.md")
    private static let opening = "```console\n"

    @Test func theReadmeShowsWhatTheShellAnswers() throws {
        let text = try String(contentsOf: Self.readme, encoding: .utf8)
        let start = try #require(text.range(of: Self.opening)).upperBound
        let end = try #require(text[start...].range(of: "```")).lowerBound
        let tour = String(text[start..<end])
        let entries = tour.split(separator: "\n").filter { $0.hasPrefix("varve> ") }.map { $0.dropFirst(7) }
        #expect(entries.count >= 5)

        let store = try SavedQueriesTests.captured.get().folder.path + "/organism.varve"
        let home = try TemporaryDirectory()
        let shell = try ShellOnTerminal(
            store: store, home: home.path, columns: 120, arguments: ["--no-rc"], environment: ["NO_COLOR": "1"])
        var said = ""
        for entry in entries {
            let answer = shell.ask(String(entry)).split(separator: "\n", omittingEmptySubsequences: false)
            // The first line is the rest of the line that was typed, the last one the next prompt.
            #expect(answer.first?.trimmingCharacters(in: .whitespaces) == String(entry))
            let lines = answer.dropFirst().dropLast().joined(separator: "\n")
            said += "varve> \(entry)\n" + (lines.isEmpty ? "" : lines + "\n")
        }
        if ProcessInfo.processInfo.environment["VARVE_RECORD"] != nil {
            try text.replacingCharacters(in: start..<end, with: said).write(
                to: Self.readme, atomically: true, encoding: .utf8)
            return
        }
        #expect(RecordedAnswer.differences(said, tour).isEmpty)
    }
}
