import Foundation
import Glibc
import Synchronization

/// A process of `StoreDriver`, with the shim before it.
struct Child {
    enum End: Equatable {
        case exited(Int32)
        case killed(Int32)
        /// It was still running after the time limit and was killed.
        case hung
    }

    let end: End
    let output: String

    private static let starting = Mutex(())

    /// The lines that acknowledge something.
    var marks: [String] { output.split(separator: "\n").map(String.init) }

    /// Runs to the end, or for `limit` seconds.
    ///
    /// - Parameters:
    ///   - variables: of the shim
    ///   - killAfter: microseconds after which it is killed as if the power failed; nil for never
    init(
        _ tools: Tools, _ arguments: [String], _ variables: [String: String], limit: Double = 20,
        killAfter: UInt32? = nil
    ) throws {
        var ends: [Int32] = [-1, -1]
        var environment = ProcessInfo.processInfo.environment
        for (name, value) in variables { environment[name] = value }
        environment["SWIFT_BACKTRACE"] = "enable=no"
        // One at a time: another child must not inherit this one's end of the pipe.
        let pid = try Child.starting.withLock { _ in
            guard unsafe pipe(&ends) == 0 else { throw ProofError("pipe: error \(errno)") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return try Child.spawn(
                tools.driver, arguments, environment.map { "\($0.key)=\($0.value)" }, output: ends[1])
        }
        _ = close(ends[1])
        if let killAfter {
            usleep(killAfter)
            kill(pid, SIGKILL)
        }
        let (bytes, isLate) = Child.read(ends[0], limit: limit)
        _ = close(ends[0])
        if isLate { kill(pid, SIGKILL) }
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
        output = String(decoding: bytes, as: UTF8.self)
        if isLate {
            end = .hung
        } else {
            let signal = status & 0x7F
            end = signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal)
        }
    }

    /// Everything until the end of the pipe; late if that takes longer than the limit.
    private static func read(_ descriptor: Int32, limit: Double) -> (bytes: [UInt8], isLate: Bool) {
        var bytes: [UInt8] = []
        let start = Date()
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let left = limit - Date().timeIntervalSince(start)
            guard left > 0 else { return (bytes, true) }
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = unsafe poll(&request, 1, Int32(left * 1000) + 1)
            if ready == 0 { return (bytes, true) }
            if ready < 0 { continue }
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count <= 0 { return (bytes, false) }
            bytes += buffer[..<count]
        }
    }

    private static func spawn(
        _ program: String, _ arguments: [String], _ environment: [String], output: Int32
    ) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe _ = posix_spawn_file_actions_init(&actions)
        defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
        unsafe _ = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe _ = posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe _ = posix_spawn_file_actions_adddup2(&actions, output, 2)
        var pid: pid_t = 0
        let words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        let variables = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer { unsafe (words + variables).forEach { unsafe free($0) } }
        let code = unsafe posix_spawn(&pid, program, &actions, nil, words, variables)
        guard code == 0 else { throw ProofError("\(program): can't be started: error \(code)") }
        return pid
    }
}

/// Where the build put the child and the shim.
public struct Tools: Sendable {
    let driver: String
    let shim: String
    /// A directory on a fast file system that everything happens in.
    let scratch: String

    /// Looks beside the running program, whose own folder depends on who runs it.
    public init(scratch: String) throws {
        self.scratch = scratch
        var folder = URL(fileURLWithPath: CommandLine.arguments.first ?? "").resolvingSymlinksInPath()
        for _ in 0..<4 {
            folder.deleteLastPathComponent()
            let shim = folder.appendingPathComponent("libFaultShim.so").path
            let driver = folder.appendingPathComponent("StoreDriver").path
            if FileManager.default.fileExists(atPath: shim), FileManager.default.isExecutableFile(atPath: driver) {
                self.shim = shim
                self.driver = driver
                return
            }
        }
        throw ProofError("StoreDriver and libFaultShim.so are not beside \(CommandLine.arguments.first ?? "")")
    }

    /// A new directory name below the scratch directory.
    public func place(_ name: String) -> String { scratch + "/" + name }

    /// A directory that nothing else uses, on memory where there is some.
    public static func makeScratch() throws -> String {
        let base = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
        let path = base + "/varve-proof-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}
