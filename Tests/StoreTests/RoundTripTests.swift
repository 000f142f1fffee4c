import Tensor
import TestSupport
import Testing

@testable import Store

@Suite struct RoundTripTests {
    @Test func writesAndReadsASmallStore() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("s")
        let capture = SyntheticCapture(loraRank: 1, latents: 64)
        try SyntheticStore.build(path, [capture], chunkBytes: 600)
        let snapshot = try Snapshot.open(path)
        let record = try #require(snapshot.capture(model: "base", dataset: "general"))
        #expect(record.isComplete)
        #expect(record.chunks.count > 1)
        let table = try snapshot.prompts(of: record)
        #expect(table.keys == capture.prompts.map(\.key))
        for chunk in record.chunks {
            let reader = try snapshot.reader(for: chunk)
            for column in record.columns {
                var bytes = [UInt8](repeating: 0, count: chunk.rowCount * column.rowBytes)
                var span = bytes.mutableSpan
                var raw = unsafe span.mutableBytes
                try reader.read(column.id, rows: 0..<chunk.rowCount, into: &raw)
                #expect(
                    bytes
                        == capture.bytes(
                            of: column, prompts: chunk.firstPrompt..<(chunk.firstPrompt + chunk.promptCount)))
            }
        }
        let answer = try snapshot.sql("SELECT key, json_extract(metadata, '$.group') FROM prompts ORDER BY id LIMIT 1")
        #expect(answer.rows == [[.text("p0"), .text("a")]])
    }
}
