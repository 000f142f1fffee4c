import Foundation
import Store
import Synchronization
import TestSupport

extension PowerLoss {
    /// Power lost a second time, while the store is being recovered from the first.
    ///
    /// - Parameters:
    ///   - count: states after the first loss, evenly chosen over the recording, with random fates
    ///   - depth: of the replay of each recovery
    public func recoveries(_ recording: Recording, count: Int, _ depth: ReplayDepth) throws -> PowerLossReport {
        var report = PowerLossReport(workload: "recovery")
        var states: [CrashState] = []
        var first = ReplayDepth(random: 1, stride: max(1, recording.calls.count / 2 / max(1, count)))
        first.seed = 11
        // Of each moment the last that leaves something to do.
        _ = try recording.crashStates(first) { state in
            guard state.needsRecovery else { return true }
            if states.last?.callsDone == state.callsDone { states.removeLast() }
            states.append(state)
            return true
        }
        let check = RecoveryCheck(workload)
        for place in Interruptions.places(states.count, count) {
            let state = states[place - 1]
            var second = try record(after: state)
            second.before = state.image
            second.promised = state.expectation
            let part = try PowerLoss.replay(second, name: "recovery", tools, depth) { try check.run($0, $1) }
            report.calls += part.calls
            report.moments += part.moments
            report.states += part.states
            report.recoveredStores += part.recoveredStores
            report.violations += part.violations
            if report.violations.count >= depth.violationLimit { break }
        }
        return report
    }

    /// The calls of a writer that opens what power loss left, and does nothing more.
    private func record(after state: CrashState) throws -> Recording {
        let root = tools.place("recovered")
        let log = tools.place("recovered.log")
        defer { for path in [root, log] { try? FileManager.default.removeItem(atPath: path) } }
        for path in [root, log] { try? FileManager.default.removeItem(atPath: path) }
        try state.image.write(to: root)
        let child = try Child(
            tools, ["run", root + "/" + PowerLoss.storeName, ""],
            ["LD_PRELOAD": tools.shim, "VARVE_SHIM_ROOT": root, "VARVE_SHIM_LOG": log])
        guard child.end == .exited(0) else { throw ProofError("a recovery failed: \(child.output)") }
        var recording = try Recording(log: log)
        recording.before = state.image
        guard try recording.finalImage().digest == DiskImage(reading: root).digest else {
            throw ProofError("the replay of a recovery gives other files than the child")
        }
        return recording
    }
}

extension PowerLoss {
    /// Power lost while a recovery moves chunk files that no commit knows to the quarantine, where one's name is taken: at every
    /// moment each of them has a name somewhere.
    public static func orphans(_ tools: Tools, _ depth: ReplayDepth) throws -> PowerLossReport {
        let root = tools.place("orphans")
        let path = root + "/" + storeName
        let log = tools.place("orphans.log")
        defer { for path in [root, log] { try? FileManager.default.removeItem(atPath: path) } }
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        try Workload([.ingest(.plain)]).run(path)
        var before = try DiskImage(reading: root)
        let name = "ff" + String(repeating: "0", count: 30)
        let orphans = [
            "chunks/ff/" + name: "first", "chunks/ff/" + name.dropLast() + "1": "second",
            "quarantine/" + name: "third",
        ]
        before.directories.insert(storeName + "/chunks/ff")
        for (path, text) in orphans {
            before.files[storeName + "/" + path] = DiskImage.File(bytes: Array(text.utf8), time: 0)
        }
        // Written anew, so that none is newer than the catalogue.
        try FileManager.default.removeItem(atPath: root)
        try before.write(to: root)
        let child = try Child(
            tools, ["run", path, ""], ["LD_PRELOAD": tools.shim, "VARVE_SHIM_ROOT": root, "VARVE_SHIM_LOG": log])
        guard child.end == .exited(0) else { throw ProofError("a recovery failed: \(child.output)") }
        var recording = try Recording(log: log)
        recording.before = before
        guard try recording.finalImage().digest == DiskImage(reading: root).digest else {
            throw ProofError("the replay of a recovery gives other files than the child")
        }
        let texts = Set(orphans.values.map { Array($0.utf8) })
        return try replay(recording, name: "orphans", tools, depth) { path, _ in
            for moment in ["before", "after"] {
                if moment == "after" { _ = try StoreWriter(path: path) }
                let files = try DiskImage(reading: path).files
                guard texts.isSubset(of: files.values.map(\.bytes)) else {
                    throw Violation("a file that no commit knows is gone \(moment) the next recovery")
                }
                if moment == "before" { continue }
                guard !files.keys.contains(where: { $0.hasPrefix("chunks/ff/") }) else {
                    throw Violation("a file that no commit knows stayed among the chunks")
                }
            }
            return true
        }
    }
}

extension CrashState {
    /// Whether a file is half written, or SQLite's journal is to be rolled back.
    fileprivate var needsRecovery: Bool {
        image.files.contains { path, file in
            path.hasPrefix("store/tmp/") || path.hasSuffix("-journal") && file.bytes.first ?? 0 != 0
        }
    }
}
