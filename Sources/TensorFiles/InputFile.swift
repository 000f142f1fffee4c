internal import Glibc

/// A regular file opened for reading with `pread`, so that truncation by another process is an error and not a signal.
public final class InputFile: Sendable {
    /// As it was given.
    public let path: String
    /// Size when it was opened.
    public let byteCount: Int
    private let descriptor: Int32

    /// Refuses what is not a regular file: a pipe would hang and a device has no size.
    public init(path: String) throws(FileError) {
        guard !path.utf8.contains(0) else {
            throw FileError(path: path, problem: "the path holds a NUL byte")
        }
        let descriptor = unsafe path.withCString { unsafe Glibc.open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { throw FileError.system(path, doing: "open", code: errno) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            let code = errno
            close(descriptor)
            throw FileError.system(path, doing: "inspect", code: code)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileError(
                path: path, problem: status.st_mode & S_IFMT == S_IFDIR ? "is a directory" : "is not a regular file",
                mend: "give the path of a file")
        }
        self.path = path
        self.descriptor = descriptor
        byteCount = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// Fills `target` from byte `offset` on, or fails; never reads less.
    public func read(into target: inout MutableRawSpan, at offset: Int) throws(FileError) {
        let count = target.byteCount
        guard offset >= 0, offset <= byteCount, count <= byteCount - offset else {
            throw FileError(
                path: path, place: .byte(offset),
                problem: "expected \(count) bytes here, the file has \(byteCount) in all",
                mend: "the file is cut short: copy or download it again")
        }
        var code: Int32 = 0
        var done = 0
        unsafe target.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            while done < count {
                let got = unsafe pread(descriptor, start + done, count - done, off_t(offset + done))
                if got > 0 {
                    done += got
                } else if got == 0 {
                    break
                } else if errno != EINTR {
                    code = errno
                    break
                }
            }
        }
        if code != 0 { throw FileError.system(path, doing: "read", code: code) }
        guard done == count else {
            throw FileError(
                path: path, place: .byte(offset + done), problem: "the file was cut short while it was read",
                mend: "let no other process write to it")
        }
    }

    /// `count` bytes from `offset` on. The range is checked before memory is taken.
    public func bytes(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        guard offset >= 0, count >= 0, offset <= byteCount, count <= byteCount - offset else {
            throw FileError(
                path: path, place: .byte(max(0, offset)),
                problem: "expected \(count) bytes here, the file has \(byteCount) in all",
                mend: "the file is cut short: copy or download it again")
        }
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        var raw = unsafe span.mutableBytes
        try read(into: &raw, at: offset)
        return bytes
    }

    /// The whole file, which must not be larger than `limit` bytes.
    public func contents(limit: Int) throws(FileError) -> [UInt8] {
        guard byteCount <= limit else {
            throw FileError(path: path, problem: "has \(byteCount) bytes, the limit for this kind of file is \(limit)")
        }
        return try bytes(at: 0, count: byteCount)
    }

    /// Whether something, of whatever kind, lies at `path`.
    public static func exists(_ path: String) -> Bool {
        unsafe path.withCString { unsafe access($0, F_OK) } == 0
    }
}

extension FileError {
    static func system(_ path: String, doing verb: String, code: Int32) -> FileError {
        let reason = unsafe String(cString: strerror(code))
        let mend: String? =
            switch code {
            case ENOENT: "check the path"
            case EACCES, EPERM: "check the permissions"
            case ENOSPC: "free some room"
            default: nil
            }
        return FileError(path: path, problem: "cannot \(verb): \(reason)", mend: mend)
    }
}
