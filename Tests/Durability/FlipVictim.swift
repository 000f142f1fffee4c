import Foundation
import Store
import Tensor

/// Reads a damaged store.
protocol FlipVictim {
    /// - Parameter damage: what was done to the file just now
    /// - Throws: `Violation` where damage stays silent
    mutating func read(_ damage: Damage) throws -> FlipOutcome
}

extension Damage {
    func lies(within range: Range<Int>) -> Bool {
        if case .flip(let offset, _) = self { range.contains(offset) } else { false }
    }
}

/// What reading a damaged store came to.
enum FlipOutcome {
    /// An error that names the file.
    case noticed
    /// The very same values; verification names the file.
    case found
    /// The very same values, where nothing is to be verified.
    case harmless
}

/// Every value of one chunk file, whose header may be read anew while the catalogue is not.
struct ChunkVictim: FlipVictim {
    private let path: String
    private let name: String
    private let columns: [ColumnSpec]
    private var expected: [[UInt8]] = []
    private var snapshot: Snapshot?
    private var reader: ChunkReader?
    private let chunk: ChunkRecord
    /// From the header's end to the footer.
    private let blocks: Range<Int>

    init(_ path: String, name: String) throws {
        self.path = path
        self.name = name
        let snapshot = try Snapshot.open(path)
        guard let chunk = snapshot.captures.flatMap(\.chunks).first(where: { $0.name == name }) else {
            throw ProofError("\(path): no chunk \(name)")
        }
        self.chunk = chunk
        let bytes = try DiskImage.contents("\(path)/chunks/\(name.prefix(2))/\(name)")
        // The trailer's first word is the footer's offset.
        let footer = bytes.suffix(48).prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        blocks = 64..<max(64, footer)
        let reader = try snapshot.reader(for: chunk)
        columns = reader.columns
        expected = try columns.map { try ChunkVictim.rows(reader, $0) }
    }

    private static func rows(_ reader: ChunkReader, _ column: ColumnSpec) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0xA5, count: reader.rowCount * column.rowBytes)
        var span = bytes.mutableSpan
        var raw = unsafe span.mutableBytes
        try reader.read(column.id, rows: 0..<reader.rowCount, into: &raw)
        return bytes
    }

    mutating func read(_ damage: Damage) throws -> FlipOutcome {
        do {
            // Blocks are read again each time; header, footer and trailer only where the file is opened anew.
            // A snapshot that could not open the chunk remembers nothing of it.
            let isBlock = damage.lies(within: blocks)
            if !isBlock, reader != nil { (snapshot, reader) = (nil, nil) }
            defer { if !isBlock, reader != nil { (snapshot, reader) = (nil, nil) } }
            let snapshot = try self.snapshot ?? Snapshot.open(path)
            self.snapshot = snapshot
            let reader = try self.reader ?? snapshot.reader(for: chunk)
            self.reader = reader
            guard reader.columns == columns else { throw Violation("silent: other columns") }
            for (column, values) in zip(columns, expected) {
                guard try ChunkVictim.rows(reader, column) == values else {
                    throw Violation("silent: other values in \(column.id.canonicalName)")
                }
            }
        } catch let error as StoreError {
            guard error.description.contains(name) else { throw Violation("an error without the file: \(error)") }
            return .noticed
        }
        let damages = try StoreVerification.run(path).damages
        guard damages.contains(where: { $0.description.contains(name) }) else {
            throw Violation("silent: the same values, and verification finds nothing")
        }
        return .found
    }
}

/// Everything that a snapshot shows, as text.
struct CatalogVictim: FlipVictim {
    private let path: String
    private let expected: [String]

    init(_ path: String) throws {
        self.path = path
        expected = try StoreContent.lines(path, rows: false)
    }

    mutating func read(_ damage: Damage) throws -> FlipOutcome {
        do {
            guard try StoreContent.lines(path, rows: false) == expected else { throw Violation("silent: other values") }
        } catch let error as StoreError {
            guard error.description.contains("catalog.sqlite") else {
                throw Violation("an error without the file: \(error)")
            }
            return .noticed
        }
        do {
            let damages = try StoreVerification.run(path).damages
            return damages.contains { $0.description.contains("catalog.sqlite") } ? .found : .harmless
        } catch {
            guard error.description.contains("catalog.sqlite") else {
                throw Violation("an error without the file: \(error)")
            }
            return .found
        }
    }
}
