internal import Glibc

/// A pipe that a signal handler writes to and that `poll` waits on beside the input, so that no signal is missed between two looks.
struct SignalPipe: Sendable {
    /// -1, from which nothing ever comes, where there was no pipe to be had.
    let reader: Int32
    private let writer: Int32

    init() {
        var pair: [Int32] = [-1, -1]
        guard unsafe pipe(&pair) == 0 else {
            (reader, writer) = (-1, -1)
            return
        }
        for end in pair {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (reader, writer) = (pair[0], pair[1])
    }

    /// Says that the signal came: one call, which a signal handler may make.
    func note() {
        var byte: UInt8 = 0
        _ = unsafe Glibc.write(writer, &byte, 1)
    }

    /// Takes all that was said.
    func drain() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while unsafe Glibc.read(reader, &bytes, bytes.count) > 0 {}
    }
}
