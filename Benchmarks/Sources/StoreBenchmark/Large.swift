import Foundation
import Store
import Tensor

/// A store of many small chunks and prompts, for the time that opening takes.
enum Large {
    static let chunks = 10_000
    static let promptsPerChunk = 100

    struct Made: Encodable {
        let seconds: Double
        let chunks: Int
        let prompts: Int
        let catalogBytes: Int
    }

    struct Opened: Encodable {
        let readOnly: Double
        let writable: Double
    }

    /// One capture of one token a prompt; each chunk is committed alone.
    static func make(_ path: String) throws -> Made {
        let start = now()
        let columns = [ColumnSpec(id: .tokenID, elementType: .uint32, width: 1)]
        let spec = CaptureSpec(
            model: "bench", dataset: "large", modelDigest: "none", tokenizerDigest: "none", architecture: "bench",
            layerCount: 1, hiddenSize: 1, columns: columns)
        let prompts = (0..<chunks * promptsPerChunk).map { index in
            PromptRecord(
                key: "prompt-\(index)", source: "What is the answer to question number \(index) of the set?",
                metadata: [("group", .string(index % 2 == 0 ? "a" : "b")), ("turn", .int(index))], tokenCount: 1)
        }
        do {
            let store = try StoreWriter(path: path)
            let capture = try store.beginCapture(spec, prompts: prompts, chunkBytes: promptsPerChunk * 4)
            for chunk in capture.plannedChunks {
                var builder = capture.makeBuilder(for: chunk)
                let ids = (0..<chunk.rowCount).map { UInt32(chunk.firstRow + $0) }
                builder.write(ids.span.bytes, column: 0, row: 0)
                try capture.commit(builder)
            }
        }
        let snapshot = try Snapshot.open(path)
        let capture = snapshot.captures[0]
        guard capture.chunks.count == chunks, capture.promptCount == prompts.count else {
            throw BenchmarkError("\(capture.chunks.count) chunks and \(capture.promptCount) prompts")
        }
        return Made(
            seconds: now() - start, chunks: chunks, prompts: prompts.count,
            catalogBytes: try snapshot.summary().catalogBytes)
    }

    static func open(_ path: String) throws -> Opened {
        var start = now()
        let snapshot = try Snapshot.open(path)
        let readOnly = now() - start
        guard snapshot.captures[0].chunks.count == chunks else { throw BenchmarkError("chunks are missing") }
        start = now()
        let writer = try StoreWriter(path: path)
        let writable = now() - start
        _ = writer.storeID
        return Opened(readOnly: readOnly, writable: writable)
    }
}
