import Foundation
import Store
import Tensor
import TestSupport
import Testing

@Suite struct CaptureRoundTripTests {
    @Test(arguments: [ElementType.float32, .float16, .bfloat16])
    func everyColumnComesBack(type: ElementType) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let capture = SyntheticCapture(
            prompts: SyntheticCapture.prompts(20), elementType: type, loraRank: 2, latents: 64)
        try SyntheticStore.build(path, [capture], chunkBytes: 1500)
        let snapshot = try Snapshot.open(path)
        let record = try #require(snapshot.capture(model: "base", dataset: "general"))
        #expect(record.isComplete)
        #expect(record.chunks.count > 3)
        #expect(record.columns == capture.spec.columns)
        #expect(record.latentSpaces == capture.spec.latentSpaces)
        #expect(record.adapterModules == capture.spec.adapterModules)
        #expect(record.rowCount == capture.prompts.reduce(0) { $0 + $1.tokenCount })
        #expect(try snapshot.tokenPieces(of: record) == capture.spec.tokenPieces)
        for chunk in record.chunks {
            let reader = try snapshot.reader(for: chunk)
            let prompts = chunk.firstPrompt..<(chunk.firstPrompt + chunk.promptCount)
            for column in record.columns {
                #expect(try rows(reader, column, 0..<chunk.rowCount) == capture.bytes(of: column, prompts: prompts))
            }
        }
    }

    @Test func promptsKeepOrderTextAndTypes() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let prompts = [
            PromptRecord(
                key: "b", source: "one \"two\"\n\u{1}\t\\ \u{1F600}",
                metadata: [("n", .int(-3)), ("x", .double(-0.0))],
                tokenCount: 2),
            PromptRecord(
                key: "a", source: "", metadata: [("n", .double(1e300)), ("flag", .bool(true)), ("mix", .int(1))],
                tokenCount: 1),
            // Canonically equal, but other bytes: two different keys.
            PromptRecord(key: "caf\u{E9}", source: "x", metadata: [("mix", .bool(false))], tokenCount: 1),
            PromptRecord(key: "cafe\u{301}", source: "y", metadata: [("mix", .string("ü"))], tokenCount: 4),
        ]
        try SyntheticStore.build(path, [SyntheticCapture(prompts: prompts)], chunkBytes: 1)
        let snapshot = try Snapshot.open(path)
        let table = try snapshot.prompts(of: try #require(snapshot.captures.first))
        #expect(table.keys.map { Array($0.utf8) } == prompts.map { Array($0.key.utf8) })
        #expect(table.sources == prompts.map(\.source))
        #expect(table.firstRow == [0, 2, 3, 4])
        #expect(table.tokenCount == [2, 1, 1, 4])
        #expect(table.metadata.map(\.name) == ["n", "x", "flag", "mix"])
        #expect(table.metadata.map(\.type) == [.double, .double, .bool, .string])
        #expect(table.metadata[0].values == [.double(-3), .double(1e300), nil, nil])
        #expect(table.metadata[1].values == [.double(-0.0), nil, nil, nil])
        #expect(table.metadata[3].values == [nil, .string("1"), .string("false"), .string("ü")])
    }

    @Test func aSecondModelSharesTheDataset() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        try SyntheticStore.build(
            path,
            [
                SyntheticCapture(model: "base"), SyntheticCapture(model: "poser/faker-0"),
                SyntheticCapture(model: "poser/faker-0", dataset: "other", prompts: SyntheticCapture.prompts(3)),
                // More prompts of the same dataset.
                SyntheticCapture(model: "wide", prompts: Array(SyntheticCapture.prompts(9).reversed())),
            ])
        let snapshot = try Snapshot.open(path)
        #expect(snapshot.models.map(\.name) == ["base", "poser/faker-0", "wide"])
        #expect(snapshot.datasets.map(\.name) == ["general", "other"])
        #expect(snapshot.datasets.map(\.promptCount) == [9, 3])
        #expect(
            snapshot.captures.map(\.name) == [
                "base/general", "poser/faker-0/general", "poser/faker-0/other", "wide/general",
            ])
        #expect(try snapshot.prompts(of: snapshot.captures[1]).keys == (0..<6).map { "p\($0)" })
        #expect(try snapshot.prompts(of: snapshot.captures[3]).keys == (0..<9).reversed().map { "p\($0)" })
        #expect(try Set(snapshot.prompts(ofDataset: "general").keys).count == 9)
        let error = #expect(throws: StoreError.self) { try snapshot.prompts(ofDataset: "none") }
        #expect(error?.kind == .unknown)
    }

    @Test func anyRangeOfRowsEqualsTheWhole() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let prompts = (0..<40).map { PromptRecord(key: "\($0)", source: "", tokenCount: 11 + $0 % 3) }
        let capture = SyntheticCapture(prompts: prompts, hiddenSize: 100, latents: 64)
        try SyntheticStore.build(path, [capture])
        let snapshot = try Snapshot.open(path)
        let record = snapshot.captures[0]
        let reader = try snapshot.reader(for: record.chunks[0])
        var generator = SeededGenerator(seed: 3)
        for column in record.columns {
            let whole = capture.bytes(of: column, prompts: 0..<40)
            #expect(reader.blockRows(of: column.id) >= 32)
            for _ in 0..<40 {
                let first = Int.random(in: 0..<record.rowCount, using: &generator)
                let range = first..<Int.random(in: first...record.rowCount, using: &generator)
                let expected = whole[(range.lowerBound * column.rowBytes)..<(range.upperBound * column.rowBytes)]
                #expect(try rows(reader, column, range) == Array(expected))
            }
            #expect(
                reader.storedBytes(of: column.id, rows: 0..<1)
                    <= reader.storedBytes(of: column.id, rows: 0..<record.rowCount))
        }
        #expect(reader.storedBytes(of: record.columns[4].id, rows: 0..<1) < 128 * 400 + 1)
        #expect(reader.storedBytes(of: record.columns[4].id, rows: 3..<3) == 0)
        let error = #expect(throws: StoreError.self) {
            try rows(reader, ColumnSpec(id: .perToken("none"), elementType: .uint8, width: 1), 0..<1)
        }
        #expect(error?.kind == .unknown)
    }

    @Test func severalThreadsReadOneChunk() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let prompts = (0..<30).map { PromptRecord(key: "\($0)", source: "", tokenCount: 20) }
        let capture = SyntheticCapture(prompts: prompts, hiddenSize: 64)
        try SyntheticStore.build(path, [capture])
        let snapshot = try Snapshot.open(path)
        let reader = try snapshot.reader(for: snapshot.captures[0].chunks[0])
        let column = capture.spec.columns[4]
        let whole = capture.bytes(of: column, prompts: 0..<30)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for seed in 0..<8 {
                group.addTask {
                    var generator = SeededGenerator(seed: UInt64(seed))
                    for _ in 0..<50 {
                        let first = Int.random(in: 0..<599, using: &generator)
                        let range = first..<Int.random(in: first...600, using: &generator)
                        let expected = whole[(range.lowerBound * 256)..<(range.upperBound * 256)]
                        if try rows(reader, column, range) != Array(expected) { return false }
                    }
                    return true
                }
            }
            for try await equal in group { #expect(equal) }
        }
    }

    @Test func aSnapshotDoesNotSeeLaterCommits() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let store = try StoreWriter(path: path)
        let capture = SyntheticCapture()
        try capture.write(to: store, chunkBytes: 500, limit: 1)
        let early = try Snapshot.open(path)
        try capture.write(to: store, chunkBytes: 500)
        try SyntheticCapture(model: "second").write(to: store)
        let late = try Snapshot.open(path)
        #expect(early.generation < late.generation)
        #expect(!early.captures[0].isComplete)
        #expect(early.captures[0].chunks.count == 1)
        let table = try early.prompts(of: early.captures[0])
        #expect(table.keys.count == early.captures[0].promptCount)
        #expect(table.keys.count < 6)
        #expect(try early.prompts(ofDataset: "general").keys == table.keys)
        #expect(late.captures[0].isComplete)
        #expect(late.captures.count == 2)
        #expect(early.captures[0].plannedPromptCount == 6)
    }
}
