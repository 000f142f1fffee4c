import ChunkFormat
import Tensor

/// Adds the chunks of one capture, or of columns that are added to it, each with its own durable commit.
public final class CaptureWriter {
    /// All chunks in order; those of earlier runs are marked committed.
    public internal(set) var plannedChunks: [PlannedChunk]
    /// The columns that are written, as indices into those of the spec that was given; none where all are there already.
    /// `ChunkBuilder.write` counts within this list.
    public let columns: [Int]
    /// What was given, with these columns only.
    let spec: CaptureSpec
    /// 0 where the capture itself is written, else the place of the columns that are added to it.
    let groupOrdinal: Int
    let prompts: [StoredPrompt]
    let specBytes: [UInt8]
    let specDigest: Digest128
    let promptsDigest: Digest128
    let chunkBytes: Int
    let store: StoreWriter
    /// Largest |stored − given| of the chunks that this writer has committed: 0 unless a column is of a lossy type.
    public internal(set) var maximumError = 0.0
    /// The chunk that was submitted last and isn't committed yet.
    var inFlight: ChunkInFlight?
    /// Memory of chunks that are encoded, for the next ones.
    var spareMemory: [RowMemory] = []

    deinit { inFlight?.abandon() }

    /// Raw bytes that are still to be written.
    public var estimatedBytes: Int { plannedChunks.reduce(0) { $1.isCommitted ? $0 : $0 + $1.rawBytes } }

    /// Rows of the whole capture.
    public var rowCount: Int { plannedChunks.last.map { $0.firstRow + $0.rowCount } ?? 0 }

    /// Whether every chunk is there.
    public var isComplete: Bool { plannedChunks.allSatisfy(\.isCommitted) }

    init(
        _ store: StoreWriter, _ whole: CaptureSpec, _ records: [PromptRecord], chunkBytes: Int
    ) throws(StoreError) {
        self.store = store
        try CaptureChecks.check(records, whole)
        prompts = records.map(StoredPrompt.init)
        let promptBytes = StoredPrompt.encode(prompts[...])
        promptsDigest = Digest128(of: promptBytes.rawSpan)
        let start = try CaptureStart(whole, promptsDigest: promptsDigest, in: store.contents, store.layout)
        spec = start.columns.count == whole.columns.count ? whole : whole.selecting(start.columns)
        columns = start.columns
        groupOrdinal = start.ordinal
        let description = start.specBytes
        specBytes = description
        specDigest = Digest128(of: description.rawSpan)
        self.chunkBytes = start.existing?.chunkBytes ?? chunkBytes
        try store.registry(for: whole.dataset).check(
            prompts, dataset: whole.dataset, store.contents, store.layout)
        try CaptureChecks.checkTokenizer(store, whole)
        if columns.isEmpty, let base = start.existing {
            plannedChunks = base.chunks.enumerated().compactMap { PlannedChunk($0.element, index: $0.offset) }
            return
        }
        plannedChunks = ChunkPlan.chunks(
            tokenCounts: prompts.map(\.tokenCount), rowBytes: spec.rowBytes, chunkBytes: self.chunkBytes,
            specDigest: specDigest, promptsDigest: promptsDigest,
            existing: start.existing?.chunks ?? [])
    }
}

extension PlannedChunk {
    /// A chunk that is there.
    init?(_ chunk: CatalogContents.Chunk, index: Int) {
        guard let key = Digest128(hexadecimal: chunk.key) else { return nil }
        self.init(
            index: index, firstPrompt: chunk.record.firstPrompt, promptCount: chunk.record.promptCount,
            firstRow: chunk.record.firstRow, rowCount: chunk.record.rowCount, rawBytes: chunk.record.rawBytes,
            isCommitted: true, key: key)
    }
}
