import Foundation
import Store
import Tensor
import TestSupport

/// What readers saw while a writer added, removed and purged.
public struct LoadReport: Sendable {
    /// Seconds that it ran.
    public var seconds = 0.0
    /// Snapshots opened by readers.
    public var snapshots = 0
    /// Ranges of rows read from them and compared.
    public var reads = 0
    /// Different generations that readers saw.
    public var generations = 0
    /// Commits of the writer.
    public var commits = 0
    /// Purges that ran, and compactions.
    public var purges = 0
    public var compactions = 0
    /// Broken promises.
    public var violations: [String] = []
}

/// One writer and several readers of one store, in one process.
///
/// Every capture is written again and again with other values: a snapshot that mixed two generations would show it.
public struct Load: Sendable {
    let path: String
    let readers: Int

    /// A new store at `path`.
    public init(path: String, readers: Int = 8) {
        self.path = path
        self.readers = readers
    }

    /// Runs for some seconds, or until readers have done `reads` reads.
    public func run(seconds: Double, reads: Int = .max) throws -> LoadReport {
        let board = LoadBoard()
        let writer = try LoadWriter(path, board)
        let start = Date()
        let group = DispatchGroup()
        for number in 0..<readers {
            let reader = LoadReader(path: path, board: board, seed: UInt64(number))
            start.spawn(group) { reader.run() }
        }
        do {
            while Date().timeIntervalSince(start) < seconds, board.wants(reads) { try writer.turn() }
        } catch {
            board.fail("the writer failed: \(error)")
        }
        board.end()
        group.wait()
        var report = board.report
        report.seconds = Date().timeIntervalSince(start)
        return report
    }
}

extension Date {
    fileprivate func spawn(_ group: DispatchGroup, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread {
            body()
            group.leave()
        }
        thread.stackSize = 8 << 20
        group.enter()
        thread.start()
    }
}

/// What the store holds at a generation: for each capture its values' version and its rows.
struct LoadState: Sendable, Equatable {
    struct Capture: Sendable, Equatable {
        var version: Int
        var rows: Int
    }

    var captures: [String: Capture] = [:]
}

/// What writer and readers know of each other.
final class LoadBoard: Sendable {
    private struct State {
        var model: [Int: LoadState] = [:]
        var seen: Set<Int> = []
        var report = LoadReport()
        var isOver = false
        var openSnapshots = 0
        var isDraining = false
    }

    /// Guards the state, and wakes who waits for it. A lock of the system's threads, as the thread sanitizer sees those: it has no
    /// eyes for the waiting inside `Mutex`, and takes what that guards for a race.
    private let changed = NSCondition()
    nonisolated(unsafe) private var state = State()

    private func locked<Result>(_ body: (inout State) -> Result) -> Result {
        changed.withLock { unsafe body(&state) }
    }

    var report: LoadReport {
        locked { state in
            var report = state.report
            report.generations = state.seen.count
            return report
        }
    }

    var isOver: Bool { locked { $0.isOver } }

    func wants(_ reads: Int) -> Bool { locked { $0.report.reads < reads && $0.report.violations.isEmpty } }

    func fail(_ text: String) { locked { $0.report.violations.append(text) } }

    func end() {
        locked { $0.isOver = true }
        wake()
    }

    func record(_ generation: Int, _ model: LoadState) {
        locked { state in
            state.model[generation] = model
            state.report.commits += 1
        }
        wake()
    }

    func didPurge() { locked { $0.report.purges += 1 } }
    func didCompact() { locked { $0.report.compactions += 1 } }

    /// What a generation holds; a reader may be faster than the writer's own record.
    func model(of generation: Int) -> LoadState? {
        for _ in 0..<200 {
            if let model = locked({ $0.model[generation] }) { return model }
            changed.lock()
            _ = changed.wait(until: Date().addingTimeInterval(0.02))
            changed.unlock()
        }
        return nil
    }

    /// Called before a snapshot is opened: waits while the others close theirs, so that a purge finds a moment.
    func enter() {
        while locked({ $0.isDraining && $0.openSnapshots > 0 && !$0.isOver }) {
            changed.lock()
            _ = changed.wait(until: Date().addingTimeInterval(0.005))
            changed.unlock()
        }
        locked { $0.openSnapshots += 1 }
    }

    func leave(reads: Int, generation: Int) {
        locked { state in
            state.openSnapshots -= 1
            state.report.snapshots += 1
            state.report.reads += reads
            state.seen.insert(generation)
        }
        wake()
    }

    var isDraining: Bool {
        get { locked { $0.isDraining } }
        set {
            locked { $0.isDraining = newValue }
            wake()
        }
    }

    private func wake() {
        changed.lock()
        changed.broadcast()
        changed.unlock()
    }
}
