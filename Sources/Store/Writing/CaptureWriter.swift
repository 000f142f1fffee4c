import ChunkFormat
import Tensor

/// Adds the chunks of one capture, each with its own durable commit.
public final class CaptureWriter {
    /// The whole capture in order; those of earlier runs are marked committed.
    public internal(set) var plannedChunks: [PlannedChunk]
    let spec: CaptureSpec
    let prompts: [StoredPrompt]
    let specBytes: [UInt8]
    let specDigest: Digest128
    let promptsDigest: Digest128
    let chunkBytes: Int
    let store: StoreWriter
    /// Changed in place by `CaptureRows`: a copy for each chunk would cost the whole dataset each time.
    var registry: PromptRegistry
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
        _ store: StoreWriter, _ spec: CaptureSpec, _ records: [PromptRecord], chunkBytes: Int
    ) throws(StoreError) {
        self.store = store
        self.spec = spec
        try CaptureChecks.check(records, spec)
        prompts = records.map(StoredPrompt.init)
        let description = spec.canonicalBytes
        specBytes = description
        specDigest = Digest128(of: description.rawSpan)
        let promptBytes = StoredPrompt.encode(prompts[...])
        promptsDigest = Digest128(of: promptBytes.rawSpan)
        let existing = try CaptureChecks.existing(
            store.contents, spec, specDigest: specDigest, promptsDigest: promptsDigest, store.layout)
        self.chunkBytes = existing?.chunkBytes ?? chunkBytes
        registry = try PromptRegistry(store, dataset: spec.dataset)
        try registry.check(prompts, dataset: spec.dataset, store.layout)
        try CaptureChecks.checkTokenizer(store, spec)
        let committed = Set(store.contents.chunks.filter { $0.capture == existing?.id }.map(\.key))
        plannedChunks = ChunkPlan.chunks(
            tokenCounts: prompts.map(\.tokenCount), rowBytes: spec.rowBytes, chunkBytes: self.chunkBytes,
            specDigest: specDigest, promptsDigest: promptsDigest, committed: committed)
    }
}
