import Foundation
import Store
import TestSupport
import Testing

/// How long opening takes. `VARVE_LARGE_STORE=DIRECTORY swift test -c release -Xswiftc -enable-testing --filter Opening`
/// makes a store of 10⁴ chunks and 10⁶ prompts there, if none is there, and tells the times.
@Suite struct OpeningTests {
    @Test func aStoreMadeWithoutAnIngestIsAStore() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        try LargeStore(chunks: 12, promptsPerChunk: 5).build(path)
        #expect(try StoreVerification.run(path).isSound)
        #expect(try StoreWriter(path: path).recovery.quarantined.isEmpty)
        let snapshot = try Snapshot.open(path)
        #expect(snapshot.captures[0].isComplete && snapshot.captures[0].rowCount == 60)
        #expect(try snapshot.prompts(of: snapshot.captures[0]).keys.count == 60)
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["VARVE_LARGE_STORE"] != nil))
    func tellsTheTimes() throws {
        let path = ProcessInfo.processInfo.environment["VARVE_LARGE_STORE"] ?? ""
        if !FileManager.default.fileExists(atPath: path) { try LargeStore().build(path) }
        let clock = ContinuousClock()
        var (writable, readable) = ([Double](), [Double]())
        for _ in 0..<5 {
            let write = try clock.measure { _ = try StoreWriter(path: path) }
            let read = try clock.measure { _ = try Snapshot.open(path) }
            writable.append(write / .seconds(1))
            readable.append(read / .seconds(1))
        }
        print("opening to write: \(writable) s, to read: \(readable) s")
        #expect(writable.sorted()[2] <= 1)
        #expect(readable.sorted()[2] <= 0.2)
    }
}
