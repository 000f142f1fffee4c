import ChunkFormat
import Foundation
import Store
import Synchronization
import Tensor

/// Everything that a snapshot shows but its generation, as text: equal for stores of equal content.
enum StoreContent {
    static func lines(_ path: String, rows: Bool) throws -> [String] {
        let snapshot = try Snapshot.open(path)
        var lines = [snapshot.storeID, "\(snapshot.models)", "\(snapshot.datasets)"]
        for capture in snapshot.captures {
            lines.append("\(capture)")
            lines.append("\(try snapshot.prompts(of: capture))")
            lines.append("\(try snapshot.tokenPieces(of: capture))")
            guard rows else { continue }
            for column in capture.columns {
                for chunk in capture.chunks(holding: column.id) {
                    let reader = try snapshot.reader(for: chunk)
                    var bytes = [UInt8](repeating: 0xA5, count: chunk.rowCount * column.rowBytes)
                    var span = bytes.mutableSpan
                    var raw = unsafe span.mutableBytes
                    try reader.read(column.id, rows: 0..<chunk.rowCount, into: &raw)
                    lines.append("\(column.id.canonicalName) \(chunk.firstRow) \(Checksum.text(Checksum.of(bytes)))")
                }
            }
        }
        for dataset in snapshot.datasets { lines.append("\(try snapshot.prompts(ofDataset: dataset.name))") }
        return lines
    }
}

extension PowerLoss {
    /// Power loss while a store of format 1 is migrated: before, during and after, it must show the same.
    public static func migration(_ tools: Tools, _ depth: ReplayDepth) throws -> PowerLossReport {
        let root = tools.place("migrated")
        let path = root + "/" + storeName
        let log = tools.place("migrated.log")
        defer { for path in [root, log] { try? FileManager.default.removeItem(atPath: path) } }
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: Flips.golden, toPath: path)
        let before = try DiskImage(reading: root)
        let content = try StoreContent.lines(path, rows: true)
        let quick = try StoreContent.lines(path, rows: false)
        let child = try Child(
            tools, ["migrate", path],
            ["LD_PRELOAD": tools.shim, "VARVE_SHIM_ROOT": root, "VARVE_SHIM_LOG": log])
        guard child.end == .exited(0) else { throw ProofError("the migration failed: \(child.output)") }
        var recording = try Recording(log: log)
        recording.before = before
        guard try recording.finalImage().digest == DiskImage(reading: root).digest else {
            throw ProofError("the replay of the migration gives other files than the child")
        }
        let check = MigrationCheck(content: content, quick: quick)
        return try replay(
            recording, name: "migrate", tools, depth
        ) { try check.run($0, $1) }
    }
}

/// What must hold of a store while it is being migrated.
private final class MigrationCheck: Sendable {
    private let content: [String]
    private let quick: [String]
    private let known = Mutex<Set<Digest128>>([])

    /// - Parameter quick: the same without the rows
    init(content: [String], quick: [String]) {
        self.content = content
        self.quick = quick
    }

    func run(_ path: String, _ expectation: Expectation) throws -> Bool {
        do {
            guard try StoreContent.lines(path, rows: false) == quick else {
                throw Violation("other content before recovery")
            }
        } catch let error as StoreError {
            guard case .readOnly = error.kind else { throw Violation("not readable: \(error)") }
        }
        do {
            if expectation.stepsDone == 0 { try StoreMigration.run(path) }
            _ = try StoreWriter(path: path)
        } catch {
            throw Violation("not migrated: \(error)")
        }
        let digest = try DiskImage(reading: path) { $0.hasPrefix("chunks/") }.digest
        if known.withLock({ $0.contains(digest) }) { return false }
        guard try StoreContent.lines(path, rows: true) == content else { throw Violation("other content") }
        if let damage = try StoreVerification.run(path).damages.first { throw Violation("damaged: \(damage)") }
        _ = known.withLock { $0.insert(digest) }
        return true
    }
}
