import Glibc

/// A folder in memory for parsers that look for files beside one another; gone with its owner.
public struct MemoryFolder: ~Copyable {
    public let path: String
    private var names: [String] = []

    public init() {
        var name = Array("/dev/shm/varve-fuzz-XXXXXX".utf8CString)
        let made = unsafe mkdtemp(&name)
        precondition(unsafe made != nil, "no folder in memory")
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Writes a file of the folder.
    public mutating func write(_ name: String, _ bytes: [UInt8]) {
        let descriptor = unsafe open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        precondition(descriptor >= 0, "no file in memory")
        names.append(name)
        var done = 0
        unsafe bytes.withUnsafeBytes { buffer in
            while done < buffer.count {
                let count = unsafe Glibc.write(
                    descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
                precondition(count > 0)
                done += count
            }
        }
        close(descriptor)
    }

    deinit {
        for name in names { _ = unsafe unlink("\(path)/\(name)") }
        _ = unsafe rmdir(path)
    }
}
