import Durability
import Foundation
import FuzzTargets
import HostileFiles

/// Part after part, each timed.
struct TortureRun {
    private let tools: Tools
    private let isFull: Bool
    private let parts: Set<String>
    private let folder: String?
    /// This program, built with the thread sanitizer.
    private let sanitized: String?
    private let loss: PowerLoss
    var results: TortureResults

    init(_ tools: Tools, isFull: Bool, parts: Set<String>, folder: String?, sanitized: String? = nil) throws {
        self.tools = tools
        self.folder = folder
        self.sanitized = sanitized
        self.isFull = isFull
        self.parts = parts
        loss = PowerLoss(tools, .everything)
        results = TortureResults(isFull: isFull, cores: ProcessInfo.processInfo.activeProcessorCount)
    }

    /// What ends early has written the figures that it had.
    mutating func all() throws {
        try powerLoss()
        try shortLosses()
        try mutants()
        try interruptions()
        try load()
        try races()
        try flips()
        try hostileFiles()
    }

    /// A message without the place where it all happened.
    private func plain(_ text: String) -> String { text.replacingOccurrences(of: tools.place(""), with: "") }

    static func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    private func wants(_ part: String) -> Bool { parts.isEmpty || parts.contains(part) }

    private mutating func add(
        _ name: String, target: String, since start: Date, _ figure: String, _ violations: [String],
        _ numbers: [String: Int]
    ) throws {
        let seconds = Date().timeIntervalSince(start)
        TortureRun.say("\(name): \(figure), \(violations.count) broken promises, \(Int(seconds)) s")
        for violation in violations.prefix(5) { TortureRun.say("  " + violation) }
        results.figures.append(
            TortureFigure(
                name: name, target: target, figure: figure, seconds: seconds, violations: violations.map(plain),
                numbers: numbers))
        results.seconds += seconds
        if let folder { try results.write(to: folder) }
    }

    /// Ways to lose power that have short recordings of their own: looked at closely, in less than a minute each.
    private mutating func shortLosses() throws {
        guard wants("loss") || wants("losses") else { return }
        let depth = ReplayDepth(random: isFull ? 3 : 0, stride: isFull ? 1 : 20)
        var start = Date()
        try add(
            try PowerLoss.orphans(tools, ReplayDepth(random: 3)), "power loss: files that go to the quarantine",
            target: "", start)
        start = Date()
        try add(try ExportLoss.replay(tools, depth), "power loss: export of some captures", target: "", start)
        start = Date()
        let undo = PowerLoss(tools, .undo)
        try add(
            try undo.replay(try undo.record(), depth), "power loss: removals that are taken back", target: "", start)
    }

    private mutating func powerLoss() throws {
        guard wants("loss") else { return }
        var start = Date()
        let depth = ReplayDepth(random: isFull ? 2 : 0, stride: isFull ? 1 : 40)
        let recording = try loss.record()
        let report = try loss.replay(recording, depth)
        try add(
            report, "power loss: ingest, added columns, compaction, removal, purge", target: "≥ 20,000 states in all",
            start)
        start = Date()
        let again = try loss.recoveries(recording, count: isFull ? 60 : 5, ReplayDepth(random: isFull ? 2 : 1))
        try add(again, "power loss: a second one, during recovery", target: "", start)
        for (change, name) in [(CatalogChange.migrate, "migration of format 1"), (.rebuild, "rebuild")] {
            start = Date()
            let report = try PowerLoss.replacing(
                change, tools, ReplayDepth(random: isFull ? 3 : 0, stride: isFull ? 1 : 20))
            try add(report, "power loss: " + name, target: "", start)
        }
    }

    private mutating func add(_ report: PowerLossReport, _ name: String, target: String, _ start: Date) throws {
        try add(
            name, target: target, since: start,
            "\(report.states) states after \(report.moments) of \(report.calls) calls", report.violations,
            [
                "states": report.states, "moments": report.moments, "calls": report.calls,
                "recovered stores": report.recoveredStores,
            ])
    }

    private mutating func mutants() throws {
        guard wants("mutants") else { return }
        let start = Date()
        let recording = try loss.record()
        let hunt = MutantHunt(loss)
        for mutant in isFull ? Mutant.all : Array(Mutant.all.prefix(3)) {
            results.mutants.append(try hunt.hunt(mutant, in: recording))
            TortureRun.say("  \(mutant.name): \(results.mutants.last?.killedBy ?? "survived")")
        }
        results.mutants += try hunt.live()
        for place in results.mutants.indices {
            results.mutants[place].killedBy = results.mutants[place].killedBy.map {
                plain($0).replacingOccurrences(of: "\n", with: " ")
            }
        }
        let alive = results.mutants.filter { $0.killedBy == nil }
        try add(
            "protocol mutants", target: "15 of 15", since: start,
            "\(results.mutants.count - alive.count) of \(results.mutants.count) found out", alive.map(\.name),
            ["mutants": results.mutants.count, "killed": results.mutants.count - alive.count])
    }

    private mutating func interruptions() throws {
        guard wants("kill") || wants("faults") || wants("full") else { return }
        let recording = try loss.record()
        let interruptions = Interruptions(tools, .everything)
        if wants("kill") {
            var start = Date()
            let report = try interruptions.killPoints(recording, limit: isFull ? .max : 10)
            try add(report, "killed before each call", target: "each of ≥ 300 calls; resume byte-identical", start)
            start = Date()
            try add(
                interruptions.randomKills(isFull ? 500 : 5), "killed at random", target: "500", start)
        }
        if wants("faults") {
            let start = Date()
            let places = isFull ? 300 : 2
            let isRare = { (mode: FaultMode) in recording.count(of: mode) < places }
            var report = try interruptions.faults(
                recording, modes: FaultMode.sweep.filter { !isRare($0) }, places: places)
            // Calls that are rare are struck in a longer run.
            let rare = FaultMode.sweep.filter(isRare)
            if !rare.isEmpty {
                report.add(
                    try Interruptions(tools, .long).faults(
                        try PowerLoss(tools, .long).record(), modes: rare, places: places))
            }
            try add(report, "faults of calls, 8 modes", target: "≥ 300 calls × 8 modes", start)
        }
        if wants("full") {
            var start = Date()
            let report = try interruptions.fullDisks(recording, limit: isFull ? 500 : 5)
            try add(report, "disk full", target: "≥ 500 points", start)
            start = Date()
            if let report = try interruptions.smallDisks(recording, limit: isFull ? 40 : 3) {
                try add(report, "disk full: tmpfs of that size", target: "", start)
            } else {
                TortureRun.say("skipped: no right to mount a tmpfs")
            }
        }
    }

    private mutating func add(_ report: StrikeReport, _ name: String, target: String, _ start: Date) throws {
        var numbers = report.modes
        numbers["runs"] = report.runs
        numbers["completed"] = report.completed
        numbers["reported"] = report.reported
        numbers["killed"] = report.killed
        try add(
            name, target: target, since: start,
            "\(report.runs) runs: \(report.completed) went on, \(report.reported) said so, \(report.killed) killed",
            report.violations, numbers)
    }

    private mutating func load() throws {
        guard wants("load") else { return }
        let start = Date()
        let report = try Load(path: tools.place("load")).run(seconds: isFull ? 30 : 3)
        try add(
            "1 writer, 8 readers, removal, purge, compaction", target: "30 s, ≥ 100,000 reads", since: start,
            "\(report.reads) reads of \(report.snapshots) snapshots, \(report.commits) commits, "
                + "\(report.purges) purges, \(report.compactions) compactions",
            report.violations,
            [
                "reads": report.reads, "snapshots": report.snapshots, "commits": report.commits,
                "purges": report.purges, "compactions": report.compactions, "generations": report.generations,
            ])
    }

    /// The same readers and writer in a program that the thread sanitizer watches; only where one is given.
    private mutating func races() throws {
        guard let sanitized, wants("races") else { return }
        let start = Date()
        let report = try SanitizedLoad.run(sanitized, isFull: isFull, scratch: tools.place("sanitized"))
        try add(
            "the same under the thread sanitizer", target: "30 s, 0 races", since: start,
            "\(report.reads) reads, \(report.races) data races", report.violations,
            ["sanitized reads": report.reads, "races": report.races])
    }

    /// Each hostile file by itself, in an optimised program.
    private mutating func hostileFiles() throws {
        guard wants("hostile") else { return }
        let start = Date()
        var violations: [String] = []
        var (slowest, growth) = (0.0, 0)
        for file in HostileFile.all {
            let trial = HostileTrial(file)
            slowest = max(slowest, trial.seconds)
            growth = max(growth, trial.growth)
            if !trial.isRefused { violations.append("\(file.title): accepted") }
            if trial.seconds > 0.1 { violations.append("\(file.title): \(Int(trial.seconds * 1000)) ms") }
            if trial.growth > 64 << 20 { violations.append("\(file.title): \(trial.growth >> 20) MiB") }
        }
        let parsers = Set(HostileFile.all.map(\.target.name)).count
        try add(
            "hostile files", target: "≥ 250 over all parsers, ≤ 100 ms, ≤ 64 MiB growth", since: start,
            "\(HostileFile.all.count) over \(parsers) parsers, \(Int((slowest * 1000).rounded(.up))) ms and "
                + "\(max(0, growth) >> 20) MiB at most", violations,
            ["hostile files": HostileFile.all.count, "parsers": parsers])
    }

    private mutating func flips() throws {
        let all = wants("flips")
        guard all || wants("chunks") || wants("catalogue") || wants("catalogue-1") else { return }
        let path = tools.place("all-encodings")
        try Flips.makeStore(path)
        let (new, old) = (Flips(tools, store: path), Flips(tools, store: Flips.golden))
        let step = isFull ? 1 : 400
        if all || wants("chunks") { try flipChunks(new, step) }
        if all || wants("catalogue") {
            var start = Date()
            try add(new.cutCatalog(stride: step), "catalogue cut at each length", "", start)
            start = Date()
            try add(new.flipCatalog(stride: step), "bits of a catalogue, format 2", "≥ 45,000", start)
        }
        // Each of its tries migrates a catalogue in memory: an hour and a half for all.
        if all || wants("catalogue-1") {
            let start = Date()
            try add(old.flipCatalog(stride: isFull ? 1 : 800), "bits of a catalogue, format 1", "", start)
        }
    }

    private mutating func flipChunks(_ new: Flips, _ step: Int) throws {
        var start = Date()
        try add(
            new.flipChunks(masks: isFull ? [1, 16, 128] : [1], stride: step), "bits of chunks, format 2",
            "≥ 300,000 in all", start)
        start = Date()
        // Its chunk files stay of format 1; the catalogue need not be migrated in memory for each byte.
        let migrated = tools.place("golden")
        try FileManager.default.copyItem(atPath: Flips.golden, toPath: migrated)
        try Flips.migrate(migrated)
        let golden = Flips(tools, store: migrated)
        try add(golden.flipChunks(masks: [4], stride: isFull ? 1 : 4000), "bits of chunks, format 1", "", start)
        start = Date()
        try add(new.cutChunks(stride: step), "chunks cut at each length", "", start)
        start = Date()
        try add(golden.cutChunks(stride: isFull ? 1 : 4000), "chunks cut at each length, format 1", "", start)
    }

    private mutating func add(_ report: FlipReport, _ name: String, _ target: String, _ start: Date) throws {
        let encodings = report.encodings.isEmpty ? "" : " (" + report.encodings.joined(separator: ", ") + ")"
        let unused =
            report.unused == 0
            ? "" : " (\(report.unused) bytes are unused room; \(report.harmlessInUse.count) of these flips hit others)"
        try add(
            name, target: target, since: start,
            "\(report.tries) of \(report.bytes) bytes\(encodings): \(report.noticed) errors, \(report.found) by verify, "
                + "\(report.harmless) without effect" + unused, report.violations,
            [
                "tries": report.tries, "bytes": report.bytes, "noticed": report.noticed, "found": report.found,
                "harmless": report.harmless,
            ])
    }
}
