import ChunkFormat
import Tensor

/// One chunk of a capture as it is cut: whole prompts, consecutive. The same ingest always cuts alike.
public struct PlannedChunk: Sendable, Hashable {
    /// Place in the plan, from 0.
    public let index: Int
    /// Prompts and rows of the capture before this chunk.
    public let firstPrompt: Int
    /// Prompts in this chunk.
    public let promptCount: Int
    /// Rows of the capture before this chunk.
    public let firstRow: Int
    /// Rows in this chunk.
    public let rowCount: Int
    /// Bytes of its columns before encoding.
    public let rawBytes: Int
    /// Whether an earlier run has committed it: nothing is left to do.
    public internal(set) var isCommitted: Bool

    let key: Digest128
}

enum ChunkPlan {
    /// Changes when chunks are cut another way: then old and new keys differ.
    static let policyVersion = 1

    /// The same rows of the same capture have the same key, whoever writes them.
    static func key(
        specDigest: Digest128, promptsDigest: Digest128, firstRow: Int, rowCount: Int, firstPrompt: Int,
        promptCount: Int
    ) -> Digest128 {
        var text = ByteWriter()
        text.append("varve chunk 1")
        text.append(specDigest)
        text.append(promptsDigest)
        for number in [firstRow, rowCount, firstPrompt, promptCount, policyVersion] { text.append(UInt64(number)) }
        return Digest128(of: text.bytes.rawSpan)
    }

    /// Keeps the chunks that are there as they were cut; from their end on, cuts whenever the next prompt would pass
    /// `chunkBytes`. Every chunk has at least one prompt.
    ///
    /// - Parameter existing: in row order from row 0; one whose key is not that of these prompts is planned anew
    static func chunks(
        tokenCounts: [Int], rowBytes: Int, chunkBytes: Int, specDigest: Digest128, promptsDigest: Digest128,
        existing: [CatalogContents.Chunk]
    ) -> [PlannedChunk] {
        var plan: [PlannedChunk] = []
        var firstPrompt = 0
        var firstRow = 0
        for chunk in existing {
            guard let planned = PlannedChunk(chunk, index: plan.count),
                planned.key
                    == key(
                        specDigest: specDigest, promptsDigest: promptsDigest, firstRow: firstRow,
                        rowCount: planned.rowCount, firstPrompt: firstPrompt, promptCount: planned.promptCount),
                planned.promptCount <= tokenCounts.count - firstPrompt,
                tokenCounts[firstPrompt..<(firstPrompt + planned.promptCount)].reduce(0, +) == planned.rowCount
            else { break }
            plan.append(planned)
            firstPrompt += planned.promptCount
            firstRow += planned.rowCount
        }
        while firstPrompt < tokenCounts.count {
            var next = firstPrompt
            var rows = 0
            while next < tokenCounts.count,
                next == firstPrompt || (rows + tokenCounts[next]) * rowBytes <= chunkBytes
            {
                rows += tokenCounts[next]
                next += 1
            }
            let key = key(
                specDigest: specDigest, promptsDigest: promptsDigest, firstRow: firstRow, rowCount: rows,
                firstPrompt: firstPrompt, promptCount: next - firstPrompt)
            plan.append(
                PlannedChunk(
                    index: plan.count, firstPrompt: firstPrompt, promptCount: next - firstPrompt, firstRow: firstRow,
                    rowCount: rows, rawBytes: rows * rowBytes, isCommitted: false,
                    key: key))
            firstPrompt = next
            firstRow += rows
        }
        return plan
    }
}

/// The rows of one chunk while they come in, in any order.
public struct ChunkBuilder: ~Copyable, Sendable {
    let planned: PlannedChunk
    var buffers: ColumnBuffers

    init(_ planned: PlannedChunk, columns: [ColumnSpec], memory: RowMemory) {
        self.planned = planned
        buffers = ColumnBuffers(columns: columns, rowCount: planned.rowCount, memory: memory)
    }

    /// Takes whole rows of a column, stored element type (`int8`: f32), row-major. O(bytes).
    ///
    /// - Parameters:
    ///   - column: place in `CaptureWriter.columns`
    ///   - row: first of them, counted within the chunk
    public mutating func write(_ bytes: RawSpan, column: Int, row: Int) {
        buffers.write(bytes, column: column, row: row)
    }
}
