import Foundation
import Store
import Tensor
import TestSupport

/// The bytes of rows of a chunk's column.
func rows(_ reader: ChunkReader, _ column: ColumnSpec, _ range: Range<Int>) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0xAA, count: range.count * column.rowBytes)
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    try reader.read(column.id, rows: range, into: &raw)
    return bytes
}

/// Every value that a snapshot can give, as text: equal texts mean equal stores.
func everything(_ path: String) throws -> String {
    let snapshot = try Snapshot.open(path)
    var lines = ["\(snapshot.storeID) \(snapshot.generation)", "\(snapshot.models)", "\(snapshot.datasets)"]
    for capture in snapshot.captures {
        lines.append("\(capture)")
        lines.append("\(try snapshot.prompts(of: capture))")
        lines.append("\(try snapshot.prompts(ofDataset: capture.dataset))")
        lines.append("\(try snapshot.tokenPieces(of: capture))")
        for column in capture.columns {
            for chunk in capture.chunks(holding: column.id) {
                lines.append("\(try rows(try snapshot.reader(for: chunk), column, 0..<chunk.rowCount))")
            }
        }
    }
    return lines.joined(separator: "\n")
}

/// Every file below a directory with its bytes, locks left out.
func files(_ path: String) throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) where !name.hasSuffix(".lock") {
        var isDirectory: ObjCBool = false
        _ = unsafe FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isDirectory)
        if !isDirectory.boolValue { found[name] = try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)) }
    }
    return found
}

/// Changes one byte of a file, whatever its mode.
func flip(_ path: String, at offset: Int, mask: UInt8 = 0x10) throws {
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    bytes[offset] ^= mask
    try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// Where a chunk's file lies.
func chunkPath(_ store: String, _ chunk: ChunkRecord) -> String {
    "\(store)/chunks/\(chunk.name.prefix(2))/\(chunk.name)"
}
