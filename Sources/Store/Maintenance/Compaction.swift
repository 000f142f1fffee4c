import ChunkFormat
public import Tensor

/// What a compaction did.
public struct CompactionReport: Sendable, Hashable {
    /// Chunks that were replaced; their files stay until a purge.
    public var replacedChunks = 0
    /// Bytes of their files.
    public var replacedBytes = 0
    /// Chunks in their place.
    public var newChunks = 0
    /// Bytes of their files.
    public var newBytes = 0
    /// Chunks that were found the same when written anew: no file and no commit is new.
    public var unchangedChunks = 0
    /// Whether the caller stopped it; what was swapped until then stays swapped.
    public var isInterrupted = false
    /// Columns that were passed over, by the first of each group, and why.
    public var skipped: [Skipped] = []

    /// Columns that stay as they are.
    public struct Skipped: Sendable, Hashable {
        /// The first of the columns.
        public var column: ColumnID
        /// Half a sentence for people.
        public var reason: String
    }
}

extension StoreWriter {
    /// Writes chunks of a capture anew that are smaller than they need be or of an older chunk format, with today's encodings.
    ///
    /// One chunk after another: each is put together from whole neighbouring ones, written and made durable, read back and
    /// compared with what it replaces (XXH3-128 over the decoded bytes of each column), and swapped in by one commit that
    /// marks the old ones dead. A crash leaves one unknown file at most, which the next writer moves away; the same
    /// call goes on where it was. Snapshots that are open read on.
    ///
    /// Memory: the raw bytes of one chunk, and a few blocks. Room: the new files beside the old ones, until a purge.
    ///
    /// - Parameters:
    ///   - chunkBytes: raw bytes up to which neighbours are put together
    ///   - everything: whether chunks are written anew that need it neither for their size nor for their format
    ///   - progress: raw bytes that were read, and in all
    ///   - isInterrupted: asked before each chunk; true ends the compaction there
    @discardableResult
    public func compact(
        captureOf model: String, dataset: String, chunkBytes: Int = 256 << 20, everything: Bool = false,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }, isInterrupted: () -> Bool = { false }
    ) throws(StoreError) -> CompactionReport {
        try settle()
        guard let row = contents.capture(model: model, dataset: dataset) else {
            throw StoreError(.unknown, "\(layout.path): there is no capture \(model)/\(dataset)")
        }
        var report = CompactionReport()
        var work: [(group: CatalogContents.Group, chunks: [CatalogContents.Chunk])] = []
        for group in contents.groups(of: row.id) {
            if let reason = CompactionReport.reasonToSkip(group, row) {
                guard let column = group.columns.first else { continue }
                report.skipped.append(CompactionReport.Skipped(column: column.id, reason: reason))
                continue
            }
            let chunks = try group.chunks.map { (chunk) throws(StoreError) in
                let isOld =
                    try ChunkFile(path: layout.chunk(chunk.record.name)).header.version
                    < ChunkHeader.currentVersion
                return CompactionPlan.Chunk(rawBytes: chunk.record.rawBytes, isOld: isOld)
            }
            for run in CompactionPlan.runs(chunks, chunkBytes: chunkBytes, everything: everything) {
                work.append((group, Array(group.chunks[run])))
            }
        }
        let total = work.reduce(0) { $1.chunks.reduce($0) { $0 + $1.record.rawBytes } }
        try checkRoom(for: work.reduce(0) { $1.chunks.reduce($0) { $0 + $1.record.storedBytes } })
        var done = 0
        for (group, chunks) in work {
            guard !isInterrupted() else {
                report.isInterrupted = true
                return report
            }
            progress(done, total)
            try replace(chunks, of: group, in: row, &report)
            done += chunks.reduce(0) { $0 + $1.record.rawBytes }
        }
        progress(done, total)
        return report
    }

    private func replace(
        _ chunks: [CatalogContents.Chunk], of group: CatalogContents.Group, in capture: CatalogContents.CaptureRow,
        _ report: inout CompactionReport
    ) throws(StoreError) {
        let merged = try MergedChunk(chunks, of: group, in: capture, layout)
        let (columns, prompts) = (merged.columnDigests, merged.promptsDigest)
        let key = merged.key
        let placed = try place(merged)
        // The same bytes: there is nothing to swap.
        if chunks.count == 1, chunks[0].record.name == placed.name {
            report.unchangedChunks += 1
            return
        }
        do throws(StoreError) {
            let file = try ChunkFile(path: layout.chunk(placed.name))
            let found = try MergedChunk.digests(of: file)
            guard found.columns == columns, found.prompts == prompts else {
                throw StoreError(
                    Corruption(
                        path: file.path, offset: 0, what: "compacted chunk", expected: "the rows of those it replaces",
                        found: "others; the old chunks stay"))
            }
            try swap(chunks, for: placed, key: key, group)
        } catch {
            // It is certain that no living row names the file: it would only take room.
            if placed.isNew { try? FileSystem.remove(layout.chunk(placed.name)) }
            throw error
        }
        report.replacedChunks += chunks.count
        report.replacedBytes += chunks.reduce(0) { $0 + $1.record.storedBytes }
        report.newChunks += 1
        report.newBytes += placed.storedBytes
    }

    /// Encodes on all cores, writes, makes durable, names: as an ingest does.
    private func place(_ merged: consuming MergedChunk) throws(StoreError) -> ChunkWriting.Placed {
        let job = merged.job(layout)
        pipeline.start(job)
        job.approve()
        return try job.result()
    }

    /// One transaction: the new chunk, its prompts, and the marks on those that it replaces.
    private func swap(
        _ chunks: [CatalogContents.Chunk], for placed: ChunkWriting.Placed, key: Digest128,
        _ group: CatalogContents.Group
    ) throws(StoreError) {
        guard let first = chunks.first?.record else { return }
        let records = chunks.map(\.record)
        let sums = records.reduce((rows: 0, prompts: 0, raw: 0)) {
            ($0.rows + $1.rowCount, $0.prompts + $1.promptCount, $0.raw + $1.rawBytes)
        }
        try commit(
            "compact \(records.count) chunks of group \(group.id)",
            isThere: { $0.groups[group.id]?.chunks.contains { $0.record.name == placed.name } ?? false }
        ) { commit in
            let id = commit.newID(.chunks)
            try commit.insert(
                .chunks,
                [
                    .int(id), .int(group.id), .text(key.description), .text(placed.name), .int(first.firstRow),
                    .int(sums.rows), .int(first.firstPrompt), .int(sums.prompts), .int(placed.storedBytes),
                    .int(sums.raw),
                ])
            if group.ordinal == 0 {
                var (ordinals, tokenCounts): ([UInt8], [UInt8]) = ([], [])
                for record in records {
                    try commit.transaction.scan(.chunkPrompts, where: "id = \(record.id)") { row in
                        ordinals += try row.blob(1)
                        tokenCounts += try row.blob(2)
                    }
                }
                try commit.insert(.chunkPrompts, [.int(id), .blob(ordinals), .blob(tokenCounts)])
            }
            for record in records {
                try commit.insert(.removals, [.int(commit.newID(.removals)), .text("chunk"), .int(record.id)])
            }
        }
    }
}

extension CompactionReport {
    /// Why the columns of a group stay as they are; nil where they can be written anew.
    fileprivate static func reasonToSkip(
        _ group: CatalogContents.Group, _ capture: CatalogContents.CaptureRow
    ) -> String? {
        if group.promptCount != capture.promptCount { return "they are not complete yet" }
        // Cut and scaled anew, their numbers would be others.
        if group.columns.contains(where: { $0.elementType == .int8 }) { return "i8 can't be written anew without loss" }
        return nil
    }
}
