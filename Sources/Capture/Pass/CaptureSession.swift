internal import Models
public import Store
internal import Synchronization
internal import Tensor

/// Makes captures of one model on the same prompts: forward passes side by side, rows into chunks, chunks into the store, each
/// with its own commit. Layers in which captures agree are run once.
public struct CaptureSession: Sendable {
    private let plans: [CapturePlan]
    private let model: LoadedModel

    /// - Parameters:
    ///   - plans: made for the same prompts and positions.
    ///   - model: the one that they were made for.
    public init(_ plans: [CapturePlan], model: LoadedModel) {
        precondition(!plans.isEmpty, "a session without a capture")
        self.plans = plans
        self.model = model
    }

    /// One capture.
    public init(_ plan: CapturePlan, model: LoadedModel) { self.init([plan], model: model) }

    /// What a session has done.
    public struct Outcome: Sendable, Hashable {
        /// What it has done to each capture, in the order of the plans.
        public var captures: [Part]
        /// Layers that were run, each counted once for all tokens of a batch.
        public var layerPasses: Int
        /// Tokens that went through the model.
        public var tokens: Int
        /// Whether it stopped because it was asked to.
        public var isInterrupted: Bool
        /// Since the session began.
        public var elapsed: Duration

        /// One capture's share.
        public struct Part: Sendable, Hashable {
            /// Rows that this run added.
            public var newRows: Int
            /// Rows of the capture that are in the store now.
            public var committedRows: Int
            /// Bytes of the new columns before encoding, a byte a number where the type is i8.
            public var newBytes: Int
            /// Largest |stored − given| of the rows that this run added: 0 unless the type is lossy.
            public var maximumError: Double
        }

        /// Of all captures.
        public var newRows: Int { captures.reduce(0) { $0 + $1.newRows } }
        /// Of all captures.
        public var committedRows: Int { captures.reduce(0) { $0 + $1.committedRows } }
        /// Of all captures.
        public var newBytes: Int { captures.reduce(0) { $0 + $1.newBytes } }
        /// Of all captures.
        public var maximumError: Double { captures.map(\.maximumError).max() ?? 0 }
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
        let fillers = try plans.map { ChunkFiller(try begin($0, in: store), $0.spec) }
        try store.checkRoom(for: fillers.reduce(0) { $0 + $1.writer.estimatedBytes })
        let planned = fillers.map(\.writer.plannedChunks)
        let narrowed = zip(plans, fillers).map { $0.narrowed(to: $1.writer.columns) }
        PassThreads.confineProducts()
        let clock = ContinuousClock()
        let start = clock.now
        var done = PassTotals()
        do {
            done = try await fill(fillers, narrowed, isInterrupted) { totals in
                progress(
                    CaptureProgress(
                        tokens: totals.skipped + totals.tokens, totalTokens: plans[0].rows.tokenCount,
                        ownTokens: totals.tokens, bytes: fillers.reduce(0) { $0 + $1.bytes },
                        elapsed: clock.now - start))
            }
        } catch {
            // Chunks that were full before the error are kept; a second error adds nothing to the first.
            for filler in fillers { try? filler.writer.finish() }
            throw error
        }
        for filler in fillers { try filler.writer.finish() }
        let parts = zip(fillers, planned).map { filler, before in
            let after = filler.writer.plannedChunks
            let new = zip(before, after).filter { !$0.isCommitted && $1.isCommitted }.map(\.1)
            let newRows = new.reduce(0) { $0 + $1.rowCount }
            return Outcome.Part(
                newRows: newRows,
                committedRows: after.reduce(0) { $0 + ($1.isCommitted ? $1.rowCount : 0) },
                newBytes: newRows * filler.rowBytes, maximumError: filler.writer.maximumError)
        }
        return Outcome(
            captures: parts, layerPasses: done.layerPasses, tokens: done.tokens,
            isInterrupted: fillers.contains { !$0.missing.isEmpty }, elapsed: clock.now - start)
    }

    /// Begins a capture with chunks that hold so much work that an interruption loses little.
    private func begin(_ plan: CapturePlan, in store: StoreWriter) throws -> CaptureWriter {
        let records = plan.records
        let share = 256 << 20 / (plans.count > 4 ? 4 : 1)
        let writer = try store.beginCapture(
            plan.spec, prompts: records, chunkBytes: min(share, plan.commitBytes(rowBytes: plan.spec.rowBytes)))
        guard !writer.columns.isEmpty, writer.columns.count < plan.spec.columns.count else { return writer }
        // Columns that are added later are fewer bytes for the same work.
        let rowBytes = writer.columns.reduce(0) { $0 + plan.spec.columns[$1].rowBytes }
        return try store.beginCapture(
            plan.spec, prompts: records, chunkBytes: min(share, plan.commitBytes(rowBytes: rowBytes)))
    }

    private struct PassTotals {
        var skipped = 0
        var tokens = 0
        var layerPasses = 0
    }

    /// Runs the batches that some capture still needs, side by side, and takes their rows in order. Where a batch begins depends
    /// on the prompts alone, not on what is in the store: resuming gives the same numbers.
    private func fill(
        _ fillers: [ChunkFiller], _ plans: [CapturePlan], _ isInterrupted: @escaping @Sendable () -> Bool,
        progress: (PassTotals) -> Void
    ) async throws -> PassTotals {
        let rows = plans[0].rows
        let missing = fillers.map(\.missing)
        let batches = BatchPlan.batches(
            of: 0..<rows.prompts.count, tokenCounts: rows.prompts.map(\.ids.count),
            tokens: plans[0].request.batchTokens)
        var totals = PassTotals()
        var waiting: [Work] = []
        for prompts in batches {
            let wanted = missing.indices.filter { missing[$0].overlaps(rows.rows(of: prompts)) }
            if wanted.isEmpty {
                totals.skipped += rows.tokenStarts[prompts.upperBound] - rows.tokenStarts[prompts.lowerBound]
            } else {
                waiting.append(Work(place: waiting.count, prompts: prompts, wanted: wanted))
            }
        }
        return try await withThrowingTaskGroup(of: (Int, BatchCapture, PassMemory).self) { group in
            var free: [PassMemory] = []
            var launched = 0
            var running = 0
            var delivered = 0
            // Batches that were done before one that begins earlier.
            var early: [Int: BatchCapture] = [:]
            while true {
                while running < PassThreads.count, launched < waiting.count,
                    launched - delivered < 2 * PassThreads.count, !isInterrupted()
                {
                    let work = waiting[launched]
                    let memory = free.popLast() ?? PassMemory()
                    launched += 1
                    running += 1
                    group.addTask { (work.place, try run(work, of: plans, in: memory), memory) }
                }
                guard running > 0, let (place, batch, memory) = try await group.next() else { return totals }
                running -= 1
                free.append(memory)
                early[place] = consume batch
                while var batch = early.removeValue(forKey: delivered) {
                    for plan in waiting[delivered].wanted {
                        try fillers[plan].take(batch.takeColumns(ofPlan: plan), rows: batch.rows)
                    }
                    for filler in fillers { try filler.writer.acknowledge() }
                    delivered += 1
                    totals.tokens += batch.tokenCount
                    totals.layerPasses += batch.layerPasses
                    progress(totals)
                }
            }
        }
    }

    /// A batch and the captures that need it.
    private struct Work: Sendable {
        let place: Int
        let prompts: Range<Int>
        let wanted: [Int]
    }

    private func run(_ work: Work, of plans: [CapturePlan], in memory: PassMemory) throws -> BatchCapture {
        try memory.workspace.withLock { (workspace) throws(CaptureError) in
            try BatchCapture(
                work.prompts, of: plans, wanted: work.wanted, decoder: model.decoder, workspace: &workspace)
        }
    }
}
