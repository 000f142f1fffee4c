import ArgumentParser
import Glibc
import Shell
import Synchronization
import Terminal

/// Ctrl-C, or a request to end from elsewhere, while a long task runs: the first asks it to stop, the second ends the process.
enum Interruption {
    private static let asked = Atomic(false)
    /// The signal that asked; Ctrl-C's where none did.
    private static let signalled = Atomic<Int32>(SIGINT)
    /// Whether the command is one that goes on where it was, given again.
    private static let isResumable = Atomic(false)
    /// Nanoseconds of the monotonic clock when Ctrl-C was pressed first.
    private static let askedAt = Atomic<Int>(0)

    /// Whether Ctrl-C was pressed, or an end was asked for, since `watch`.
    static var wasAsked: Bool { asked.load(ordering: .relaxed) }

    /// Begins to take the signals, for a task that goes on where it was when its command is given again. The handler does only what a
    /// signal handler may: it stores and resets.
    static func watch() {
        asked.store(false, ordering: .relaxed)
        isResumable.store(true, ordering: .relaxed)
        // Also so that the handler meets nothing that is made when it is first used.
        signalled.store(SIGINT, ordering: .relaxed)
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                Interruption.signalled.store(number, ordering: .relaxed)
                Interruption.asked.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
        }
        unblock()
    }

    /// A parent's thread that waits for no signals hands its mask down, and the request to stop would never come.
    private static func unblock() {
        var numbers = sigset_t()
        unsafe sigemptyset(&numbers)
        for number in [SIGINT, SIGTERM] { unsafe sigaddset(&numbers, number) }
        _ = unsafe pthread_sigmask(SIG_UNBLOCK, &numbers, nil)
    }

    /// Either signal ends the process again.
    static func release() { for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) } }

    /// Says how the task that was stopped goes on, and what the process ends with: 130 after Ctrl-C, 143 where it was told to end.
    static func sayHowToGoOn() -> ExitCode {
        Output.complain("go on with: " + command)
        return exitCode
    }

    /// 128 and the signal.
    static var exitCode: ExitCode { ExitCode(128 + signalled.load(ordering: .relaxed)) }

    /// What to do after the file system was full, for a command that goes on where it was.
    static func sayHowToGoOnWithRoom() {
        guard isResumable.load(ordering: .relaxed) else { return }
        Output.complain("make room, then go on with: " + command)
    }

    private static var command: String { CommandLine.arguments.map(ShellWord.quoted).joined(separator: " ") }

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
