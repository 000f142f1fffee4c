internal import Dispatch
internal import Synchronization
internal import Tensor

/// A call that can't be asked to stop, such as one of LAPACK's: it runs on a thread of its own, which is left to itself once nobody
/// wants the result any more. What it works on must be its own.
enum Abandonable {
    /// The result; nil where the call gives none or the work was cancelled.
    ///
    /// - Parameter isLong: whether it is worth a thread
    static func value<Value: Sendable>(isLong: Bool, _ make: @escaping @Sendable () -> Value?) -> Value? {
        guard isLong, WorkWatch.current != nil else { return make() }
        let call = Call<Value>()
        DispatchQueue(label: "varve.lapack").async {
            let value = make()
            call.value.withLock { $0 = value }
            call.isDone.signal()
        }
        while call.isDone.wait(timeout: .now() + .milliseconds(20)) == .timedOut {
            if WorkWatch.isCancelled { return nil }
        }
        return call.value.withLock { $0 }
    }

    private final class Call<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
        let isDone = DispatchSemaphore(value: 0)
    }
}
