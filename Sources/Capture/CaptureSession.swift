internal import Models
public import Store

/// Runs a plan: forward passes side by side, rows into chunks, chunks into the store, each with its own commit.
public struct CaptureSession: Sendable {
    private let plan: CapturePlan
    private let model: LoadedModel

    /// - Parameter model: the one that the plan was made for.
    public init(_ plan: CapturePlan, model: LoadedModel) {
        self.plan = plan
        self.model = model
    }

    /// What a session has done.
    public struct Outcome: Sendable, Hashable {
        /// Rows that this run added.
        public var newRows: Int
        /// Rows of the capture that are in the store now.
        public var committedRows: Int
        /// Bytes of the new columns before encoding.
        public var newBytes: Int
        /// Largest |stored − given| of the rows that this run added: 0 unless the type is lossy.
        public var maximumError: Double
        /// Whether it stopped because it was asked to.
        public var isInterrupted: Bool
        /// Since the session began.
        public var elapsed: Duration
    }

    /// Captures what the store does not have yet. Committed chunks stay, whatever happens afterwards.
    ///
    /// - Parameters:
    ///   - progress: called after every batch, never from two threads at once.
    ///   - isInterrupted: asked between batches; true ends the session after the commits made so far.
    public func run(
        into store: StoreWriter, progress: (CaptureProgress) -> Void = { _ in },
        isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) async throws -> Outcome {
        let writer = try store.beginCapture(plan.spec, prompts: plan.prompts.map(\.record))
        PassThreads.confineProducts()
        let clock = ContinuousClock()
        let start = clock.now
        let planned = writer.plannedChunks
        let rowsBefore = planned.reduce(0) { $0 + ($1.isCommitted ? $1.rowCount : 0) }
        var ownRows = 0
        var wasInterrupted = false
        var workspaces = WorkspacePool()
        do {
            for chunk in planned where !chunk.isCommitted {
                var builder = writer.makeBuilder(for: chunk)
                let filledBefore = ownRows
                let isFull = try await fill(&builder, of: writer, chunk, &workspaces, isInterrupted) { rows in
                    progress(
                        CaptureProgress(
                            rows: rowsBefore + filledBefore + rows, totalRows: plan.rowCount,
                            ownRows: filledBefore + rows, elapsed: clock.now - start))
                }
                guard isFull else {
                    wasInterrupted = true
                    break
                }
                // The next chunk is filled while this one is encoded and put on disk.
                try writer.submit(builder)
                ownRows += chunk.rowCount
            }
        } catch {
            // A chunk that was full before the error is kept; a second error adds nothing to the first.
            try? writer.finish()
            throw error
        }
        try writer.finish()
        let new = zip(planned, writer.plannedChunks).filter { !$0.isCommitted && $1.isCommitted }.map(\.1)
        let newRows = new.reduce(0) { $0 + $1.rowCount }
        return Outcome(
            newRows: newRows, committedRows: rowsBefore + newRows, newBytes: new.reduce(0) { $0 + $1.rawBytes },
            maximumError: writer.maximumError, isInterrupted: wasInterrupted, elapsed: clock.now - start)
    }

    /// Runs all batches of a chunk, and commits the chunk before it once that is on disk; false where it was interrupted
    /// before the last batch.
    private func fill(
        _ builder: inout ChunkBuilder, of writer: CaptureWriter, _ chunk: PlannedChunk,
        _ workspaces: inout WorkspacePool,
        _ isInterrupted: @escaping @Sendable () -> Bool, progress: (Int) -> Void
    ) async throws -> Bool {
        let counts = plan.prompts.map(\.ids.count)
        let batches = BatchPlan.batches(
            of: chunk.firstPrompt..<chunk.firstPrompt + chunk.promptCount, tokenCounts: counts,
            tokens: plan.request.batchTokens)
        return try await withThrowingTaskGroup(of: (BatchCapture, Workspace).self) { group in
            var nextRow = 0
            var done = 0
            var waiting = batches[...]
            var running = 0
            while true {
                while running < PassThreads.count, !isInterrupted(), let prompts = waiting.popFirst() {
                    let workspace = workspaces.take()
                    let firstRow = nextRow
                    nextRow += counts[prompts].reduce(0, +)
                    running += 1
                    group.addTask { try run(prompts, firstRow, workspace) }
                }
                guard running > 0, let (batch, workspace) = try await group.next() else { break }
                running -= 1
                workspaces.put(workspace)
                for (place, column) in writer.columns.enumerated() {
                    let bytes = batch.columns[column]
                    unsafe builder.write(bytes.span.bytes, column: place, row: batch.firstRow)
                }
                try writer.acknowledge()
                done += batch.rowCount
                progress(done)
            }
            return done == chunk.rowCount
        }
    }

    private func run(
        _ prompts: Range<Int>, _ firstRow: Int, _ workspace: consuming Workspace
    ) throws -> (BatchCapture, Workspace) {
        var own = workspace
        let batch = try BatchCapture(
            prompts, of: plan, firstRow: firstRow, decoder: model.decoder, workspace: &own)
        return (batch, own)
    }
}

/// Workspaces that no pass is using.
private struct WorkspacePool {
    private var free: [Workspace] = []

    mutating func take() -> Workspace { free.popLast() ?? Workspace() }
    mutating func put(_ workspace: Workspace) { free.append(workspace) }
}
