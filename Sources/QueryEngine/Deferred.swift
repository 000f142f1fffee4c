import Dispatch
import Synchronization

/// A value that is made on another thread meanwhile; whoever asks for it waits until it is there.
final class Deferred<Value: Sendable>: Sendable {
    private let made = Mutex<Result<Value, any Error>?>(nil)
    private let group = DispatchGroup()

    /// Begins to make it.
    init(_ make: @escaping @Sendable () throws -> Value) {
        DispatchQueue.global(qos: .userInitiated).async(group: group) { [self] in
            let result = Result { try make() }
            made.withLock { $0 = result }
        }
    }

    /// Begins to make it when another value is there, whatever became of that one.
    init<Other>(after other: Deferred<Other>, _ make: @escaping @Sendable (Other) throws -> Value) {
        group.enter()
        other.group.notify(queue: .global(qos: .userInitiated)) { [self] in
            let result = Result { try make(other.value()) }
            made.withLock { $0 = result }
            group.leave()
        }
    }

    /// One that is there already.
    init(_ value: Value) { made.withLock { $0 = .success(value) } }

    /// Whether nobody has to wait any more.
    var isReady: Bool { made.withLock { $0 != nil } }

    /// The value, or why there is none.
    func value() throws -> Value {
        group.wait()
        guard let result = made.withLock({ $0 }) else { preconditionFailure("what was waited for is there") }
        return try result.get()
    }
}
