import Glibc
import Shell
import Synchronization
import Terminal

/// Ctrl-C while a long task runs: the first asks it to stop, the second ends the process.
enum Interruption {
    private static let asked = Atomic(false)
    /// Nanoseconds of the monotonic clock when Ctrl-C was pressed first.
    private static let askedAt = Atomic<Int>(0)

    /// Whether Ctrl-C was pressed since `watch`.
    static var wasAsked: Bool { asked.load(ordering: .relaxed) }

    /// Begins to take the signal. The handler does only what a signal handler may: it stores and resets.
    static func watch() {
        asked.store(false, ordering: .relaxed)
        signal(SIGINT) { _ in
            Interruption.asked.store(true, ordering: .relaxed)
            signal(SIGINT, SIG_DFL)
        }
    }

    /// Ctrl-C ends the process again.
    static func release() { signal(SIGINT, SIG_DFL) }

    /// The same for one query at the prompt: the second Ctrl-C leaves the terminal as it was found. A second one within the time in which
    /// the first is answered is a finger that bounced.
    static func watchQuery() {
        asked.store(false, ordering: .relaxed)
        askedAt.store(0, ordering: .relaxed)
        signal(SIGINT) { _ in
            let now = Interruption.now()
            if Interruption.asked.load(ordering: .relaxed) {
                guard now - Interruption.askedAt.load(ordering: .relaxed) > 100_000_000 else { return }
                RawTerminal.restoreAtOnce()
                _exit(Verdict.interrupted.rawValue)
            }
            Interruption.askedAt.store(now, ordering: .relaxed)
            Interruption.asked.store(true, ordering: .relaxed)
        }
    }

    /// At the prompt Ctrl-C is a key, and as a signal from elsewhere it ends the process.
    static func releaseQuery() {
        signal(SIGINT) { _ in
            RawTerminal.restoreAtOnce()
            _exit(Verdict.interrupted.rawValue)
        }
    }

    /// Ctrl-C ends the process, and takes the line of progress along.
    static func endTidily() {
        guard TTYInfo.of(descriptor: 2).isTerminal else { return }
        _ = wipe
        signal(SIGINT) { _ in
            _ = unsafe Interruption.wipe.withUnsafeBufferPointer { unsafe write(2, $0.baseAddress, $0.count) }
            _exit(Verdict.interrupted.rawValue)
        }
    }

    private static let wipe: [UInt8] = Array("\r\u{1B}[K".utf8)

    private static func now() -> Int {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
