import ChunkFormat
import Foundation
import Store
import Synchronization

/// What recovering a store after power loss, a kill or a fault must give. Usable from several threads.
final class RecoveryCheck: Sendable {
    let workload: Workload
    private let final: Expectation
    /// Recovered stores that were found good, by content: most states recover to one of few.
    private let known = Mutex<Set<Digest128>>([])

    init(_ workload: Workload) {
        self.workload = workload
        final = Expectation.final(workload)
    }

    /// Opens the store for reading and for writing, compares everything, takes the workload up again, compares again.
    ///
    /// - Returns: false where a store of the same bytes was compared before
    @discardableResult
    func run(_ path: String, _ expectation: Expectation) throws -> Bool {
        let before = try key(path, expectation)
        if !isKnown(before) { try readAsIs(path, expectation) }
        do {
            let moved = try StoreWriter(path: path).recovery.quarantined
            guard moved.isEmpty || expectation.isWriting else {
                throw Violation("phantom: \(moved.count) files that nobody was writing went to the quarantine")
            }
        } catch let error as StoreError {
            throw Violation("not recovered: \(error)")
        }
        let after = try key(path, expectation)
        if isKnown(after) { return false }
        try StoreCheck(expectation: expectation).run(path)
        try verify(path)
        do {
            try workload.run(path, from: expectation.stepsDone)
        } catch let error as StoreError {
            throw Violation("not resumed: \(error)")
        }
        try StoreCheck(expectation: final).run(path)
        try verify(path)
        _ = known.withLock { $0.insert(after) }
        return true
    }

    private func isKnown(_ key: Digest128) -> Bool { known.withLock { $0.contains(key) } }

    /// Equal for stores that go on alike: the same bytes wherever a writer looks, the same promises.
    ///
    /// A store that was just made has a random identity and the time in its catalogue: all of those are one.
    private func key(_ path: String, _ expectation: Expectation) throws -> Digest128 {
        var image = DiskImage()
        if FileManager.default.fileExists(atPath: path) {
            image = try DiskImage(reading: path) { $0.hasPrefix("quarantine/") }
        }
        // SQLite looks at a journal that begins with a zero no further, and writes over it.
        let journal = "catalog.sqlite-journal"
        if image.files[journal]?.bytes.first == 0 || image.files[journal]?.bytes.isEmpty == true {
            image.files[journal] = nil
        }
        var text = ByteList()
        text.append(expectation.key)
        if !expectation.isCreated, image.files["STORE.json"] != nil, image.files.count == 4,
            (try? Snapshot.open(path).generation) == 1
        {
            text.append("new")
            for directory in image.directories.sorted() { text.append(directory) }
        } else {
            text.append(image.digest.high)
            text.append(image.digest.low)
        }
        return Digest128(of: text.bytes.rawSpan)
    }

    /// Opening for reading may ask for a recovery first, but must never show anything else than what holds.
    private func readAsIs(_ path: String, _ expectation: Expectation) throws {
        do {
            try StoreCheck(expectation: expectation).run(path)
        } catch let error as StoreError {
            switch error.kind {
            case .readOnly: return
            case .missing, .notAStore:
                if !expectation.isCreated { return }
            case .damaged:
                // Before the first acknowledgement nothing is promised of the catalogue.
                if !expectation.isCreated { return }
            default: break
            }
            throw Violation("not readable: \(error)")
        }
    }

    private func verify(_ path: String) throws {
        let report = try StoreVerification.run(path)
        if let damage = report.damages.first { throw Violation("damaged after recovery: \(damage)") }
    }
}

/// Chunk files by name, and the logical content as text: equal for equal stores, however they came to be.
struct StoreFingerprint: Equatable {
    let chunkFiles: [String: UInt64]
    let content: [String]

    init(_ path: String) throws {
        let image = try DiskImage(reading: path)
        chunkFiles = Dictionary(
            uniqueKeysWithValues: image.files.filter { $0.key.hasPrefix("chunks/") }.map {
                ($0.key, Checksum.of($0.value.bytes))
            })
        let snapshot = try Snapshot.open(path)
        var lines: [String] = []
        for capture in snapshot.captures {
            let prompts = try snapshot.prompts(of: capture)
            lines.append(
                "\(capture.name) \(capture.rowCount) \(capture.specDigest) \(capture.columns) \(prompts.keys) "
                    + "\(capture.chunks.map { "\($0.name) \($0.firstRow) \($0.rowCount) \($0.storedBytes)" })")
        }
        for dataset in snapshot.datasets {
            let prompts = try snapshot.prompts(ofDataset: dataset.name)
            lines.append("\(dataset.name) \(prompts.keys) \(prompts.sources) \(prompts.metadata)")
        }
        content = lines.sorted()
    }
}
