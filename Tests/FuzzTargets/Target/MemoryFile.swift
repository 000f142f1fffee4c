import Glibc

/// A file in memory with a path, for parsers that open files: rewritten for each input, no disk touched.
public struct MemoryFile: ~Copyable {
    private let descriptor: Int32

    public init() {
        var name = Array("/dev/shm/varve-fuzz-XXXXXX".utf8CString)
        descriptor = unsafe mkstemp(&name)
        precondition(descriptor >= 0, "no file in memory")
        // Reached by its descriptor from now on.
        unsafe _ = unlink(name)
    }

    deinit { close(descriptor) }

    /// Where `bytes` can be opened until the next call.
    public func path(holding bytes: [UInt8]) -> String {
        precondition(ftruncate(descriptor, 0) == 0)
        var done = 0
        unsafe bytes.withUnsafeBytes { buffer in
            while done < buffer.count {
                let count = unsafe pwrite(
                    descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(done))
                precondition(count > 0)
                done += count
            }
        }
        return "/proc/self/fd/\(descriptor)"
    }
}
