import ChunkFormat
import Foundation
import Store
import Synchronization
import Tensor

/// Everything that a snapshot shows but its generation, as text: equal for stores of equal content.
enum StoreContent {
    static func lines(_ path: String, rows: Bool) throws -> [String] {
        let snapshot = try Snapshot.open(path)
        var lines = [snapshot.storeID]
        // Field by field: printing whole records costs more than reading them.
        for model in snapshot.models {
            lines.append("\(model.name) \(model.architecture) \(model.layerCount) \(model.hiddenSize)")
            lines.append("\(model.digest) \(model.adapterDigest ?? "-") \(model.tokenizerDigest)")
        }
        for capture in snapshot.captures {
            lines.append("\(capture.id) \(capture.name) \(capture.isComplete) \(capture.specDigest)")
            lines.append("\(capture.rowCount) \(capture.plannedRowCount) \(capture.plannedPromptCount)")
            lines += capture.columns.map { "\($0.id.canonicalName) \($0.elementType.rawValue) \($0.width)" }
            lines += capture.latentSpaces.map { "\($0.site.canonicalName) \($0.latents) \($0.topK) \($0.digest)" }
            lines += capture.adapterModules.map { "\($0.site.canonicalName) \($0.rank) \($0.scale) \($0.bNorms)" }
            for chunk in capture.groups.flatMap(\.chunks) {
                lines.append("\(chunk.name) \(chunk.firstRow) \(chunk.rowCount) \(chunk.firstPrompt)")
                lines.append("\(chunk.promptCount) \(chunk.storedBytes) \(chunk.rawBytes)")
            }
            add(try snapshot.prompts(of: capture), &lines)
            let pieces = try snapshot.tokenPieces(of: capture)
            lines.append("\(pieces.count) \(Checksum.of(Array(pieces.joined(separator: [0]))))")
            if rows { lines += try values(snapshot, capture) }
        }
        for dataset in snapshot.datasets {
            lines.append("\(dataset.name) \(dataset.promptCount)")
            lines += dataset.columns.map { "\($0.name) \($0.type.rawValue)" }
            add(try snapshot.prompts(ofDataset: dataset.name), &lines)
        }
        return lines
    }

    private static func add(_ table: PromptTable, _ lines: inout [String]) {
        lines += table.keys
        lines += table.sources
        lines += table.tokenCount.map(String.init)
        for column in table.metadata {
            lines.append(column.name)
            for value in column.values {
                switch value {
                case nil: lines.append("-")
                case .string(let text)?: lines.append(text)
                case .int(let number)?: lines.append(String(number))
                case .double(let number)?: lines.append(number.description)
                case .bool(let flag)?: lines.append(flag ? "true" : "false")
                }
            }
        }
    }

    /// A checksum for the rows of each column in each of its chunks.
    static func values(_ snapshot: Snapshot, _ capture: CaptureRecord) throws -> [String] {
        var lines: [String] = []
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
        return lines
    }
}

/// A command that replaces the whole catalogue and must not change what the store holds.
public enum CatalogChange: String, Sendable, CaseIterable {
    /// Of a store of format 1.
    case migrate
    /// From the chunk files alone.
    case rebuild

    fileprivate func makeStore(_ path: String) throws {
        switch self {
        case .migrate: try FileManager.default.copyItem(atPath: Flips.golden, toPath: path)
        case .rebuild: try Workload(Cast.allCases.map { .ingest($0) } + [.widen(.plain)]).run(path)
        }
    }

    /// Does it to a store, as `StoreDriver` does in a child.
    public func run(_ path: String) throws {
        switch self {
        case .migrate: try StoreMigration.run(path)
        case .rebuild: _ = try StoreRebuild.run(path)
        }
    }

    /// A rebuild forgets in which order captures and prompts came, and their numbers.
    fileprivate func content(_ path: String, rows: Bool) throws -> [String] {
        switch self {
        case .migrate: try StoreContent.lines(path, rows: rows)
        case .rebuild: try StoreContent.unordered(path, rows: rows)
        }
    }

    /// Whether the store may be without a catalogue, until the command is given again.
    fileprivate func mayFail(_ error: StoreError) -> Bool {
        switch error.kind {
        case .readOnly: true
        case .damaged, .missing: self == .rebuild
        default: false
        }
    }
}

extension StoreContent {
    /// What is left of `lines` without numbers and order.
    fileprivate static func unordered(_ path: String, rows: Bool) throws -> [String] {
        let snapshot = try Snapshot.open(path)
        var lines = [snapshot.storeID]
        for capture in snapshot.captures {
            let prompts = try snapshot.prompts(of: capture)
            lines.append("\(capture.name) \(prompts.keys) \(prompts.sources) \(prompts.tokenCount)")
            lines.append("\(capture.name) \(try snapshot.tokenPieces(of: capture))")
            let columns = capture.columns.map(\.id.canonicalName)
            lines.append("\(capture.name) \(capture.rowCount) \(capture.isComplete) \(columns)")
            if rows { lines += try values(snapshot, capture).map { "\(capture.name) \($0)" } }
        }
        return lines.sorted()
    }
}

extension PowerLoss {
    /// Power loss while a catalogue is replaced: before, during and after, the store must show the same.
    public static func replacing(
        _ change: CatalogChange, _ tools: Tools, _ depth: ReplayDepth
    ) throws -> PowerLossReport {
        let root = tools.place(change.rawValue)
        let path = root + "/" + storeName
        let log = tools.place(change.rawValue + ".log")
        defer { for path in [root, log] { try? FileManager.default.removeItem(atPath: path) } }
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        try change.makeStore(path)
        let before = try DiskImage(reading: root)
        let check = CatalogChangeCheck(
            change, content: try change.content(path, rows: true), quick: try change.content(path, rows: false))
        let child = try Child(
            tools, [change.rawValue, path],
            ["LD_PRELOAD": tools.shim, "VARVE_SHIM_ROOT": root, "VARVE_SHIM_LOG": log])
        guard child.end == .exited(0) else { throw ProofError("\(change) failed: \(child.output)") }
        var recording = try Recording(log: log)
        recording.before = before
        guard try recording.finalImage().digest == DiskImage(reading: root).digest else {
            throw ProofError("the replay of \(change) gives other files than the child")
        }
        return try replay(recording, name: change.rawValue, tools, depth) { try check.run($0, $1) }
    }
}

/// What must hold of a store whose catalogue is being replaced.
private final class CatalogChangeCheck: Sendable {
    private let change: CatalogChange
    private let content: [String]
    private let quick: [String]
    private let known = Mutex<Set<Digest128>>([])

    /// - Parameter quick: the content without the rows
    init(_ change: CatalogChange, content: [String], quick: [String]) {
        self.change = change
        self.content = content
        self.quick = quick
    }

    func run(_ path: String, _ expectation: Expectation) throws -> Bool {
        do {
            guard try change.content(path, rows: false) == quick else {
                throw Violation("other content before recovery")
            }
        } catch let error as StoreError {
            guard change.mayFail(error), expectation.stepsDone == 0 else { throw Violation("not readable: \(error)") }
        }
        do {
            if expectation.stepsDone == 0 { try change.run(path) }
            _ = try StoreWriter(path: path)
        } catch let error as StoreError {
            throw Violation("not done again: \(error)")
        }
        let digest = try DiskImage(reading: path) { $0.hasPrefix("chunks/") }.digest
        if known.withLock({ $0.contains(digest) }) { return false }
        guard try change.content(path, rows: true) == content else { throw Violation("other content") }
        if let damage = try StoreVerification.run(path).damages.first { throw Violation("damaged: \(damage)") }
        _ = known.withLock { $0.insert(digest) }
        return true
    }
}
