import ChunkFormat
import Dispatch
import Synchronization

/// One chunk on its way to disk: what it holds, how far it is, and what came of it.
///
/// The caller's thread begins it, allows its renaming once the chunk before it is committed, and takes the result.
final class ChunkJob: Sendable {
    let key: Digest128
    let draft: ChunkDraft
    let buffers: ColumnBuffers
    let layout: StoreLayout

    /// No thread reads the rows any more: their memory may take the next chunk.
    private let encoded = DispatchSemaphore(value: 0)
    private let isEncodedFlag = Atomic(false)
    private let approval = DispatchSemaphore(value: 0)
    private let placed = DispatchSemaphore(value: 0)
    private let isPlacedFlag = Atomic(false)
    private let isCancelledFlag = Atomic(false)
    private let isMemoryTaken = Atomic(false)
    private let outcome = Mutex<Result<ChunkWriting.Placed, StoreError>?>(nil)

    init(key: Digest128, draft: ChunkDraft, buffers: consuming ColumnBuffers, layout: StoreLayout) {
        self.key = key
        self.draft = draft
        self.buffers = buffers
        self.layout = layout
    }

    /// Whether the rows' memory is free.
    var isEncoded: Bool { isEncodedFlag.load(ordering: .acquiring) }
    /// Whether the result is there.
    var isPlaced: Bool { isPlacedFlag.load(ordering: .acquiring) }
    var isCancelled: Bool { isCancelledFlag.load(ordering: .relaxed) }

    // MARK: The caller's side

    func waitUntilEncoded() {
        guard !isEncoded else { return }
        encoded.wait()
        encoded.signal()
    }

    /// The rows' memory, once and only when no thread reads it any more.
    func takeMemory() -> RowMemory? {
        guard isEncoded, !isMemoryTaken.exchange(true, ordering: .acquiringAndReleasing) else { return nil }
        return buffers.memory
    }

    /// Allows the file to take its place among the chunks: all chunks before it are committed.
    func approve() { approval.signal() }

    /// Gives the chunk up; its file is removed. Wait for the result afterwards.
    func cancel() {
        isCancelledFlag.store(true, ordering: .relaxed)
        approval.signal()
    }

    /// Waits until the file is in its place, durable and named, or failed.
    func result() throws(StoreError) -> ChunkWriting.Placed {
        placed.wait()
        placed.signal()
        guard let outcome = outcome.withLock({ $0 }) else { preconditionFailure("a chunk without an outcome") }
        return try outcome.get()
    }

    // MARK: The pipeline's side

    func endEncoding() {
        isEncodedFlag.store(true, ordering: .releasing)
        encoded.signal()
    }

    /// Waits for the caller's word before the file is renamed.
    func awaitApproval() throws(StoreError) {
        approval.wait()
        try checkCancellation()
    }

    func checkCancellation() throws(StoreError) {
        if isCancelled { throw StoreError(.conflict, "\(layout.path): the chunk was given up") }
    }

    func end(_ result: Result<ChunkWriting.Placed, StoreError>) {
        outcome.withLock { $0 = result }
        isPlacedFlag.store(true, ordering: .releasing)
        placed.signal()
    }
}
