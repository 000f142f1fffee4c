import Foundation
import Store
import TestSupport
import Testing

/// A store that an older varve made is read as it was written, bit for bit.
@Suite struct GoldenStoreTests {
    private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("StoreTests/Golden")

    private func recorded() throws -> Set<ColumnDigest> {
        let text = try String(contentsOf: GoldenStoreTests.golden.appendingPathComponent("v1.jsonl"), encoding: .utf8)
        return Set(try PythonReader.lines(text))
    }

    @Test func formatOneIsReadBitForBit() throws {
        let folder = try TemporaryDirectory()
        let store = folder.path + "/v1"
        try FileManager.default.copyItem(atPath: GoldenStoreTests.golden.path + "/v1", toPath: store)
        #expect(Set(try PythonReader.varve(store)) == (try recorded()))
        let verified = try CommandRun(["verify", store, "--deep"])
        #expect(verified.code == 0, "\(verified.output)\(verified.messages)")
    }

    @Test(.enabled(if: PythonReader.isThere, "Scripts/python-reader-env makes the environment"))
    func pythonStillReadsFormatOne() throws {
        #expect(Set(try PythonReader.read(GoldenStoreTests.golden.path + "/v1")) == (try recorded()))
    }
}
