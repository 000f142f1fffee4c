import ChunkFormat
import Tensor

extension CaptureWriter {
    /// Encodes the chunk, puts it on disk and commits it. When this returns, its rows survive power loss.
    ///
    /// - Precondition: every row of every column was written, and all earlier chunks of the plan are committed.
    public func commit(_ builder: consuming ChunkBuilder) throws(StoreError) {
        let planned = builder.planned
        precondition(planned.index < plannedChunks.count && plannedChunks[planned.index].key == planned.key)
        precondition(!plannedChunks[planned.index].isCommitted, "a chunk committed twice")
        precondition(
            plannedChunks[..<planned.index].allSatisfy(\.isCommitted), "chunks are committed in the plan's order")
        if let missing = builder.buffers.firstMissing {
            preconditionFailure(
                "row \(missing.row) of \(spec.columns[missing.column].id.canonicalName) was never written")
        }
        let range = planned.firstPrompt..<(planned.firstPrompt + planned.promptCount)
        let footer = ChunkFooter(
            model: spec.model, dataset: spec.dataset, specDigest: specDigest, promptsDigest: promptsDigest,
            firstRow: planned.firstRow, rowCount: planned.rowCount, firstPrompt: planned.firstPrompt,
            promptCount: planned.promptCount)
        var attachments = [("spec", specBytes), ("prompts", StoredPrompt.encode(prompts[range]))]
        // The tokenizer is large and the same for all chunks.
        if planned.index == 0, groupOrdinal == 0 {
            attachments.append(("tokenizer", TokenPieces.encode(spec.tokenPieces)))
        }
        let placed = try ChunkWriting.place(
            builder, footer: footer, attachments: attachments, layout: store.layout)
        try record(planned, placed, range)
        plannedChunks[planned.index].isCommitted = true
    }

    /// Step 11: the catalogue's transaction.
    func record(
        _ planned: PlannedChunk, _ placed: ChunkWriting.Placed, _ range: Range<Int>
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
                    try rows.insert(planned, placed, prompts: range, into: &commit)
                })
        } catch {
            // It is certain that no living row names the file: it would only take room.
            if placed.isNew { try? FileSystem.remove(store.layout.chunk(placed.name)) }
            throw error
        }
    }
}
