import Durability
import Foundation

/// Part after part, each timed.
struct TortureRun {
    private let tools: Tools
    private let isFull: Bool
    private let parts: Set<String>
    private let loss: PowerLoss
    var results: TortureResults

    init(_ tools: Tools, isFull: Bool, parts: Set<String>) throws {
        self.tools = tools
        self.isFull = isFull
        self.parts = parts
        loss = PowerLoss(tools, .everything)
        results = TortureResults(isFull: isFull, cores: ProcessInfo.processInfo.activeProcessorCount)
    }

    mutating func all() throws {
        let start = Date()
        try powerLoss()
        try mutants()
        try interruptions()
        try load()
        try flips()
        results.seconds = Date().timeIntervalSince(start)
    }

    static func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    private func wants(_ part: String) -> Bool { parts.isEmpty || parts.contains(part) }

    private mutating func add(
        _ name: String, target: String, since start: Date, _ figure: String, _ violations: [String],
        _ numbers: [String: Int]
    ) {
        let seconds = Date().timeIntervalSince(start)
        TortureRun.say("\(name): \(figure), \(violations.count) broken promises, \(Int(seconds)) s")
        for violation in violations.prefix(5) { TortureRun.say("  " + violation) }
        results.figures.append(
            TortureFigure(
                name: name, target: target, figure: figure, seconds: seconds, violations: violations,
                numbers: numbers))
    }

    private mutating func powerLoss() throws {
        guard wants("loss") else { return }
        var start = Date()
        let depth = ReplayDepth(random: isFull ? 1 : 0, stride: isFull ? 1 : 40)
        let recording = try loss.record()
        let report = try loss.replay(recording, depth)
        add(
            report, "power loss: ingest, added columns, compaction, removal, purge", target: "≥ 20,000 states in all",
            start)
        start = Date()
        let again = try loss.recoveries(recording, count: isFull ? 150 : 5, ReplayDepth(random: isFull ? 4 : 1))
        add(again, "power loss: a second one, during recovery", target: "", start)
        start = Date()
        let migration = try PowerLoss.migration(tools, ReplayDepth(random: isFull ? 8 : 0, stride: isFull ? 1 : 20))
        add(migration, "power loss: migration of format 1", target: "", start)
    }

    private mutating func add(_ report: PowerLossReport, _ name: String, target: String, _ start: Date) {
        add(
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
        let alive = results.mutants.filter { $0.killedBy == nil }
        add(
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
            add(report, "killed before each call", target: "each of ≥ 300 calls; resume byte-identical", start)
            start = Date()
            add(
                try interruptions.randomKills(isFull ? 500 : 5), "killed at random", target: "500", start)
        }
        if wants("faults") {
            let start = Date()
            let report = try interruptions.faults(recording, places: isFull ? 300 : 2)
            add(report, "faults of calls, 8 modes", target: "≥ 300 calls × 8 modes", start)
        }
        if wants("full") {
            var start = Date()
            let report = try interruptions.fullDisks(recording, limit: isFull ? 500 : 5)
            add(report, "disk full", target: "≥ 500 points", start)
            start = Date()
            if let report = try interruptions.smallDisks(recording, limit: isFull ? 40 : 3) {
                add(report, "disk full: tmpfs of that size", target: "", start)
            } else {
                TortureRun.say("skipped: no right to mount a tmpfs")
            }
        }
    }

    private mutating func add(_ report: StrikeReport, _ name: String, target: String, _ start: Date) {
        var numbers = report.modes
        numbers["runs"] = report.runs
        numbers["completed"] = report.completed
        numbers["reported"] = report.reported
        numbers["killed"] = report.killed
        add(
            name, target: target, since: start,
            "\(report.runs) runs: \(report.completed) went on, \(report.reported) said so, \(report.killed) killed",
            report.violations, numbers)
    }

    private mutating func load() throws {
        guard wants("load") else { return }
        let start = Date()
        let report = try Load(path: tools.place("load")).run(seconds: isFull ? 30 : 3)
        add(
            "1 writer, 8 readers, removal, purge, compaction", target: "30 s, ≥ 100,000 reads", since: start,
            "\(report.reads) reads of \(report.snapshots) snapshots, \(report.commits) commits, "
                + "\(report.purges) purges, \(report.compactions) compactions",
            report.violations,
            [
                "reads": report.reads, "snapshots": report.snapshots, "commits": report.commits,
                "purges": report.purges, "compactions": report.compactions, "generations": report.generations,
            ])
    }

    private mutating func flips() throws {
        guard wants("flips") else { return }
        let path = tools.place("all-encodings")
        try Flips.makeStore(path)
        let (new, old) = (Flips(tools, store: path), Flips(tools, store: Flips.golden))
        let step = isFull ? 1 : 400
        var start = Date()
        add(
            try new.flipChunks(masks: isFull ? [1, 16] : [1], stride: step), "bits of chunks, format 2",
            "≥ 300,000 in all", start)
        start = Date()
        add(try old.flipChunks(masks: [4], stride: isFull ? 2 : 4000), "bits of chunks, format 1", "", start)
        start = Date()
        add(try new.cutChunks(stride: step), "chunks cut at each length", "", start)
        start = Date()
        add(try new.flipCatalog(stride: step), "bits of a catalogue, format 2", "≥ 45,000", start)
        start = Date()
        add(try old.flipCatalog(stride: isFull ? 8 : 800), "bits of a catalogue, format 1", "", start)
        start = Date()
        add(try new.cutCatalog(stride: step), "catalogue cut at each length", "", start)
    }

    private mutating func add(_ report: FlipReport, _ name: String, _ target: String, _ start: Date) {
        let encodings = report.encodings.isEmpty ? "" : " (" + report.encodings.joined(separator: ", ") + ")"
        add(
            name, target: target, since: start,
            "\(report.tries) of \(report.bytes) bytes\(encodings): \(report.noticed) errors, \(report.found) by verify, "
                + "\(report.harmless) without effect", report.violations,
            [
                "tries": report.tries, "bytes": report.bytes, "noticed": report.noticed, "found": report.found,
                "harmless": report.harmless,
            ])
    }
}
