import ChunkFormat
import Foundation
import Glibc
import Store
import Synchronization
import Tensor
import TestSupport

/// What flipped bytes and cut files came to.
public struct FlipReport: Sendable {
    /// Bytes of the files that were damaged.
    public var bytes = 0
    /// Damaged files that were opened and read.
    public var tries = 0
    /// Reads that ended with an error that names the file.
    public var noticed = 0
    /// Reads that gave the very same values, while verification named the file.
    public var found = 0
    /// Reads that gave the very same values where no checksum is due: unused room in SQLite's pages and header.
    public var harmless = 0
    /// Those of a catalogue's flips without effect that hit a byte which is in use: none if pages are understood.
    public var harmlessInUse: [Int] = []
    /// Bytes of the catalogue that hold nothing.
    public var unused = 0
    /// Encodings of the blocks that were damaged.
    public var encodings: [String] = []
    /// Other values without an error, or damage that nobody names.
    public var violations: [String] = []
}

/// One way in which a file is damaged.
enum Damage: Sendable {
    case flip(offset: Int, mask: UInt8)
    case cut(length: Int)

    func apply(_ descriptor: Int32, _ bytes: [UInt8]) throws {
        switch self {
        case .flip(let offset, let mask): try Damage.write([bytes[offset] ^ mask], descriptor, offset)
        case .cut(let length): if ftruncate(descriptor, off_t(length)) != 0 { throw ProofError("ftruncate") }
        }
    }

    func undo(_ descriptor: Int32, _ bytes: [UInt8]) throws {
        switch self {
        case .flip(let offset, _): try Damage.write([bytes[offset]], descriptor, offset)
        case .cut(let length): try Damage.write(Array(bytes[length...]), descriptor, length)
        }
    }

    private static func write(_ bytes: [UInt8], _ descriptor: Int32, _ offset: Int) throws {
        let count = unsafe bytes.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
        guard count == bytes.count else { throw ProofError("a fixture can't be damaged") }
    }
}

/// Damages copies of a store's files byte by byte and reads them.
public struct Flips: Sendable {
    let tools: Tools
    let store: String

    /// - Parameter store: is copied, never changed
    public init(_ tools: Tools, store: String) {
        self.tools = tools
        self.store = store
    }

    /// The store of format 1 that is kept for all time.
    public static var golden: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("StoreTests/Golden/v1").path
    }

    /// Brings a copy of it to the present format; its chunk files stay as they are.
    public static func migrate(_ path: String) throws { try StoreMigration.run(path) }

    /// A store with every encoding and element type of the present format.
    public static func makeStore(_ path: String) throws {
        let store = try StoreWriter(path: path)
        for (index, type) in [ElementType.float32, .float16, .bfloat16, .int8].enumerated() {
            let capture = SyntheticCapture(
                model: "m\(index)", prompts: SyntheticCapture.prompts(16), layers: 2, hiddenSize: 24,
                elementType: type == .int8 ? .float16 : type, loraRank: 2, latents: 4096, seed: UInt64(index))
            var spec = capture.spec
            if type == .int8 {
                for place in spec.columns.indices where spec.columns[place].elementType == .float16 {
                    if case .latentValue = spec.columns[place].id { continue }
                    spec.columns[place] = ColumnSpec(id: spec.columns[place].id, elementType: .int8, width: 24)
                }
            }
            let writer = try store.beginCapture(spec, prompts: capture.prompts)
            for chunk in writer.plannedChunks { try writer.commit(capture.builder(for: chunk, writer, spec)) }
        }
    }

    /// Flips bits of chunk files.
    ///
    /// - Parameters:
    ///   - masks: for each byte; powers of two
    ///   - stride: of how many bytes one is damaged
    public func flipChunks(masks: [UInt8], stride: Int = 1) throws -> FlipReport {
        try chunks { bytes in
            Swift.stride(from: 0, to: bytes.count, by: stride).flatMap { offset in
                masks.map { Damage.flip(offset: offset, mask: $0) }
            }
        }
    }

    /// Cuts chunk files at lengths below their own.
    public func cutChunks(stride: Int = 1) throws -> FlipReport {
        try chunks { bytes in Swift.stride(from: 0, to: bytes.count, by: stride).map { Damage.cut(length: $0) } }
    }

    /// Flips one bit of each byte of the catalogue, another one from byte to byte.
    public func flipCatalog(stride: Int = 1) throws -> FlipReport {
        try catalog { bytes in
            Swift.stride(from: 0, to: bytes.count, by: stride).map { .flip(offset: $0, mask: 1 << UInt8($0 * 5 % 8)) }
        }
    }

    /// Cuts the catalogue at lengths below its own.
    public func cutCatalog(stride: Int = 1) throws -> FlipReport {
        try catalog { bytes in Swift.stride(from: 0, to: bytes.count, by: stride).map { Damage.cut(length: $0) } }
    }

    private func chunks(_ damages: ([UInt8]) -> [Damage]) throws -> FlipReport {
        var total = FlipReport()
        for name in try Snapshot.open(store).captures.flatMap(\.chunks).map(\.name) {
            let file = "chunks/\(name.prefix(2))/\(name)"
            let bytes = try DiskImage.contents(store + "/" + file)
            total.add(try run(file, bytes, damages(bytes)) { try ChunkVictim($0, name: name) })
        }
        let columns = try Snapshot.open(store).summary().captures.flatMap(\.columns)
        total.encodings = Set(columns.flatMap(\.encodings.keys)).sorted()
        return total
    }

    private func catalog(_ damages: ([UInt8]) -> [Damage]) throws -> FlipReport {
        let bytes = try DiskImage.contents(store + "/catalog.sqlite")
        let room = UnusedRoom(bytes)
        var report = try run("catalog.sqlite", bytes, damages(bytes)) { try CatalogVictim($0) }
        report.unused = room.count
        report.harmlessInUse.removeAll { room.isUnused[$0] }
        return report
    }

    /// Two threads, each with a copy of the store of its own.
    private func run(
        _ file: String, _ bytes: [UInt8], _ damages: [Damage],
        _ victim: @escaping @Sendable (String) throws -> any FlipVictim
    ) throws -> FlipReport {
        let halves = [0, 1].map { half in stride(from: half, to: damages.count, by: 2).map { damages[$0] } }
        let sum = FlipSum()
        try inParallel(halves) { damages, thread in
            let copy = tools.place("flips-\(thread)")
            try? FileManager.default.removeItem(atPath: copy)
            defer { try? FileManager.default.removeItem(atPath: copy) }
            try FileManager.default.copyItem(atPath: store, toPath: copy)
            var victim = try victim(copy)
            let path = copy + "/" + file
            _ = unsafe chmod(path, 0o600)
            let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
            guard descriptor >= 0 else { throw ProofError("\(file): can't be damaged") }
            defer { _ = close(descriptor) }
            var report = FlipReport()
            for damage in damages {
                try damage.apply(descriptor, bytes)
                report.tries += 1
                do {
                    switch try victim.read(damage) {
                    case .noticed: report.noticed += 1
                    case .found: report.found += 1
                    case .harmless:
                        report.harmless += 1
                        if case .flip(let offset, _) = damage { report.harmlessInUse.append(offset) }
                    }
                } catch let error as Violation {
                    report.violations.append("\(file), \(damage): \(error)")
                }
                try damage.undo(descriptor, bytes)
            }
            sum.add(report)
        }
        var report = sum.value
        report.bytes = bytes.count
        return report
    }
}

/// Adds up what threads found.
private final class FlipSum: Sendable {
    private let total = Mutex(FlipReport())
    var value: FlipReport { total.withLock { $0 } }
    func add(_ report: FlipReport) { total.withLock { $0.add(report) } }
}

extension FlipReport {
    mutating func add(_ other: FlipReport) {
        bytes += other.bytes
        tries += other.tries
        noticed += other.noticed
        found += other.found
        harmless += other.harmless
        harmlessInUse += other.harmlessInUse
        unused += other.unused
        violations += other.violations
    }
}
