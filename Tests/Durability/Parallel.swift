import Foundation
import Synchronization

/// Runs a body for every item on a few threads of its own; the first error ends it and is thrown.
///
/// - Parameter body: the item, and the thread's number for places that nobody else uses
func inParallel<Item: Sendable>(
    _ items: [Item], threads: Int = 2, _ body: @escaping @Sendable (Item, Int) throws -> Void
) throws {
    let queue = ItemQueue(items)
    let group = DispatchGroup()
    for number in 0..<threads {
        let thread = Thread {
            while let item = queue.take() {
                do {
                    try body(item, number)
                } catch {
                    queue.end(with: error)
                }
            }
            group.leave()
        }
        // SQLite and Foundation are generous with their stacks.
        thread.stackSize = 8 << 20
        group.enter()
        thread.start()
    }
    group.wait()
    if let error = queue.error { throw error }
}

/// Hands out each item once.
private final class ItemQueue<Item: Sendable>: Sendable {
    private struct State {
        var next = 0
        var error: (any Error)?
    }

    private let items: [Item]
    private let state = Mutex(State())

    init(_ items: [Item]) { self.items = items }

    var error: (any Error)? { state.withLock { $0.error } }

    func take() -> Item? {
        state.withLock { state in
            guard state.error == nil, state.next < items.count else { return nil }
            state.next += 1
            return items[state.next - 1]
        }
    }

    func end(with error: any Error) { state.withLock { $0.error = $0.error ?? error } }
}
