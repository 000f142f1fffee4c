import Foundation
import Store
import Tensor

/// How a capture's rows come in.
enum Arrival: String {
    /// Whole arrays: a chunk's rows of all columns with one call.
    case bulk
    /// One prompt after the other, as a model's forward passes give them.
    case prompts
    /// As `prompts`, each read from its file first: for measuring the memory of the store alone.
    case streamed
}

/// Writes a new store with one capture and returns when all of it is durable. The time counts from creating the store to closing it.
func ingest(_ data: DataSet, path: String, arrival: Arrival) throws -> (seconds: Double, stored: Int) {
    try? FileManager.default.removeItem(atPath: path)
    if arrival != .streamed { try data.map() }
    let prompts = data.prompts
    let spec = data.spec
    // Nothing that somebody else left unwritten is to be paid for here.
    sync()
    let start = now()
    do {
        let store = try StoreWriter(path: path)
        let capture = try store.beginCapture(spec, prompts: prompts)
        for chunk in capture.plannedChunks {
            if arrival == .bulk {
                try capture.submit(chunk, rows: data.columns.indices.map { data.rows(of: chunk, column: $0) })
                continue
            }
            var builder = capture.makeBuilder(for: chunk)
            try fill(&builder, chunk, data, arrival)
            try capture.submit(builder)
        }
        try capture.finish()
        guard capture.isComplete else { throw BenchmarkError("a chunk was not committed") }
    }
    let seconds = now() - start
    return (seconds, try diskBytes(path))
}

private func fill(
    _ builder: inout ChunkBuilder, _ chunk: PlannedChunk, _ data: DataSet, _ arrival: Arrival
) throws {
    let step = DataSet.promptLength
    var buffer: [UInt8] = []
    for first in stride(from: 0, to: chunk.rowCount, by: step) {
        let count = min(step, chunk.rowCount - first)
        for (index, column) in data.columns.enumerated() {
            let row = chunk.firstRow + first
            if arrival == .streamed {
                try data.read(column: index, rows: row..<row + count, into: &buffer)
                builder.write(buffer.span.bytes, column: index, row: first)
            } else {
                let bytes = UnsafeRawBufferPointer(
                    rebasing: data.bytes[index][row * column.rowBytes..<(row + count) * column.rowBytes])
                builder.write(RawSpan(_unsafeBytes: bytes), column: index, row: first)
            }
        }
    }
}

/// Bytes of all files below a path.
func diskBytes(_ path: String) throws -> Int {
    var total = 0
    guard let files = FileManager.default.enumerator(atPath: path) else { return 0 }
    for case let file as String in files {
        let attributes = try FileManager.default.attributesOfItem(atPath: path + "/" + file)
        if attributes[.type] as? FileAttributeType == .typeRegular { total += attributes[.size] as? Int ?? 0 }
    }
    return total
}
