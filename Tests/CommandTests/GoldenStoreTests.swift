import Foundation
import Store
import TestSupport
import Testing

/// A store that an older varve made is read as it was written, bit for bit.
@Suite struct GoldenStoreTests {
    private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("StoreTests/Golden")

    private func recorded(_ version: String) throws -> Set<ColumnDigest> {
        let text = try String(
            contentsOf: GoldenStoreTests.golden.appendingPathComponent(version + ".jsonl"), encoding: .utf8)
        return Set(try PythonReader.lines(text))
    }

    @Test(arguments: ["v1", "v2"]) func anOldStoreIsReadBitForBit(_ version: String) throws {
        let folder = try TemporaryDirectory()
        let store = folder.path + "/" + version
        try FileManager.default.copyItem(atPath: GoldenStoreTests.golden.path + "/" + version, toPath: store)
        #expect(Set(try PythonReader.varve(store)) == (try recorded(version)))
        let verified = try CommandRun(["verify", store, "--deep"])
        #expect(verified.code == 0, "\(verified.output)\(verified.messages)")
    }

    @Test(.enabled(if: PythonReader.isThere, "Scripts/python-reader-env makes the environment"))
    func pythonStillReadsEachFormat() throws {
        for version in ["v1", "v2"] {
            #expect(
                Set(try PythonReader.read(GoldenStoreTests.golden.path + "/" + version)) == (try recorded(version)))
        }
    }

    /// The store of today's format is one that today's writer goes on with: recovery accepts it, and a removal can be taken back.
    @Test func formatTwoCanBeWrittenTo() throws {
        let folder = try TemporaryDirectory()
        let store = folder.path + "/v2"
        try FileManager.default.copyItem(atPath: GoldenStoreTests.golden.path + "/v2", toPath: store)
        let undone = try CommandRun(["rm", "--undo", store, "removed/other"])
        #expect(undone.code == 0, "\(undone.messages)")
        #expect(try CommandRun(["compact", store, "--all"]).code == 0)
        #expect(try CommandRun(["gc", store]).code == 0)
        #expect(try CommandRun(["verify", store, "--deep"]).code == 0)
        let captures = Set(try PythonReader.varve(store)).subtracting(try recorded("v2")).map(\.capture)
        #expect(Set(captures) == ["removed/other"])
    }
}
