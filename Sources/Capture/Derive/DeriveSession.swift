internal import Models
internal import Scan
public import Store
internal import Tensor

/// Computes columns from stored ones, chunk by chunk, and adds them to the same rows. Memory does not grow with the rows.
public struct DeriveSession: Sendable {
    private let plan: DerivePlan
    private let reader: CaptureReader
    private let chunkBytes: Int

    /// What has been done to a capture.
    public struct Outcome: Sendable, Hashable {
        /// Rows that this run has added.
        public var newRows: Int
        /// Rows that have the columns now.
        public var committedRows: Int
        /// Of the new columns before encoding.
        public var newBytes: Int
        /// Whether it stopped because it was asked to.
        public var isInterrupted: Bool
        /// Since the session began.
        public var elapsed: Duration
    }

    /// - Parameters:
    ///   - snapshot: the one that the plan was made in.
    ///   - chunkBytes: of the new columns before encoding, which an interruption can lose.
    public init(_ plan: DerivePlan, in snapshot: Snapshot, chunkBytes: Int = 64 << 20) {
        self.plan = plan
        self.chunkBytes = chunkBytes
        reader = CaptureReader(plan.capture, of: snapshot)
    }

    /// Adds what the capture lacks; the same again adds nothing, after an interruption it goes on where it was.
    ///
    /// - Parameters:
    ///   - progress: called on the caller's thread after every piece.
    ///   - isInterrupted: asked between pieces; true ends the session after the commits made so far.
    public func run(
        into store: StoreWriter, threads: Int? = nil, progress: (CaptureProgress) -> Void = { _ in },
        isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) throws -> Outcome {
        let writer = try store.beginCapture(plan.spec, prompts: plan.prompts, chunkBytes: chunkBytes)
        PassThreads.confineProducts()
        let clock = ContinuousClock()
        let start = clock.now
        let before = writer.columns.isEmpty ? [] : writer.plannedChunks
        var state = CaptureProgress(
            tokens: 0, totalTokens: writer.rowCount, ownTokens: 0, bytes: 0, elapsed: .zero)
        state.tokens = before.reduce(0) { $0 + ($1.isCommitted ? $1.rowCount : 0) }
        let places = writer.columns
        var wasInterrupted = false
        do {
            for chunk in before where !chunk.isCommitted {
                var builder = writer.makeBuilder(for: chunk)
                let pieces = pieces(of: chunk)
                try ParallelScan.run(
                    count: pieces.count, threads: threads ?? PassThreads.count, worker: { PieceMemory() },
                    body: { memory, index in
                        if isInterrupted() { throw Interrupted() }
                        return try compute(pieces[index], places, &memory)
                    },
                    merge: { index, columns in
                        let row = pieces[index].start - chunk.firstRow
                        for (place, bytes) in columns.enumerated() {
                            unsafe builder.write(bytes.span.bytes, column: place, row: row)
                            state.bytes += bytes.count
                        }
                        state.tokens += pieces[index].count
                        state.ownTokens += pieces[index].count
                        state.elapsed = clock.now - start
                        progress(state)
                    })
                // The next chunk is computed while this one is encoded and put on disk.
                try writer.submit(builder)
            }
        } catch is Interrupted {
            wasInterrupted = true
        } catch {
            // A chunk that was full before the error is kept; a second error adds nothing to the first.
            try? writer.finish()
            throw error
        }
        try writer.finish()
        let new = zip(before, writer.plannedChunks).filter { !$0.isCommitted && $1.isCommitted }.map(\.1)
        return Outcome(
            newRows: new.reduce(0) { $0 + $1.rowCount },
            committedRows: writer.plannedChunks.reduce(0) { $0 + ($1.isCommitted ? $1.rowCount : 0) },
            newBytes: new.reduce(0) { $0 + $1.rawBytes }, isInterrupted: wasInterrupted, elapsed: clock.now - start)
    }

    private struct Interrupted: Error {}

    /// Rows of a chunk in pieces of a few MiB, large enough for the products to be fast.
    private func pieces(of chunk: PlannedChunk) -> [RowRange] {
        let rowBytes = plan.works.map(\.rowBytes).max() ?? 1
        var rows = 64
        while rows < 4096, rows * 2 * rowBytes <= 8 << 20 { rows *= 2 }
        let end = chunk.firstRow + chunk.rowCount
        return stride(from: chunk.firstRow, to: end, by: rows).map {
            RowRange(start: $0, count: min(rows, end - $0))
        }
    }

    /// The bytes of the group's columns for one piece.
    private func compute(
        _ rows: RowRange, _ places: [Int], _ memory: inout PieceMemory
    ) throws -> [[UInt8]] {
        var columns = [[UInt8]](repeating: [], count: places.count)
        let ids = places.map { plan.spec.columns[$0].id }
        for source in plan.sources {
            let works = plan.works.filter { $0.source == source.site && !Set($0.columns).isDisjoint(with: ids) }
            guard !works.isEmpty else { continue }
            try reader.readFloats(.site(source.site), rows: [rows], into: &memory.input)
            for work in works {
                for (id, bytes) in zip(work.columns, work.apply(memory.input.span, rows: rows.count)) {
                    if let place = ids.firstIndex(of: id) { columns[place] = bytes }
                }
            }
        }
        return columns
    }
}

/// Memory of one thread, used for piece after piece.
private struct PieceMemory: ~Copyable {
    var input: [Float] = []
}

extension DerivedWork {
    /// The bytes of its columns on rows that were read.
    fileprivate func apply(_ input: Span<Float>, rows: Int) -> [[UInt8]] {
        var bytes: [UInt8] = []
        switch kind {
        case .latents(let sae, let k):
            var indices = [UInt32](repeating: 0, count: rows * k)
            var values = [Float](repeating: 0, count: rows * k)
            sae.encode(input, count: rows, k: k, indices: &indices, values: &values)
            _ = ActivationBytes.encode(values.span, as: .float32, into: &bytes)
            return [BatchCapture.bytes(indices), bytes]
        case .scalars(let module):
            var values = [Float](repeating: 0, count: rows * module.rank)
            var span = values.mutableSpan
            module.scalars(input, count: rows, into: &span)
            _ = ActivationBytes.encode(values.span, as: .float32, into: &bytes)
            return [bytes]
        }
    }
}
