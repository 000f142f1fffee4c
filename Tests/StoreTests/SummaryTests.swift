import Foundation
import Store
import Tensor
import TestSupport
import Testing

@Suite struct SummaryTests {
    @Test func countsRowsBytesAndEncodings() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let capture = SyntheticCapture(prompts: SyntheticCapture.prompts(50))
        try SyntheticStore.build(path, [capture], chunkBytes: 4000)
        let summary = try Snapshot.open(path).summary()
        let rows = capture.prompts.reduce(0) { $0 + $1.tokenCount }
        let first = try #require(summary.captures.first)
        #expect(first.columns.map(\.spec) == capture.spec.columns)
        #expect(first.columns.allSatisfy { $0.rowCount == rows && $0.rawBytes == rows * $0.spec.rowBytes })
        #expect(first.rawBytes == rows * capture.spec.rowBytes)
        #expect(first.columns.reduce(0) { $0 + $1.storedBytes } < first.storedBytes)
        let position = try #require(first.columns.first { $0.spec.id == .position })
        #expect(position.ratio > 1)
        #expect((position.minimum, position.maximum) == (0, 6))
        #expect(position.encodings.values.reduce(0, +) == first.record.chunks.count)
        let onDisk = try files(path).filter { $0.key.hasPrefix("chunks/") }.values.reduce(0) { $0 + $1.count }
        #expect(summary.storedBytes == onDisk)
    }

    @Test func verificationCountsWhatItRead() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        try SyntheticStore.build(path, [SyntheticCapture()], chunkBytes: 500)
        let report = try StoreVerification.run(path)
        let snapshot = try Snapshot.open(path)
        #expect(report.isSound)
        #expect(report.chunkFiles == snapshot.captures[0].chunks.count)
        #expect(report.bytes == snapshot.captures[0].chunks.reduce(0) { $0 + $1.storedBytes })
        #expect(report.catalogRows > 10 && report.orphans.isEmpty)
    }
}

@Suite struct ResultsFileTests {
    @Test func keepsResultsBesideTheStore() throws {
        let directory = try TemporaryDirectory()
        let store = directory.file("s")
        let results = ResultsFile(store: store + "/")
        #expect(try results.list().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: results.path))
        try results.save(name: "probe", kind: "logreg", payload: [1, 2, 3], provenance: "{\"generation\":3}")
        try results.save(name: "a table", kind: "table", payload: [], provenance: "{}")
        #expect(results.path == store + ".results.sqlite")
        #expect(try results.list().map(\.name) == ["a table", "probe"])
        let probe = try results.load(name: "probe")
        #expect((probe.kind, probe.payload, probe.provenance) == ("logreg", [1, 2, 3], "{\"generation\":3}"))

        let taken = #expect(throws: StoreError.self) {
            try results.save(name: "probe", kind: "x", payload: [9], provenance: "{}")
        }
        #expect(taken?.kind == .conflict)
        try results.save(name: "probe", kind: "x", payload: [9], provenance: "{}", overwrite: true)
        #expect(try results.load(name: "probe").payload == [9])
        #expect((#expect(throws: StoreError.self) { try results.load(name: "none") })?.kind == .unknown)
        for name in ["", "a\nb", String(repeating: "x", count: 257)] {
            #expect(throws: StoreError.self) {
                try results.save(name: name, kind: "x", payload: [], provenance: "{}")
            }
        }
    }

    @Test func refusesAnotherFileAndDamage() throws {
        let directory = try TemporaryDirectory()
        let results = ResultsFile(store: directory.file("s"))
        try Data("not a database, but long enough to look like one".utf8).write(
            to: URL(fileURLWithPath: results.path))
        #expect(throws: StoreError.self) { try results.list() }
        #expect(throws: StoreError.self) {
            try results.save(name: "x", kind: "x", payload: [], provenance: "{}", overwrite: true)
        }
        try FileManager.default.removeItem(atPath: results.path)
        try results.save(name: "n", kind: "k", payload: [UInt8](repeating: 77, count: 500), provenance: "{}")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: results.path))
        let place = try #require(bytes.firstRange(of: Data(repeating: 77, count: 500))).lowerBound
        try flip(results.path, at: place + 100)
        #expect(throws: StoreError.self) { try results.load(name: "n") }
    }
}
