public import Glibc

/// A program on a pseudo-terminal of its own, as a person would use it.
public final class PseudoTerminal {
    private let master: Int32
    public let process: pid_t
    /// All that the program has written.
    public private(set) var transcript: [UInt8] = []

    public struct Failure: Error { public var what: String }

    /// Starts a program in a session of its own whose terminal has that size.
    public init(
        _ program: String, _ arguments: [String], environment: [String: String], columns: Int = 80, rows: Int = 24
    ) throws {
        // What posix_openpt, unlockpt and ptsname do on Linux; the header hides those.
        master = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var lock: Int32 = 0
        var number: Int32 = 0
        guard master >= 0, unsafe ioctl(master, 0x4004_5431, &lock) == 0,
            unsafe ioctl(master, 0x8004_5430, &number) == 0
        else { throw Failure(what: "no pseudo-terminal") }
        let name = "/dev/pts/\(number)"
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        // A session of its own (POSIX_SPAWN_SETSID, which the header hides), and no signal blocked: the threads that run tests block all.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, 0x80 | Int16(POSIX_SPAWN_SETSIGMASK))
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        // The first terminal that a session's leader opens is the session's.
        unsafe posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, 0, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, 0, 2)
        defer {
            unsafe posix_spawnattr_destroy(&attributes)
            unsafe posix_spawn_file_actions_destroy(&actions)
        }
        var words: [UnsafeMutablePointer<CChar>?] = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] =
            unsafe environment.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
        defer {
            unsafe words.forEach { unsafe free($0) }
            unsafe variables.forEach { unsafe free($0) }
        }
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = unsafe ioctl(master, UInt(TIOCSWINSZ), &size)
        var identifier = pid_t()
        let code = unsafe posix_spawn(&identifier, program, &actions, &attributes, &words, &variables)
        process = identifier
        guard code == 0 else { throw Failure(what: "\(program) does not start: \(code)") }
    }

    deinit {
        close(master)
        kill(process, SIGKILL)
        var status: Int32 = 0
        unsafe waitpid(process, &status, 0)
    }

    /// Types.
    public func type(_ text: String) {
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe write(master, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            guard count > 0 else { return }
            done += count
        }
    }

    public func resize(columns: Int, rows: Int = 24) {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = unsafe ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    /// Whether the terminal shows what is typed and gives it line by line, as a program finds it.
    public var echoes: Bool {
        var mode = termios()
        guard unsafe tcgetattr(master, &mode) == 0 else { return false }
        return mode.c_lflag & tcflag_t(ECHO) != 0 && mode.c_lflag & tcflag_t(ICANON) != 0
    }

    /// Reads until a condition on the whole transcript holds; false if it does not within the time.
    @discardableResult
    public func wait(seconds: Double = 20, until holds: (String) -> Bool) -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(Int(seconds * 1000))
        while true {
            if holds(String(decoding: transcript, as: UTF8.self)) { return true }
            guard clock.now < end, readSome(milliseconds: 20) else {
                return holds(String(decoding: transcript, as: UTF8.self))
            }
        }
    }

    /// Reads what comes until nothing has come for a while.
    public func settle(milliseconds: Int = 150) {
        while true {
            let before = transcript.count
            guard readSome(milliseconds: Int32(milliseconds)), transcript.count > before else { return }
        }
    }

    /// Reads for so long, whatever comes: a line of progress never settles.
    public func listen(milliseconds: Int) {
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(milliseconds)
        while clock.now < end, readSome(milliseconds: 10) {}
    }

    /// The exit status once the program has ended; nil if it does not within the time.
    public func status(seconds: Double = 20) -> Int32? {
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(Int(seconds * 1000))
        var status: Int32 = 0
        while clock.now < end {
            _ = readSome(milliseconds: 10)
            if unsafe waitpid(process, &status, WNOHANG) == process {
                return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
            }
        }
        return nil
    }

    /// False when the program is gone.
    private func readSome(milliseconds: Int32) -> Bool {
        var wait = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&wait, 1, milliseconds) > 0 else { return true }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe read(master, &bytes, bytes.count)
        guard count > 0 else { return false }
        transcript += bytes.prefix(count)
        return true
    }
}
