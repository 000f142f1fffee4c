import Foundation
import Store

/// What found a mutant of the protocol out.
public struct MutantReport: Sendable, Codable {
    /// What is missing of the protocol.
    public var name: String
    /// The broken promise; nil where the mutant survived.
    public var killedBy: String?
}

/// Takes each fsync, order and lock out of the protocol once; some check must fail each time.
public struct MutantHunt: Sendable {
    let loss: PowerLoss

    /// Mutants of a workload's recording.
    public init(_ loss: PowerLoss) { self.loss = loss }

    /// Replays the power loss of a program that was written without it, until a promise is broken.
    public func hunt(_ mutant: Mutant, in recording: Recording) throws -> MutantReport {
        let calls = try mutant.applied(to: recording)
        // Most fall as soon as everything is lost that may be lost; the others need a closer look.
        for (stride, isQuick) in [(Int.max, true), (5, false), (1, false)] {
            var depth = ReplayDepth(random: 1, stride: stride, isQuick: isQuick)
            depth.violationLimit = 1
            let report = try loss.replay(calls, depth)
            if let violation = report.violations.first { return MutantReport(name: mutant.name, killedBy: violation) }
        }
        return MutantReport(name: mutant.name, killedBy: nil)
    }

    /// The mutants that need two processes, or an unlucky name, rather than power loss.
    public func live() throws -> [MutantReport] {
        [try writerLock(), try readersLock(), try exclusiveRename()]
    }

    /// Runs a check as the product is and with a call faked: it must hold, and then fail.
    private func compare(_ name: String, fake: String, _ check: (String?) throws -> Void) throws -> MutantReport {
        do {
            try check(nil)
        } catch {
            throw ProofError("the check for \"\(name)\" fails without the mutant: \(error)")
        }
        do {
            try check(fake)
        } catch {
            return MutantReport(name: name, killedBy: "\(error)")
        }
        return MutantReport(name: name, killedBy: nil)
    }

    private func child(_ path: String, _ steps: [Workload.Step], fake: String?) throws -> Child {
        var variables = ["LD_PRELOAD": loss.tools.shim, "VARVE_SHIM_ROOT": loss.tools.scratch]
        if let fake { variables["VARVE_SHIM_FAKE"] = fake }
        return try Child(loss.tools, ["run", path, Workload(steps).description], variables)
    }

    private func withStore(_ steps: [Workload.Step], _ body: (String) throws -> Void) throws {
        let path = loss.tools.place("live")
        try? FileManager.default.removeItem(atPath: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Workload(steps).run(path)
        try body(path)
    }

    private func writerLock() throws -> MutantReport {
        try compare("no lock of the writer", fake: "writer") { fake in
            try withStore([.ingest(.plain)]) { path in
                let writer = try StoreWriter(path: path)
                let second = try child(path, [.ingest(.other)], fake: fake)
                guard second.end == .exited(3), second.output.contains("typed locked") else {
                    throw Violation("a second writer of \(writer.storeID) was let in: \(second.output)")
                }
            }
        }
    }

    private func readersLock() throws -> MutantReport {
        try compare("no lock of the readers", fake: "readers") { fake in
            try withStore([.ingest(.plain), .ingest(.other)]) { path in
                let snapshot = try Snapshot.open(path)
                try Workload([.remove(.plain)]).run(path)
                _ = try child(path, [.purge], fake: fake)
                for capture in snapshot.captures {
                    for chunk in capture.chunks { _ = try snapshot.reader(for: chunk) }
                }
            }
        }
    }

    /// A rebuild moves the old catalogue to the quarantine, where another file has its name already.
    private func exclusiveRename() throws -> MutantReport {
        try compare("renameat2 without RENAME_NOREPLACE", fake: "replace") { fake in
            try withStore([.ingest(.plain)]) { path in
                try Data("one".utf8).write(to: URL(fileURLWithPath: path + "/quarantine/catalog.sqlite"))
                var variables = ["LD_PRELOAD": loss.tools.shim, "VARVE_SHIM_ROOT": loss.tools.scratch]
                if let fake { variables["VARVE_SHIM_FAKE"] = fake }
                let child = try Child(loss.tools, [CatalogChange.rebuild.rawValue, path], variables)
                guard child.end == .exited(0) else { throw ProofError("a rebuild failed: \(child.output)") }
                let kept = try DiskImage(reading: path + "/quarantine").files.mapValues(\.bytes)
                guard kept.count == 2, kept.values.contains(Array("one".utf8)) else {
                    throw Violation("the quarantine lost a file: \(kept.keys.sorted())")
                }
            }
        }
    }
}
