import Foundation

/// A directory of its own for one test, removed with its owner.
public final class TemporaryDirectory: Sendable {
    /// Exists as long as the object.
    public let path: String

    /// A new, empty one.
    public init() throws {
        let name = "varve-test-" + UUID().uuidString
        path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of something inside.
    public func file(_ name: String) -> String { path + "/" + name }
}
