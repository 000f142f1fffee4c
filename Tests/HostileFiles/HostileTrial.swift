import Foundation
import FuzzTargets

/// What came of giving a hostile file to its parser.
package struct HostileTrial: Sendable {
    /// Whether the parser threw an error of its own.
    package let isRefused: Bool
    /// Processor time of the thread.
    package let seconds: Double
    /// How much higher the process' resident size rose, in bytes, beyond twice the file's own.
    package let growth: Int

    package init(_ file: HostileFile) {
        let before = PeakMemory.reset()
        let start = ThreadClock.now
        do {
            try file.target.parse(file.bytes)
            isRefused = false
        } catch {
            isRefused = true
        }
        seconds = ThreadClock.now - start
        growth = PeakMemory.bytes - before - 2 * file.bytes.count
    }
}

/// Seconds that this thread has computed: what else runs on the machine doesn't count.
package enum ThreadClock {
    package static var now: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// The highest resident size of this process.
package enum PeakMemory {
    /// Forgets the peak so far; gives the present size.
    package static func reset() -> Int {
        try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
        return bytes
    }

    package static var bytes: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line.flatMap { Int($0.filter(\.isNumber)) } ?? 0) << 10
    }
}
