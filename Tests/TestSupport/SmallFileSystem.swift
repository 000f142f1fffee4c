import Foundation

/// A tmpfs of a few megabytes, gone with its owner.
public final class SmallFileSystem {
    /// Where it is mounted.
    public let path: String
    private let directory: TemporaryDirectory

    /// Whether this user may mount one.
    public static let isPossible = (try? SmallFileSystem(bytes: 1 << 20)) != nil

    public init(bytes: Int) throws {
        directory = try TemporaryDirectory()
        path = directory.path
        guard SmallFileSystem.run("mount", ["-t", "tmpfs", "-o", "size=\(bytes)", "tmpfs", path]) else {
            throw CocoaError(.fileWriteNoPermission)
        }
    }

    deinit { _ = SmallFileSystem.run("umount", ["-l", path]) }

    /// Makes room.
    public func grow(to bytes: Int) throws {
        guard SmallFileSystem.run("mount", ["-o", "remount,size=\(bytes)", path]) else {
            throw CocoaError(.fileWriteNoPermission)
        }
    }

    private static func run(_ command: String, _ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [command] + arguments
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
