import Foundation
import Store
import TestSupport
import Testing

/// `varve ingest` into a file system that becomes full: the kernel's own error, in a tmpfs.
@Suite(.enabled(if: SmallFileSystem.isPossible, "mounting a small file system takes a right that this user lacks"))
struct FullDiskTests {
    private let folder: TemporaryDirectory
    private let prompts: String

    init() throws {
        folder = try TemporaryDirectory()
        prompts = folder.file("p.jsonl")
        let text = (0..<600).map { #"{"id": \#($0), "text": "question \#($0) of a full disk"}"# }
        try text.joined(separator: "\n").write(toFile: prompts, atomically: true, encoding: .utf8)
    }

    private func arguments(_ store: String) -> [String] {
        [
            "ingest", store, "--model", IngestCommandTests.fixture("tiny"), "--prompts", prompts, "--as", "m/d",
            "--commit-every", "300",
        ]
    }

    /// What the message says to type once there is room.
    private func wayOn(_ run: CommandRun) throws -> String {
        let words = "make room, then go on with: "
        let line = try #require(run.messages.split(separator: "\n").first { $0.hasPrefix(words) }, "\(run.messages)")
        return String(line.dropFirst(words.count))
    }

    private func type(_ command: String) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    @Test func fullOnTheWay() throws {
        let disk = try SmallFileSystem(bytes: 2 << 20)
        let store = disk.path + "/s"
        let shim = try CommandRun.program().deletingLastPathComponent().appendingPathComponent("libFaultShim.so").path
        try #require(FileManager.default.fileExists(atPath: shim))
        // The reserve that an ingest asks for first is said to be there: the store meets the end of the disk itself.
        let run = try CommandRun(
            arguments(store),
            environment: ["LD_PRELOAD": shim, "VARVE_SHIM_ROOT": disk.path, "VARVE_SHIM_ROOM": "1"])
        #expect(run.code == 1 && run.output.isEmpty, "\(run.code) \(run.messages)")
        #expect(run.messages.contains("error: \(store)"), "\(run.messages)")
        #expect(run.messages.contains(": the file system is full; what was committed is kept"), "\(run.messages)")
        let command = try wayOn(run)

        let part = try #require(try Snapshot.open(store).captures.first)
        #expect(part.rowCount > 0 && !part.isComplete)
        #expect(try CommandRun(["verify", store]).code == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: store + "/tmp").isEmpty)
        let query = try CommandRun(["query", store, #"capture("m", "d").resid_post | norm | count"#])
        #expect(query.code == 0, "\(query.messages)")

        try disk.grow(to: 1 << 30)
        #expect(try type(command) == 0)
        let whole = folder.file("whole")
        #expect(try CommandRun(arguments(whole)).code == 0)
        let (one, other) = (try Snapshot.open(store).captures[0], try Snapshot.open(whole).captures[0])
        #expect(one.isComplete && one.chunks.map(\.name) == other.chunks.map(\.name))
    }

    @Test func tooSmallFromTheStart() throws {
        let disk = try SmallFileSystem(bytes: 2 << 20)
        let store = disk.path + "/s"
        let dry = try CommandRun(arguments(store) + ["--dry-run"])
        #expect(dry.code == 1 && dry.messages.contains("error: \(store): no room: up to "), "\(dry.messages)")
        let run = try CommandRun(arguments(store))
        #expect(run.code == 1 && run.messages.contains("no room: up to "), "\(run.messages)")
        #expect(!FileManager.default.fileExists(atPath: store))
        let command = try wayOn(run)
        try disk.grow(to: 1 << 30)
        #expect(try type(command) == 0)
        #expect(try Snapshot.open(store).captures[0].isComplete)
    }
}
