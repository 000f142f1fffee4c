import Foundation
import Store
import Tensor
import TestSupport

/// The captures of the load: names that are used again, values that differ with every version.
enum LoadCast {
    static let names = ["a", "b", "c"]
    static let layers = 2
    static let promptCount = 24
    /// Six chunks a capture.
    static let chunkBytes = 6000

    static func capture(_ name: String, version: Int) -> SyntheticCapture {
        SyntheticCapture(
            model: name, dataset: "general", prompts: SyntheticCapture.prompts(promptCount), layers: layers,
            hiddenSize: 24
        ) { column, prompt, position, place in
            value(column, prompt: prompt, position: position, place: place, version: version)
        }
    }

    /// Cheap, and different for each version: a reader computes it again for what it reads.
    static func value(_ column: ColumnID, prompt: Int, position: Int, place: Int, version: Int) -> Double {
        switch column {
        case .prompt: Double(prompt)
        case .position: Double(position)
        case .tokenID: Double((prompt * 7 + position + version) % SyntheticCapture.vocabulary)
        case .role: 0
        default: Double(version * 64 + (prompt * 31 + position * 7 + place) % 64)
        }
    }

    static let spec = capture("a", version: 0).spec
    /// Prompt and position of each row.
    static let rows: [(prompt: Int, position: Int)] = SyntheticCapture.prompts(promptCount).enumerated().flatMap {
        prompt, record in (0..<record.tokenCount).map { (prompt, $0) }
    }
}

/// Adds, removes, purges, compacts; tells the board what each generation holds.
final class LoadWriter {
    private let path: String
    private let board: LoadBoard
    private let store: StoreWriter
    private var model = LoadState()
    private var generation = 0
    private var version = 0
    private var turns = 0

    init(_ path: String, _ board: LoadBoard) throws {
        self.path = path
        self.board = board
        store = try StoreWriter(path: path)
        try record()
    }

    /// A compaction has a commit for each chunk, which changes nothing that readers see; everything else has one.
    private func record(mayBeMany: Bool = false) throws {
        let next = try Snapshot.open(path).generation
        guard mayBeMany || next <= generation + 1 || generation == 0 else {
            throw Violation("one change took generations \(generation + 1) to \(next)")
        }
        while generation < next {
            generation += 1
            board.record(generation, model)
        }
    }

    /// Writes one capture anew, having removed the one of that name.
    func turn() throws {
        let name = LoadCast.names[turns % LoadCast.names.count]
        turns += 1
        if model.captures[name] != nil {
            model.captures[name] = nil
            try store.remove(captureOf: name, dataset: "general")
            try record()
        }
        if turns % 5 == 0 { try purge() }
        if turns % 4 == 0, let other = model.captures.keys.sorted().first {
            try store.compact(captureOf: other, dataset: "general", chunkBytes: 3 * LoadCast.chunkBytes)
            try record(mayBeMany: true)
            board.didCompact()
        }
        version += 1
        let capture = LoadCast.capture(name, version: version)
        let writer = try store.beginCapture(
            capture.spec, prompts: capture.prompts, chunkBytes: LoadCast.chunkBytes)
        for chunk in writer.plannedChunks where !chunk.isCommitted {
            try writer.commit(capture.builder(for: chunk, writer, capture.spec))
            model.captures[name] = LoadState.Capture(version: version, rows: chunk.firstRow + chunk.rowCount)
            try record()
        }
    }

    /// Readers let go of their snapshots for a moment, and open new ones while the purge runs.
    private func purge() throws {
        board.isDraining = true
        defer { board.isDraining = false }
        for _ in 0..<200 {
            do throws(StoreError) {
                try store.purge()
            } catch {
                guard case .locked = error.kind else { throw error }
                usleep(500)
                continue
            }
            try record()
            board.didPurge()
            return
        }
    }
}

/// Opens snapshots and compares what it reads with what their generation holds.
struct LoadReader: Sendable {
    let path: String
    let board: LoadBoard
    let seed: UInt64

    func run() {
        var generator = SeededGenerator(seed: seed)
        while !board.isOver {
            board.enter()
            var reads = 0
            var generation = 0
            do {
                let snapshot = try Snapshot.open(path)
                generation = snapshot.generation
                try check(snapshot, &generator, &reads)
            } catch {
                board.fail("\(error)")
            }
            board.leave(reads: reads, generation: generation)
        }
    }

    private func check(_ snapshot: Snapshot, _ generator: inout SeededGenerator, _ reads: inout Int) throws {
        guard let model = board.model(of: snapshot.generation) else {
            throw Violation("nobody wrote generation \(snapshot.generation)")
        }
        let found = snapshot.captures.map { "\($0.model) \($0.rowCount)" }.sorted()
        let wanted = model.captures.map { "\($0.key) \($0.value.rows)" }.sorted()
        guard found == wanted else {
            throw Violation("generation \(snapshot.generation) holds \(found) instead of \(wanted)")
        }
        for _ in 0..<60 where !board.isOver && !board.isDraining {
            guard let capture = snapshot.captures.randomElement(using: &generator),
                let expected = model.captures[capture.model],
                let chunk = capture.chunks.randomElement(using: &generator),
                let column = capture.columns.randomElement(using: &generator)
            else { return }
            let first = Int.random(in: 0..<chunk.rowCount, using: &generator)
            let range = first..<Int.random(in: (first + 1)...chunk.rowCount, using: &generator)
            var bytes = [UInt8](repeating: 0xA5, count: range.count * column.rowBytes)
            var span = bytes.mutableSpan
            var raw = unsafe span.mutableBytes
            try snapshot.reader(for: chunk).read(column.id, rows: range, into: &raw)
            guard bytes == LoadReader.bytes(column, range, chunk, version: expected.version) else {
                throw Violation(
                    "generation \(snapshot.generation): other values in \(column.id.canonicalName) of \(capture.name)")
            }
            reads += 1
        }
    }

    private static func bytes(_ column: ColumnSpec, _ range: Range<Int>, _ chunk: ChunkRecord, version: Int) -> [UInt8]
    {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count * column.rowBytes)
        for row in range {
            let (prompt, position) = LoadCast.rows[chunk.firstRow + row]
            for place in 0..<column.width {
                let number = LoadCast.value(
                    column.id, prompt: prompt, position: position, place: place, version: version)
                switch column.elementType {
                case .uint8: bytes.append(UInt8(number))
                case .uint32: withBytes(UInt32(number)) { bytes.append($0) }
                default: withBytes(Float(number).bitPattern) { bytes.append($0) }
                }
            }
        }
        return bytes
    }

    private static func withBytes(_ word: UInt32, _ body: (UInt8) -> Void) {
        for shift in [0, 8, 16, 24] as [UInt32] { body(UInt8(truncatingIfNeeded: word >> shift)) }
    }
}
