import CSystem
import Glibc

/// One function for each system call that the store makes, so that a failure has one place and one message.
enum FileSystem {
    /// - Parameter code: errno; `path` is what the call was about
    static func failure(_ call: String, _ path: String, _ code: Int32 = errno) -> StoreError {
        let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        switch code {
        case ENOENT: return StoreError(.missing, "\(path): \(reason)")
        case ENOSPC, EDQUOT:
            return StoreError(
                .noRoom(needed: 0, free: 0), "\(path): the file system is full; what was committed is kept")
        case EROFS, EACCES, EPERM: return StoreError(.readOnly, "\(path): \(call): \(reason)")
        default: return StoreError(.io(code), "\(path): \(call): \(reason)")
        }
    }

    static func open(_ path: String, _ flags: Int32, mode: mode_t = 0) throws(StoreError) -> OpenFile {
        while true {
            // Without waiting: a pipe in a file's place is then a short file, not a hang.
            let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC | O_NONBLOCK, mode)
            if descriptor >= 0 { return OpenFile(descriptor: descriptor, path: path) }
            if errno != EINTR { throw failure("open", path) }
        }
    }

    /// Creates a file that must not exist yet, for writing; never follows a link.
    static func create(_ path: String, mode: mode_t) throws(StoreError) -> OpenFile {
        try open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
    }

    /// False where the directory is there already.
    @discardableResult
    static func makeDirectory(_ path: String) throws(StoreError) -> Bool {
        if unsafe mkdir(path, 0o700) == 0 { return true }
        if errno == EEXIST, try attributes(path)?.isDirectory == true { return false }
        throw failure("mkdir", path, EEXIST)
    }

    /// Renames without replacing; false where the new name is taken.
    static func renameExclusively(_ old: String, _ new: String) throws(StoreError) -> Bool {
        if unsafe renameat2(AT_FDCWD, old, AT_FDCWD, new, varve_rename_noreplace) == 0 { return true }
        if errno == EEXIST { return false }
        throw failure("rename", old)
    }

    /// Gives a file a second name without replacing; false where that name is taken, nil where the file system or the file's
    /// owner allows no second name.
    static func link(_ old: String, _ new: String) throws(StoreError) -> Bool? {
        if unsafe Glibc.link(old, new) == 0 { return true }
        switch errno {
        case EEXIST: return false
        case EPERM, EMLINK, ENOSYS, EOPNOTSUPP: return nil
        default: throw failure("link", old)
        }
    }

    static func remove(_ path: String) throws(StoreError) {
        if unsafe unlink(path) != 0 { throw failure("unlink", path) }
    }

    /// Makes the names in a directory survive power loss.
    static func synchronizeDirectory(_ path: String) throws(StoreError) {
        let handle = try open(path, O_RDONLY | O_DIRECTORY)
        try handle.synchronize()
    }

    /// nil where nothing is at the path. A link at the end is not followed.
    static func attributes(_ path: String) throws(StoreError) -> FileAttributes? {
        var status = stat()
        if unsafe lstat(path, &status) == 0 { return FileAttributes(status) }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw failure("stat", path)
    }

    /// The names in a directory, sorted.
    static func names(in path: String) throws(StoreError) -> [String] {
        guard let directory = unsafe opendir(path) else { throw failure("opendir", path) }
        defer { unsafe _ = closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Bytes that this user may still write on the path's file system.
    static func freeBytes(_ path: String) throws(StoreError) -> Int {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else { throw failure("statvfs", path) }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return overflow ? Int.max : Int(exactly: bytes) ?? Int.max
    }

    /// Every byte of a small file.
    static func contents(_ path: String, limit: Int) throws(StoreError) -> [UInt8] {
        let handle = try open(path, O_RDONLY)
        let size = try handle.size
        guard size <= limit else {
            throw StoreError(.notAStore, "\(path): \(size) bytes, where at most \(limit) make sense")
        }
        return try handle.read(at: 0, count: size)
    }
}

/// What `lstat` says.
struct FileAttributes {
    let isDirectory: Bool
    let isFile: Bool
    let size: Int
    /// Nanoseconds since 1970.
    let modified: Int

    init(_ status: stat) {
        isDirectory = status.st_mode & S_IFMT == S_IFDIR
        isFile = status.st_mode & S_IFMT == S_IFREG
        size = Int(status.st_size)
        modified = Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
    }
}
