import ChunkFormat
import Foundation
import Store
import Tensor

/// What a reader says of one column: enough to tell whether two readers saw the same bits.
struct ColumnDigest: Codable, Hashable {
    var capture: String
    var column: String
    var type: String
    var rows: Int
    var width: Int
    /// XXH3-128 of the raw bytes of all rows.
    var xxh3: String
}

/// `Tests/PythonReader/read_store.py`: a reader of stores that knows nothing of varve but FORMAT.md.
enum PythonReader {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let interpreter = root.path + "/.build/python/bin/python"

    /// Whether `Scripts/python-reader-env` has made its environment.
    static let isThere = FileManager.default.isExecutableFile(atPath: interpreter)

    /// Every column of the store as Python reads it, in the order of capture and file.
    static func read(_ store: String) throws -> [ColumnDigest] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: interpreter)
        process.arguments = [root.path + "/Tests/PythonReader/read_store.py", store]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileReadCorruptFile) }
        return try lines(String(decoding: data, as: UTF8.self))
    }

    /// Lines as the reader prints them.
    static func lines(_ text: String) throws -> [ColumnDigest] {
        try text.split(separator: "\n").map { try JSONDecoder().decode(ColumnDigest.self, from: Data($0.utf8)) }
    }

    /// The same of varve's own reader.
    static func varve(_ store: String) throws -> [ColumnDigest] {
        let snapshot = try Snapshot.open(store)
        return try snapshot.captures.flatMap { capture in
            try capture.columns.map { column in
                ColumnDigest(
                    capture: capture.name, column: column.id.canonicalName, type: column.elementType.rawValue,
                    rows: capture.rowCount, width: column.width,
                    xxh3: try digest(column, capture, snapshot))
            }
        }
    }

    private static func digest(
        _ column: ColumnSpec, _ capture: CaptureRecord, _ snapshot: Snapshot
    ) throws -> String {
        var digest = StreamingDigest()
        for chunk in capture.chunks(holding: column.id) {
            var bytes = [UInt8](repeating: 0, count: chunk.rowCount * column.rowBytes)
            var span = bytes.mutableSpan
            var target = unsafe span.mutableBytes
            try snapshot.reader(for: chunk).read(column.id, rows: 0..<chunk.rowCount, into: &target)
            digest.update(bytes.rawSpan)
        }
        return digest.value.description
    }
}
