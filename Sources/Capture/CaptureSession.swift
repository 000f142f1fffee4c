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
        var outcome = Outcome(newRows: 0, committedRows: 0, newBytes: 0, isInterrupted: false, elapsed: .zero)
        let planned = writer.plannedChunks
        outcome.committedRows = planned.reduce(0) { $0 + ($1.isCommitted ? $1.rowCount : 0) }
        var workspaces = WorkspacePool()
        for chunk in planned where !chunk.isCommitted {
            var builder = writer.makeBuilder(for: chunk)
            let before = outcome
            let isFull = try await fill(&builder, chunk, writer.columns, &workspaces, isInterrupted) { rows in
                progress(
                    CaptureProgress(
                        rows: before.committedRows + rows, totalRows: plan.rowCount, ownRows: before.newRows + rows,
                        elapsed: clock.now - start))
            }
            guard isFull else {
                outcome.isInterrupted = true
                break
            }
            try writer.commit(builder)
            outcome.newRows += chunk.rowCount
            outcome.committedRows += chunk.rowCount
            outcome.newBytes += chunk.rawBytes
        }
        outcome.elapsed = clock.now - start
        return outcome
    }

    /// Runs all batches of a chunk; false where it was interrupted before the last.
    private func fill(
        _ builder: inout ChunkBuilder, _ chunk: PlannedChunk, _ columns: [Int], _ workspaces: inout WorkspacePool,
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
                for (place, column) in columns.enumerated() {
                    let bytes = batch.columns[column]
                    unsafe builder.write(bytes.span.bytes, column: place, row: batch.firstRow)
                }
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
