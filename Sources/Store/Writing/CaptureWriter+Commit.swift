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

    /// Step 11: the catalogue's transaction. A COMMIT whose outcome isn't known is looked up.
    func record(
        _ planned: PlannedChunk, _ placed: ChunkWriting.Placed
    ) throws(StoreError) {
        let range = planned.promptRange
        if registry.generation != store.contents.head.generation {
            registry = try PromptRegistry(store, dataset: spec.dataset)
            try registry.check(prompts, dataset: spec.dataset, store.layout)
        }
        let before = store.contents
        do throws(StoreError) {
            try store.catalog.write { transaction in
                var rows = CaptureRows(transaction, before, self)
                try rows.insert(planned, placed, prompts: range)
            }
            try store.refresh()
        } catch {
            try store.reopen()
            registry = try PromptRegistry(store, dataset: spec.dataset)
            if store.contents.chunks.contains(where: { $0.key == planned.key.description }) { return }
            // It is certain that no commit knows the file: it would only take room.
            if placed.isNew { try? FileSystem.remove(store.layout.chunk(placed.name)) }
            throw error
        }
    }
}

extension PlannedChunk {
    /// Its prompts within the capture.
    var promptRange: Range<Int> { firstPrompt..<(firstPrompt + promptCount) }
}
