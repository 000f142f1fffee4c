import Foundation
import Store
import Synchronization

/// Power loss while some captures of a store are copied to a new one.
public enum ExportLoss {
    /// Everything but one capture, as `StoreDriver` does in a child.
    public static func run(from source: String, to target: String) throws {
        let snapshot = try Snapshot.open(source)
        let captures = snapshot.captures.filter { $0.model == Cast.plain.script.model }
        try SubsetExport.run(snapshot, captures: captures, to: target)
    }

    /// The copy is no store, or it is whole; once acknowledged it is whole. The source never changes.
    public static func replay(_ tools: Tools, _ depth: ReplayDepth) throws -> PowerLossReport {
        let root = tools.place("export")
        let log = tools.place("export.log")
        let (source, target) = (root + "/source", root + "/" + PowerLoss.storeName)
        defer { for path in [root, log] { try? FileManager.default.removeItem(atPath: path) } }
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        try Workload(Cast.allCases.map { .ingest($0) } + [.widen(.plain)]).run(source)
        let before = try DiskImage(reading: root)
        let child = try Child(
            tools, ["export", source, target],
            ["LD_PRELOAD": tools.shim, "VARVE_SHIM_ROOT": root, "VARVE_SHIM_LOG": log])
        guard child.end == .exited(0) else { throw ProofError("an export failed: \(child.output)") }
        var recording = try Recording(log: log)
        recording.before = before
        guard try recording.finalImage().digest == DiskImage(reading: root).digest else {
            throw ProofError("the replay of an export gives other files than the child")
        }
        let content = try content(target)
        let original = try StoreContent.lines(source, rows: true)
        let known = Mutex<Set<String>>([])
        return try PowerLoss.replay(recording, name: "export", tools, depth) { path, expectation in
            let source = URL(fileURLWithPath: path).deletingLastPathComponent().path + "/source"
            guard try StoreContent.lines(source, rows: false).count > 0 else { throw Violation("the source is gone") }
            let found: [String]
            do throws(StoreError) {
                found = try self.content(path)
            } catch {
                switch (error.kind, expectation.stepsDone) {
                case (.missing, 0), (.notAStore, 0): return false
                default: throw Violation("a copy that is no whole store: \(error)")
                }
            }
            guard found == content else { throw Violation("other content than was copied") }
            if let damage = try StoreVerification.run(path).damages.first { throw Violation("damaged: \(damage)") }
            let isNew = known.withLock { $0.insert(found.joined()).inserted }
            if isNew, try StoreContent.lines(source, rows: true) != original { throw Violation("the source changed") }
            return isNew
        }
    }

    /// Without the identity, which is new each time.
    private static func content(_ path: String) throws(StoreError) -> [String] {
        do {
            return Array(try StoreContent.lines(path, rows: true).dropFirst())
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.unknown, "\(error)")
        }
    }
}
