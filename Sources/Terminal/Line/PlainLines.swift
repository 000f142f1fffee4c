internal import Glibc

/// Lines from a terminal that can't move its cursor: the terminal itself edits them, and Ctrl-C drops the line instead of ending the program.
///
/// Used by one thread.
public final class PlainLines {
    /// What reading a line brought.
    public enum Line: Sendable, Hashable {
        /// Without its line end.
        case text(String)
        /// Ctrl-C.
        case interrupted
        case ended
    }

    private let input: Int32
    private var pending: [UInt8] = []
    private var isAtEnd = false

    public init(input: Int32 = 0) { self.input = input }

    /// Takes Ctrl-C from here on. It belongs before the prompt: whoever sees one may press the key before the line is waited for.
    public func watch() { BreakSignal.watch() }

    /// Waits for the next line. Whoever does something long between two lines has a handler of its own, and calls `watch` behind it.
    public func next() -> Line {
        var waits = [
            pollfd(fd: input, events: Int16(POLLIN), revents: 0),
            pollfd(fd: BreakSignal.pipe.reader, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            if let end = pending.firstIndex(of: 0x0A) {
                defer { pending.removeSubrange(...end) }
                return .text(String(decoding: pending[..<end], as: UTF8.self))
            }
            guard !isAtEnd else {
                defer { pending = [] }
                return pending.isEmpty ? .ended : .text(String(decoding: pending, as: UTF8.self))
            }
            let count = unsafe poll(&waits, nfds_t(waits.count), -1)
            if count < 0, errno != EINTR { return .ended }
            guard count > 0 else { continue }
            if waits[1].revents & Int16(POLLIN) != 0 {
                BreakSignal.pipe.drain()
                pending = []
                return .interrupted
            }
            var bytes = [UInt8](repeating: 0, count: 4096)
            let got = unsafe Glibc.read(input, &bytes, bytes.count)
            if got < 0, errno == EINTR || errno == EAGAIN { continue }
            if got > 0 { pending += bytes.prefix(got) } else { isAtEnd = true }
        }
    }
}

/// SIGINT as bytes of a pipe: whoever waits for a line notices it, whatever thread it comes to.
private enum BreakSignal {
    static let pipe = SignalPipe()

    static func watch() {
        // Made before the handler needs it.
        _ = pipe
        signal(SIGINT) { _ in BreakSignal.pipe.note() }
    }
}
