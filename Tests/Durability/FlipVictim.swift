import Foundation
import Store
import Tensor

/// Reads a damaged store.
protocol FlipVictim {
    /// - Throws: `Violation` where damage stays silent
    mutating func read() throws -> FlipOutcome
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
    private let chunk: ChunkRecord

    init(_ path: String, name: String) throws {
        self.path = path
        self.name = name
        let snapshot = try Snapshot.open(path)
        guard let chunk = snapshot.captures.flatMap(\.chunks).first(where: { $0.name == name }) else {
            throw ProofError("\(path): no chunk \(name)")
        }
        self.chunk = chunk
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

    mutating func read() throws -> FlipOutcome {
        do {
            // A snapshot that could not open the chunk remembers nothing of it and may try again.
            let snapshot = try self.snapshot ?? Snapshot.open(path)
            self.snapshot = snapshot
            let reader = try snapshot.reader(for: chunk)
            self.snapshot = nil
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

    mutating func read() throws -> FlipOutcome {
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
