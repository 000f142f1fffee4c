internal import Dispatch
internal import Synchronization
internal import Tensor

/// Work over independent pieces on several threads, merged in the order of the pieces.
///
/// The pieces depend on the data alone, never on the number of threads: so do all results, to the last bit.
public enum ParallelScan {
    /// Runs `body` for 0 ..< count and hands each partial state to `merge` in ascending order, on the caller's thread.
    ///
    /// At most a few partial states per thread are alive at a time. The first error, in piece order, is thrown. Before every piece
    /// `WorkWatch` is asked whether the work is still wanted, and told after it; a piece that takes longer than a few milliseconds asks by
    /// itself.
    public static func run<Partial: Sendable>(
        count: Int, threads: Int, body: @Sendable (Int) throws -> Partial, merge: (Int, Partial) throws -> Void
    ) throws {
        try run(
            count: count, threads: threads, worker: { Idle() }, body: { _, index in try body(index) }, merge: merge)
    }

    private struct Idle: ~Copyable {}

    /// As above, with something of its own for each thread, such as scratch memory.
    public static func run<Worker: ~Copyable, Partial: Sendable>(
        count: Int, threads: Int, worker: @Sendable () -> Worker,
        body: @Sendable (inout Worker, Int) throws -> Partial, merge: (Int, Partial) throws -> Void
    ) throws {
        var own = worker()
        let watch = WorkWatch.current
        let inner = watch?.withoutReports
        guard threads > 1, count > 1 else {
            for index in 0..<count {
                try WorkWatch.check()
                let partial = try WorkWatch.$current.withValue(inner) { try body(&own, index) }
                try WorkWatch.check()
                try merge(index, partial)
                watch?.tell(done: index + 1, of: count)
            }
            return
        }
        let helpers = min(threads, count) - 1
        let queue = PieceQueue<Partial>(count: count, window: (helpers + 1) * 4)
        try withoutActuallyEscaping(worker) { worker in
            try withoutActuallyEscaping(body) { body in
                let group = DispatchGroup()
                for _ in 0..<helpers {
                    // A serial queue of its own has a thread of its own, however busy the process is.
                    DispatchQueue(label: "varve.scan").async(group: group) {
                        var own = worker()
                        WorkWatch.$current.withValue(inner) {
                            while let index = queue.claim() {
                                let result = Result {
                                    try WorkWatch.check()
                                    return try body(&own, index)
                                }
                                queue.deliver(index, result)
                            }
                        }
                    }
                }
                defer {
                    queue.close(helpers: helpers)
                    group.wait()
                }
                var merged = 0
                while merged < count {
                    try WorkWatch.check()
                    if let result = queue.result(merged) {
                        try merge(merged, try result.get())
                        merged += 1
                        queue.advance()
                        watch?.tell(done: merged, of: count)
                    } else if let index = queue.claimNow() {
                        let result = WorkWatch.$current.withValue(inner) { Result { try body(&own, index) } }
                        queue.deliver(index, result)
                    } else {
                        queue.wait()
                    }
                }
                try WorkWatch.check()
            }
        }
    }
}

/// Gives pieces out in order, a bounded number ahead of the oldest one that isn't merged, and keeps their results.
private final class PieceQueue<Partial: Sendable>: Sendable {
    private struct State {
        var next = 0
        var merged = 0
        var isClosed = false
        var results: [Int: Result<Partial, any Error>] = [:]
    }

    private let count: Int
    private let state = Mutex(State())
    /// Pieces that may still begin. Counted up from 0, as a semaphore must not end below its first count.
    private let permits = DispatchSemaphore(value: 0)
    /// The oldest piece has its result.
    private let ready = DispatchSemaphore(value: 0)

    init(count: Int, window: Int) {
        self.count = count
        for _ in 0..<window { permits.signal() }
    }

    /// The next piece for a helper; waits where results pile up, nil where there is none left.
    func claim() -> Int? {
        permits.wait()
        return next()
    }

    /// The next piece, unless results pile up or none is left.
    func claimNow() -> Int? { permits.wait(timeout: .now()) == .success ? next() : nil }

    private func next() -> Int? {
        state.withLock { state in
            guard !state.isClosed, state.next < count else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    func deliver(_ index: Int, _ result: Result<Partial, any Error>) {
        let isOldest = state.withLock { state in
            state.results[index] = result
            return index == state.merged
        }
        if isOldest { ready.signal() }
    }

    func result(_ index: Int) -> Result<Partial, any Error>? {
        state.withLock { $0.results.removeValue(forKey: index) }
    }

    /// Waits until the oldest piece may have its result.
    func wait() { ready.wait() }

    /// The oldest piece is merged.
    func advance() {
        let isReady = state.withLock { state in
            state.merged += 1
            return state.results[state.merged] != nil
        }
        if isReady { ready.signal() }
        permits.signal()
    }

    /// Sends the helpers home.
    func close(helpers: Int) {
        state.withLock { $0.isClosed = true }
        for _ in 0..<helpers { permits.signal() }
    }
}
