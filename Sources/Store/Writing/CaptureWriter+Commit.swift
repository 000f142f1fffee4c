import ChunkFormat
import Tensor

extension CaptureWriter {
    /// Encodes the chunk, puts it on disk and commits it. When this returns, its rows survive power loss.
    ///
    /// - Precondition: every row of every column was written, and all earlier chunks of the plan are committed.
    public func commit(_ builder: consuming ChunkBuilder) throws(StoreError) {
        try submit(builder)
        try finish()
    }

    /// Step 11: the catalogue's transaction.
    func record(
        _ planned: PlannedChunk, _ placed: ChunkWriting.Placed
    ) throws(StoreError) {
        do throws(StoreError) {
            let registry = try store.registry(for: spec.dataset)
            let key = planned.key.description
            try store.commit(
                "chunk \(planned.index) of \(spec.model)/\(spec.dataset)"
                    + (groupOrdinal > 0 ? " (columns \(groupOrdinal))" : ""),
                isThere: { $0.groups.values.contains { $0.chunks.contains { $0.key == key } } },
                { commit in
                    var rows = CaptureRows(self, registry)
                    try rows.insert(planned, placed, prompts: planned.promptRange, into: &commit)
                })
        } catch {
            // It is certain that no living row names the file: it would only take room.
            if placed.isNew { try? FileSystem.remove(store.layout.chunk(placed.name)) }
            throw error
        }
    }
}

extension PlannedChunk {
    /// Its prompts within the capture.
    var promptRange: Range<Int> { firstPrompt..<(firstPrompt + promptCount) }
}
