import Foundation

@testable import TensorFiles

/// A folder that goes when the closure returns.
func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("varve-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
}

/// Writes `bytes` to a file of its own and hands its path on.
func withFile<R>(_ bytes: [UInt8], name: String = "input", _ body: (String) throws -> R) throws -> R {
    try withFolder { folder in
        let path = folder + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try body(path)
    }
}

/// The error that `body` throws, as text; fails where it throws none.
func message(_ body: () throws -> Void) -> String {
    do {
        try body()
        return "no error"
    } catch {
        return "\(error)"
    }
}

func parse(_ text: String) throws -> JSONValue {
    try BoundedJSON.parse(Array(text.utf8), path: "x.json")
}
