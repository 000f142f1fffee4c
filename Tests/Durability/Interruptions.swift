import Foundation
import Glibc
import Store
import Synchronization

/// One way in which a run is disturbed.
enum Strike: Sendable, CustomStringConvertible {
    /// The Nth call that the mode applies to.
    case fault(FaultMode, place: Int)
    /// SIGKILL after so many microseconds.
    case timer(UInt32)
    /// Files may grow by so many bytes in all.
    case budget(Int)

    var description: String {
        switch self {
        case .fault(let mode, let place): "\(mode.rawValue) at call \(place)"
        case .timer(let delay): "killed after \(delay) µs"
        case .budget(let bytes): "room for \(bytes) bytes"
        }
    }

    var variables: [String: String] {
        switch self {
        case .fault(let mode, let place): ["VARVE_SHIM_FAULT": "\(mode.rawValue):\(place)"]
        case .timer: [:]
        case .budget(let bytes): ["VARVE_SHIM_BUDGET": "\(bytes)", "VARVE_SHIM_ROOM": "1"]
        }
    }

    var mayKill: Bool {
        switch self {
        case .fault(let mode, _): mode == .killBefore || mode == .killAfter
        case .timer: true
        case .budget: false
        }
    }
}

/// What disturbed runs came to.
public struct StrikeReport: Sendable {
    /// Runs of a child, each disturbed once.
    public var runs = 0
    /// Runs that went on to their end: the fault was retried, or did no harm.
    public var completed = 0
    /// Runs that ended with a typed error.
    public var reported = 0
    /// Runs that were killed.
    public var killed = 0
    /// Runs of each mode.
    public var modes: [String: Int] = [:]
    /// Broken promises.
    public var violations: [String] = []
}

/// Disturbs a child's workload; afterwards the store must be recoverable, hold what was acknowledged, and once the workload
/// is taken up again be the same to the byte as that of an undisturbed run.
public struct Interruptions: Sendable {
    let tools: Tools
    let workload: Workload

    /// A workload that children run.
    public init(_ tools: Tools, _ workload: Workload) {
        self.tools = tools
        self.workload = workload
    }

    /// - Parameter mustRead: whether the store must be readable as the child left it, before any recovery
    func run(_ strikes: [Strike], mustRead: Bool = false) throws -> StrikeReport {
        let whole = tools.place("whole")
        try? FileManager.default.removeItem(atPath: whole)
        defer { try? FileManager.default.removeItem(atPath: whole) }
        try workload.run(whole)
        let reference = try StoreFingerprint(whole)
        let check = RecoveryCheck(workload)
        let report = Mutex(StrikeReport())
        try inParallel(strikes) { strike, thread in
            let root = tools.place("strike-\(thread)")
            try? FileManager.default.removeItem(atPath: root)
            defer { try? FileManager.default.removeItem(atPath: root) }
            try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
            let path = root + "/" + PowerLoss.storeName
            var variables = strike.variables
            variables["LD_PRELOAD"] = tools.shim
            variables["VARVE_SHIM_ROOT"] = root
            var delay: UInt32?
            if case .timer(let microseconds) = strike { delay = microseconds }
            let child = try Child(tools, ["run", path, workload.description], variables, killAfter: delay)
            report.withLock { $0.count(child, strike) }
            do {
                let expectation = Expectation(child.marks)
                try judge(child, strike, expectation)
                if mustRead, expectation.isCreated { try StoreCheck(expectation: expectation).run(path) }
                guard try check.run(path, expectation) else { return }
                guard try StoreFingerprint(path) == reference else {
                    throw Violation("resumed to another store than an undisturbed run makes")
                }
            } catch  where !(error is ProofError) {
                report.withLock { $0.violations.append("\(strike): \(error)") }
            }
        }
        return report.withLock { $0 }
    }

    /// How a disturbed child may end: well, killed if that was the disturbance, or with a typed error.
    func judge(_ child: Child, _ strike: Strike, _ expectation: Expectation) throws {
        switch child.end {
        case .hung: throw Violation("hung")
        case .killed(let signal):
            guard signal == SIGKILL, strike.mayKill else {
                throw Violation("ended by signal \(signal): \(child.output)")
            }
        case .exited(0):
            guard expectation.stepsDone == workload.steps.count else { throw Violation("ended well, but not done") }
        case .exited(3):
            guard child.output.contains("error typed") else { throw Violation("no typed error: \(child.output)") }
        case .exited(let code): throw Violation("exit code \(code): \(child.output)")
        }
    }
}

extension StrikeReport {
    mutating func count(_ child: Child, _ strike: Strike) {
        runs += 1
        switch child.end {
        case .exited(0): completed += 1
        case .exited: reported += 1
        default: killed += 1
        }
        switch strike {
        case .fault(let mode, _): modes[mode.rawValue, default: 0] += 1
        case .timer: modes["timer", default: 0] += 1
        case .budget: modes["budget", default: 0] += 1
        }
    }
}

extension Interruptions {
    /// Kills before each call, or before some of them, evenly chosen.
    public func killPoints(_ recording: Recording, limit: Int = .max) throws -> StrikeReport {
        let places = Interruptions.places(recording.count(of: .killBefore), limit)
        return try run(places.map { .fault(.killBefore, place: $0) })
    }

    /// Kills at random moments of a run.
    public func randomKills(_ count: Int, seed: UInt64 = 7) throws -> StrikeReport {
        let path = tools.place("timed")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let start = Date()
        _ = try Child(tools, ["run", path, workload.description], [:])
        let whole = UInt32(Date().timeIntervalSince(start) * 1_000_000)
        var state = seed
        let delays = (0..<count).map { _ -> UInt32 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt32(state >> 33) % max(1, whole)
        }
        return try run(delays.map { .timer($0) })
    }

    /// Every mode at evenly chosen calls.
    public func faults(
        _ recording: Recording, modes: [FaultMode] = FaultMode.sweep, places limit: Int
    ) throws -> StrikeReport {
        try run(
            modes.flatMap { mode in
                Interruptions.places(recording.count(of: mode), limit).map { .fault(mode, place: $0) }
            })
    }

    /// Room that ends at evenly chosen bytes; the store must be readable at once, and be completed once there is room.
    public func fullDisks(_ recording: Recording, limit: Int) throws -> StrikeReport {
        let budgets = Interruptions.places(try recording.growth(), limit).map { Strike.budget($0 - 1) }
        return try run(budgets, mustRead: true)
    }

    static func places(_ count: Int, _ limit: Int) -> [Int] {
        guard count > limit else { return count > 0 ? Array(1...count) : [] }
        return (0..<limit).map { 1 + $0 * count / limit }
    }
}

extension FaultMode {
    /// The eight modes of the sweep.
    public static let sweep: [FaultMode] = [
        .killAfter, .noSpaceOnce, .noSpaceForGood, .ioError, .syncError, .shortWrite, .interrupt, .noDescriptor,
    ]
}

extension Recording {
    /// Bytes by which files grew in all.
    func growth() throws -> Int {
        var disk = Disk(before)
        for call in calls { _ = try disk.apply(call) }
        return disk.growth
    }
}
