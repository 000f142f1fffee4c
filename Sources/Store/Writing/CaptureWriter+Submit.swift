import ChunkFormat
import Tensor

/// A chunk that was handed to the pipeline and isn't committed yet.
struct ChunkInFlight {
    let planned: PlannedChunk
    let job: ChunkJob

    /// Ends the job and takes its file away: nobody will commit it.
    func abandon() {
        job.cancel()
        guard let placed = try? job.result(), placed.isNew else { return }
        try? FileSystem.remove(job.layout.chunk(placed.name))
    }
}

extension CaptureWriter {
    /// Memory for the rows of a planned chunk: its `rawBytes`. Taken from a chunk that is encoded, where there is one.
    public func makeBuilder(for chunk: PlannedChunk) -> ChunkBuilder {
        if let job = inFlight?.job { reclaim(job) }
        let needed = RowMemory.bytesNeeded(spec.columns, rowCount: chunk.rowCount)
        while let memory = spareMemory.popLast() {
            if memory.byteCount >= needed { return ChunkBuilder(chunk, columns: spec.columns, memory: memory) }
        }
        // Large enough for the chunks to come, so that it serves them as well; but a long prompt's chunk stays alone.
        let rows = plannedChunks.reduce(0) {
            $1.isCommitted || $1.rawBytes > chunkBytes ? $0 : max($0, $1.rowCount)
        }
        let memory = RowMemory(byteCount: max(needed, RowMemory.bytesNeeded(spec.columns, rowCount: rows)))
        return ChunkBuilder(chunk, columns: spec.columns, memory: memory)
    }

    /// Hands a full chunk to the background: encoded on all cores, written, made durable and committed in the plan's order.
    ///
    /// Returns at once unless the chunk before it isn't encoded or committed yet. Its rows are safe only when
    /// `plannedChunks` says so: after the next `submit`, an `acknowledge` or `finish`. An error of the chunk before it comes
    /// out here; then neither of the two is stored, and what was committed stays.
    ///
    /// - Precondition: every row of every column was written, and all earlier chunks of the plan were submitted.
    public func submit(_ builder: consuming ChunkBuilder) throws(StoreError) {
        if let missing = builder.buffers.firstMissing {
            preconditionFailure(
                "row \(missing.row) of \(spec.columns[missing.column].id.canonicalName) was never written")
        }
        try begin(builder)
    }

    /// As `submit` of a builder, for rows that lie in the caller's memory: they are encoded from there, without being copied.
    /// Returns once that is done; the disk may still be waited for.
    ///
    /// - Parameter rows: all of the chunk's rows of each of `columns`, row-major, in the stored element type; nobody may
    ///   change them meanwhile
    @unsafe public func submit(_ chunk: PlannedChunk, rows: [UnsafeRawBufferPointer]) throws(StoreError) {
        try begin(ChunkBuilder(chunk, columns: spec.columns, memory: unsafe RowMemory(lent: rows)))
        inFlight?.job.waitUntilEncoded()
    }

    private func begin(_ builder: consuming ChunkBuilder) throws(StoreError) {
        let planned = builder.planned
        precondition(planned.index < plannedChunks.count && plannedChunks[planned.index].key == planned.key)
        precondition(!plannedChunks[planned.index].isCommitted, "a chunk committed twice")
        precondition(inFlight?.planned.index != planned.index, "a chunk submitted twice")
        precondition(
            plannedChunks[..<planned.index].allSatisfy { $0.isCommitted || $0.index == inFlight?.planned.index },
            "chunks are committed in the plan's order")
        if let other = store.busyCapture, other !== self { try other.finish() }
        let job = job(for: builder)
        // The encoders are free once the chunk before is encoded; it may still wait for the disk meanwhile.
        if let previous = inFlight?.job {
            previous.waitUntilEncoded()
            reclaim(previous)
        }
        store.pipeline.start(job)
        do throws(StoreError) {
            try finish()
        } catch {
            ChunkInFlight(planned: planned, job: job).abandon()
            throw error
        }
        // At most one file lies among the chunks without a commit: this one only from here on.
        job.approve()
        inFlight = ChunkInFlight(planned: planned, job: job)
        store.busyCapture = self
    }

    /// Commits the chunk in flight if it is on disk by now; never waits for the disk.
    ///
    /// - Throws: what went wrong with that chunk; it is then not stored.
    public func acknowledge() throws(StoreError) {
        guard let job = inFlight?.job, job.isPlaced else { return }
        try finish()
    }

    /// Waits until every chunk that was submitted is committed. Their rows then survive power loss.
    ///
    /// - Throws: what went wrong with the chunk in flight; it is then not stored, and may be built again.
    public func finish() throws(StoreError) {
        guard let chunk = inFlight else { return }
        inFlight = nil
        store.busyCapture = nil
        defer { reclaim(chunk.job) }
        let placed = try chunk.job.result()
        try record(chunk.planned, placed)
        plannedChunks[chunk.planned.index].isCommitted = true
        maximumError = max(maximumError, placed.maximumError)
    }

    /// Keeps the memory of a chunk that is encoded.
    private func reclaim(_ job: ChunkJob) {
        // Two are enough: one is filled while the other is encoded.
        if spareMemory.isEmpty, let memory = job.takeMemory(), memory.byteCount > 0 { spareMemory.append(memory) }
    }

    private func job(for builder: consuming ChunkBuilder) -> ChunkJob {
        let planned = builder.planned
        let footer = ChunkFooter(
            model: spec.model, dataset: spec.dataset, specDigest: specDigest, promptsDigest: promptsDigest,
            firstRow: planned.firstRow, rowCount: planned.rowCount, firstPrompt: planned.firstPrompt,
            promptCount: planned.promptCount)
        var attachments = [("spec", specBytes), ("prompts", StoredPrompt.encode(prompts[planned.promptRange]))]
        // The tokenizer is large and the same for all chunks.
        if planned.index == 0, groupOrdinal == 0 {
            attachments.append(("tokenizer", TokenPieces.encode(spec.tokenPieces)))
        }
        let draft = ChunkDraft(key: planned.key, footer: footer, columns: spec.columns, attachments: attachments)
        return ChunkJob(key: planned.key, draft: draft, buffers: builder.buffers, layout: store.layout)
    }
}
