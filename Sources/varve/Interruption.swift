import Glibc
import Synchronization

/// Ctrl-C while a capture runs: the first asks it to stop between batches, the second ends the process.
enum Interruption {
    private static let asked = Atomic(false)

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
}
