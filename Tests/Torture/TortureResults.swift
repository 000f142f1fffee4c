import Durability
import Foundation

/// One line of the table: what was tried, how often, and what came of it.
struct TortureFigure: Codable {
    /// What storage.md calls it.
    let name: String
    /// The figure to reach.
    let target: String
    /// What was reached.
    let figure: String
    let seconds: Double
    /// Broken promises; empty where the store kept all of them.
    let violations: [String]
    /// Numbers for programs.
    let numbers: [String: Int]
}

/// All figures of one run.
struct TortureResults: Codable {
    let isFull: Bool
    let cores: Int
    var seconds = 0.0
    var figures: [TortureFigure] = []
    /// Each mutant of the protocol with the broken promise that gave it away.
    var mutants: [MutantReport] = []

    var isProven: Bool { figures.allSatisfy(\.violations.isEmpty) && mutants.allSatisfy { $0.killedBy != nil } }

    /// `torture.json` for programs, `torture.md` for people.
    func write(to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(self) + Data("\n".utf8)).write(to: URL(fileURLWithPath: folder + "/torture.json"))
        try Data(table.utf8).write(to: URL(fileURLWithPath: folder + "/torture.md"))
    }

    private var table: String {
        var lines = ["| what | target | reached | broken promises | s |", "|---|---|---|---|---|"]
        for figure in figures {
            lines.append(
                "| \(figure.name) | \(figure.target) | \(figure.figure) | \(figure.violations.count) | "
                    + "\(Int(figure.seconds.rounded())) |")
        }
        lines += ["", "| taken out of the protocol | given away by |", "|---|---|"]
        for mutant in mutants { lines.append("| \(mutant.name) | \(mutant.killedBy ?? "**nothing**") |") }
        return lines.joined(separator: "\n") + "\n"
    }
}
