internal import Dispatch
internal import Synchronization

/// Work over independent pieces on several threads, merged in the order of the pieces.
///
/// The pieces depend on the data alone, never on the number of threads: so do all results, to the last bit.
public enum ParallelScan {
    /// Runs `body` for 0 ..< count and hands each partial state to `merge` in ascending order.
    ///
    /// At most a few partial states per thread are alive at a time. The first error, in piece order, is thrown.
    public static func run<Partial: Sendable>(
        count: Int, threads: Int, body: @Sendable (Int) throws -> Partial, merge: (Int, Partial) throws -> Void
    ) throws {
        guard threads > 1, count > 1 else {
            for index in 0..<count { try merge(index, try body(index)) }
            return
        }
        let wave = threads * 4
        for first in stride(from: 0, to: count, by: wave) {
            let size = min(wave, count - first)
            let slots = Mutex([Result<Partial, any Error>?](repeating: nil, count: size))
            let next = Atomic(0)
            DispatchQueue.concurrentPerform(iterations: min(threads, size)) { _ in
                while true {
                    let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                    guard index < size else { return }
                    let outcome = Result { try body(first + index) }
                    slots.withLock { $0[index] = outcome }
                }
            }
            for (index, slot) in slots.withLock({ $0 }).enumerated() {
                guard let slot else { preconditionFailure("a piece of work was lost") }
                try merge(first + index, try slot.get())
            }
        }
    }
}
