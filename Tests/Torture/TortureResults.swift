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

    init(isFull: Bool, cores: Int) {
        self.isFull = isFull
        self.cores = cores
    }

    /// What the last runs have written there.
    init(from folder: String) throws {
        self = try JSONDecoder().decode(
            TortureResults.self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/torture.json")))
    }

    /// `torture.json` for programs, `torture.md` for people. Parts that did not run keep the figures that are there.
    func write(to folder: String) throws {
        let file = URL(fileURLWithPath: folder + "/torture.json")
        var all = self
        if var old = try? TortureResults(from: folder), old.isFull == isFull {
            for figure in figures {
                if let place = old.figures.firstIndex(where: { $0.name == figure.name }) {
                    old.figures[place] = figure
                } else {
                    old.figures.append(figure)
                }
            }
            if !mutants.isEmpty { old.mutants = mutants }
            old.seconds = old.figures.reduce(0) { $0 + $1.seconds }
            all = old
        }
        try all.writeFiles(folder, file)
    }

    /// The time of a run without `--full`, as a line beside the full figures.
    func writeDefaultRun(seconds: Double, to folder: String) throws {
        var summary = TortureResults(isFull: true, cores: cores)
        summary.figures = [
            TortureFigure(
                name: "a little of each, the default run", target: "≤ 90 s",
                figure: "\(figures.count) parts in \(Int(seconds.rounded(.up))) s", seconds: seconds,
                violations: figures.flatMap(\.violations)
                    + (seconds <= 90 ? [] : ["took \(Int(seconds.rounded(.up))) s"]),
                numbers: ["default parts": figures.count])
        ]
        try summary.write(to: folder)
    }

    private func writeFiles(_ folder: String, _ file: URL) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(self) + Data("\n".utf8)).write(to: file)
        try Data(table.utf8).write(to: URL(fileURLWithPath: folder + "/torture.md"))
    }

    private static let legend = """
        Made by `VARVE_TORTURE=1 Scripts/torture`; parts that are named replace their own lines. How to read it:

        - Power loss: the disk is looked at after every recorded call that changes what it may hold; a read, a lock or a `close` leaves the possibilities as they
          were. States that were seen before, byte for byte and with the same promises, are not counted again.
        - Flips: three bits of each byte of format 2's chunks, one bit of each byte of all other files. *Errors* name the file when it is read; *by verify* are bytes that a reader
          may leave alone, such as what only verification compares, and that `varve verify` names. *Without effect* are flips of a catalogue's unused room: between
          the cells of SQLite's pages, in freed cells, and in header fields that say nothing of the rows (change counter, version of the writer). The table of rows and every value read
          are the same then, byte for byte; no page has a checksum of its own, rows have one.
        - Faults, kills: *went on* are calls whose failure changes nothing, such as a hint to the kernel, or runs that were over before.
        """

    private var table: String {
        var lines = ["| what | target | reached | broken promises | s |", "|---|---|---|---|---|"]
        for figure in figures {
            lines.append(
                "| \(figure.name) | \(figure.target) | \(figure.figure) | \(figure.violations.count) | "
                    + "\(Int(figure.seconds.rounded())) |")
        }
        lines += ["", "| taken out of the protocol | given away by |", "|---|---|"]
        for mutant in mutants { lines.append("| \(mutant.name) | \(mutant.killedBy ?? "**nothing**") |") }
        lines += ["", TortureResults.legend]
        return lines.joined(separator: "\n") + "\n"
    }
}
