internal import Glibc
internal import Synchronization

/// The terminal on stdin and stdout: keys one by one while an entry is edited, quiet while a query runs, and as it was found at the end.
///
/// Modes change with TCSADRAIN, so that nothing typed ahead is lost. Used by one thread.
public final class RawTerminal {
    /// What waiting for input brought.
    public enum Input: Sendable, Hashable {
        case bytes([UInt8])
        /// Nothing came in the time given.
        case nothing
        /// The terminal has another size now.
        case resized
        /// There is no more input.
        case ended
    }

    private let input: Int32
    private let output: Int32
    private let original: termios
    private var isRestored = true

    /// Nil where stdin or stdout is no terminal, or one that can't move its cursor (`TERM=dumb` or none).
    public init?(input: Int32 = 0, output: Int32 = 1, environment: [String: String] = TTYInfo.environment()) {
        guard isatty(input) == 1, isatty(output) == 1, let term = environment["TERM"], !term.isEmpty, term != "dumb"
        else { return nil }
        var mode = termios()
        guard unsafe tcgetattr(input, &mode) == 0 else { return nil }
        self.input = input
        self.output = output
        original = mode
        WindowSignal.watch()
        FoundMode.keep(mode, of: input)
    }

    /// Puts the terminal back from within a signal handler: it does nothing else but two calls that a handler may make.
    public static func restoreAtOnce() { FoundMode.restore() }

    /// Gives the terminal to the shell that started this program, as Ctrl-Z does, and goes on when that lets it.
    public func suspend() {
        restore()
        raise(SIGTSTP)
        edit()
    }

    deinit { restore() }

    /// Keys come one by one, Ctrl-C is a key, pastes are marked.
    public func edit() {
        var mode = original
        mode.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
        mode.c_iflag &= ~tcflag_t(ICRNL | INLCR | IGNCR | IXON | ISTRIP)
        set(mode)
        write("\u{1B}[?2004h")
    }

    /// A query runs: keys wait unseen for the next entry, Ctrl-C is a signal.
    public func hush() {
        write("\u{1B}[?2004l")
        var mode = original
        mode.c_lflag &= ~tcflag_t(ICANON | ECHO)
        // Ctrl-C must not take along what was typed ahead.
        mode.c_lflag |= tcflag_t(ISIG | NOFLSH)
        set(mode)
        FoundMode.hush(mode)
    }

    /// The terminal as it was found.
    public func restore() {
        guard !isRestored else { return }
        write("\u{1B}[?2004l")
        set(original)
        isRestored = true
    }

    private func set(_ mode: termios) {
        FoundMode.endHush()
        var mode = mode
        unsafe withUnsafeMutableBytes(of: &mode.c_cc) { bytes in
            unsafe bytes[Int(VMIN)] = 1
            unsafe bytes[Int(VTIME)] = 0
        }
        _ = unsafe tcsetattr(input, TCSADRAIN, &mode)
        isRestored = false
    }

    /// Columns and rows; 80 × 24 where the terminal does not say.
    public var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard unsafe ioctl(output, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return (80, 24) }
        return (Int(size.ws_col), size.ws_row > 0 ? Int(size.ws_row) : 24)
    }

    /// Waits for input, at most so long; for ever without a limit.
    public func read(milliseconds: Int? = nil) -> Input {
        var waits = [
            pollfd(fd: input, events: Int16(POLLIN), revents: 0),
            pollfd(fd: WindowSignal.pipe.reader, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let count = unsafe poll(&waits, nfds_t(waits.count), Int32(clamping: milliseconds ?? -1))
            if count < 0 {
                if errno == EINTR { continue }
                return .ended
            }
            if count == 0 { return .nothing }
            if waits[1].revents & Int16(POLLIN) != 0 {
                WindowSignal.pipe.drain()
                return .resized
            }
            var bytes = [UInt8](repeating: 0, count: 4096)
            let got = unsafe Glibc.read(input, &bytes, bytes.count)
            if got < 0, errno == EINTR || errno == EAGAIN { continue }
            return got > 0 ? .bytes(Array(bytes.prefix(got))) : .ended
        }
    }

    /// Writes all of a text; a terminal that is gone is no error here, reading says so.
    public func write(_ text: String) {
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(output, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return }
            done += count
        }
    }
}

/// The terminal's mode as it was found, where a signal handler can reach it.
private enum FoundMode {
    private static let mode = Atomic<UInt>(0)
    private static let descriptor = Atomic<Int32>(-1)
    /// The mode while a query runs: after Ctrl-Z the shell that started this program leaves its own behind.
    private static let hushed = Atomic<UInt>(0)
    private static let isHushed = Atomic(false)
    private static let pasteOff: [UInt8] = Array("\u{1B}[?2004l\u{1B}[?25h".utf8)

    static func keep(_ found: termios, of input: Int32) {
        guard mode.load(ordering: .relaxed) == 0 else { return }
        let place = UnsafeMutablePointer<termios>.allocate(capacity: 1)
        unsafe place.initialize(to: found)
        let other = UnsafeMutablePointer<termios>.allocate(capacity: 1)
        unsafe other.initialize(to: found)
        hushed.store(UInt(bitPattern: other), ordering: .relaxed)
        descriptor.store(input, ordering: .relaxed)
        mode.store(UInt(bitPattern: place), ordering: .releasing)
        _ = pasteOff
        for number in [SIGTERM, SIGHUP] {
            signal(number) { number in
                FoundMode.restore()
                _exit(128 + number)
            }
        }
    }

    /// A query begins, with the terminal in that mode.
    static func hush(_ mode: termios) {
        guard let place = unsafe UnsafeMutablePointer<termios>(bitPattern: hushed.load(ordering: .relaxed)) else {
            return
        }
        unsafe place.pointee = mode
        isHushed.store(true, ordering: .releasing)
        signal(SIGCONT) { _ in FoundMode.hushAgain() }
    }

    static func endHush() { isHushed.store(false, ordering: .relaxed) }

    private static func hushAgain() {
        guard isHushed.load(ordering: .acquiring),
            let mode = unsafe UnsafeMutablePointer<termios>(bitPattern: hushed.load(ordering: .relaxed))
        else { return }
        _ = unsafe tcsetattr(descriptor.load(ordering: .relaxed), TCSADRAIN, mode)
    }

    static func restore() {
        let place = mode.load(ordering: .acquiring)
        guard place != 0, let mode = unsafe UnsafeMutablePointer<termios>(bitPattern: place) else { return }
        let input = descriptor.load(ordering: .relaxed)
        _ = unsafe pasteOff.withUnsafeBufferPointer { unsafe Glibc.write(input, $0.baseAddress, $0.count) }
        _ = unsafe tcsetattr(input, TCSANOW, mode)
    }
}

/// SIGWINCH as bytes of a pipe, so that waiting for keys notices it without a race.
private enum WindowSignal {
    static let pipe = SignalPipe()

    static func watch() {
        // Made before the handler needs it.
        _ = pipe
        signal(SIGWINCH) { _ in WindowSignal.pipe.note() }
    }
}
