import Foundation
import Synchronization

/// What a replay of power loss found.
public struct PowerLossReport: Sendable {
    /// The workload.
    public var workload: String
    /// Calls recorded.
    public var calls = 0
    /// Moments at which the power failed.
    public var moments = 0
    /// Different states of the disk, with what was promised of each.
    public var states = 0
    /// Different stores that recovery made of them, each compared to its last bit and resumed.
    public var recoveredStores = 0
    /// Broken promises: what, and after which call.
    public var violations: [String] = []
}

/// Records a workload, and recovers it from every state that power loss may have left.
public struct PowerLoss: Sendable {
    let tools: Tools
    let workload: Workload

    /// A workload that a child runs.
    public init(_ tools: Tools, _ workload: Workload) {
        self.tools = tools
        self.workload = workload
    }

    /// The store's directory within the recorded one, so that the parent's own fsync counts.
    static let storeName = "store"

    /// Runs the workload in a child and gives every call; the replay must leave what the child left.
    public func record() throws -> Recording {
        let root = tools.place("recorded")
        let log = tools.place("recorded.log")
        defer { for path in [root, log] { try? FileManager.default.removeItem(atPath: path) } }
        for path in [root, log] { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        let child = try Child(
            tools, ["run", root + "/" + PowerLoss.storeName, workload.description],
            ["LD_PRELOAD": tools.shim, "VARVE_SHIM_ROOT": root, "VARVE_SHIM_LOG": log])
        guard child.end == .exited(0) else { throw ProofError("the recorded child failed: \(child.output)") }
        let recording = try Recording(log: log)
        guard try recording.finalImage().digest == DiskImage(reading: root).digest else {
            throw ProofError(
                "the replay of the whole recording gives other files than the child: the shim misses calls")
        }
        return recording
    }

    /// Recovers the store from every state, compares it, and takes the workload up again.
    public func replay(_ recording: Recording, _ depth: ReplayDepth) throws -> PowerLossReport {
        let check = RecoveryCheck(workload)
        return try PowerLoss.replay(recording, name: workload.description, tools, depth) { try check.run($0, $1) }
    }

    /// - Parameter check: looks at a store that power loss left; false where it saw the same one before
    static func replay(
        _ recording: Recording, name: String, _ tools: Tools, _ depth: ReplayDepth,
        check: @escaping @Sendable (String, Expectation) throws -> Bool
    ) throws -> PowerLossReport {
        var report = PowerLossReport(workload: name)
        report.calls = recording.calls.count
        let crew = Crew(tools, violationLimit: depth.violationLimit, check)
        let found = try recording.crashStates(depth) { state in
            crew.isWanting && crew.add(state) < depth.limit
        }
        let results = try crew.finish()
        report.states = found.states
        report.moments = found.moments
        report.recoveredStores = results.stores
        report.violations = results.violations
        return report
    }
}

/// How closely a recording is looked at.
public struct ReplayDepth: Sendable {
    /// Random choices of fates at each moment, beside the systematic ones.
    public var random: Int
    /// Of how many moments one is looked at closely.
    public var stride: Int
    /// At the other moments all is lost or nothing; else those are passed over, but for acknowledgements.
    public var isQuick: Bool
    /// States at most.
    public var limit = Int.max
    /// Broken promises after which it ends.
    public var violationLimit = 5
    /// Decides the random fates.
    public var seed: UInt64 = 1

    /// Everything at every moment, unless told otherwise.
    public init(random: Int, stride: Int = 1, isQuick: Bool = false) {
        self.random = random
        self.stride = stride
        self.isQuick = isQuick
    }
}

/// Threads that check states while the next ones are made.
private final class Crew: Sendable {
    private struct Work {
        var waiting: [CrashState] = []
        var isOver = false
        var added = 0
        var stores = 0
        var violations: [String] = []
        var failure: (any Error)?
    }

    private let work = Mutex(Work())
    private let available = DispatchSemaphore(value: 0)
    private let room = DispatchSemaphore(value: 64)
    private let group = DispatchGroup()
    private let threads = 2
    private let violationLimit: Int

    init(
        _ tools: Tools, violationLimit: Int, _ check: @escaping @Sendable (String, Expectation) throws -> Bool
    ) {
        self.violationLimit = violationLimit
        for number in 0..<threads {
            let thread = Thread { [self] in
                run(tools.place("state-\(number)"), check)
                group.leave()
            }
            // SQLite and Foundation are generous with their stacks.
            thread.stackSize = 8 << 20
            group.enter()
            thread.start()
        }
    }

    /// Whether more states are worth making.
    var isWanting: Bool { work.withLock { $0.failure == nil && $0.violations.count < violationLimit } }

    /// - Returns: states added so far
    func add(_ state: CrashState) -> Int {
        room.wait()
        let count = work.withLock { work in
            work.waiting.append(state)
            work.added += 1
            return work.added
        }
        available.signal()
        return count
    }

    func finish() throws -> (stores: Int, violations: [String]) {
        work.withLock { $0.isOver = true }
        for _ in 0..<threads { available.signal() }
        group.wait()
        return try work.withLock { work in
            if let failure = work.failure { throw failure }
            return (work.stores, work.violations)
        }
    }

    private func run(_ root: String, _ check: (String, Expectation) throws -> Bool) {
        while true {
            available.wait()
            guard let state = work.withLock({ $0.waiting.popLast() }) else { return }
            room.signal()
            do {
                try? FileManager.default.removeItem(atPath: root)
                try state.image.write(to: root)
                let isNew = try check(root + "/" + PowerLoss.storeName, state.expectation)
                if isNew { work.withLock { $0.stores += 1 } }
            } catch {
                work.withLock { work in
                    if error is ProofError {
                        work.failure = error
                    } else {
                        work.violations.append("power lost after call \(state.callsDone): \(error)")
                    }
                }
            }
            try? FileManager.default.removeItem(atPath: root)
        }
    }
}
