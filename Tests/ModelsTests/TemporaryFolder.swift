import Foundation

/// A copy of a fixture folder that a test may damage; removed with its owner.
final class TemporaryFolder {
    let path: String

    init(copying fixture: String) throws {
        path = NSTemporaryDirectory() + "varve-models-\(UUID().uuidString)"
        try FileManager.default.copyItem(atPath: Fixture.path(fixture), toPath: path)
    }

    /// An empty one.
    init() throws {
        path = NSTemporaryDirectory() + "varve-models-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func replace(_ old: String, by new: String, in file: String) throws {
        let text = try String(contentsOfFile: "\(path)/\(file)", encoding: .utf8)
        guard text.contains(old) else { throw CocoaError(.fileReadUnknown) }
        try text.replacingOccurrences(of: old, with: new).write(
            toFile: "\(path)/\(file)", atomically: true, encoding: .utf8)
    }

    func truncate(_ file: String, by bytes: Int) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(file)"))
        try data.dropLast(bytes).write(to: URL(fileURLWithPath: "\(path)/\(file)"))
    }

    func remove(_ file: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(file)") }
}
