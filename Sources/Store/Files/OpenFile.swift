import CSystem
import ChunkFormat
import Glibc

/// An open file, closed with its owner.
struct OpenFile: ~Copyable, Sendable {
    private var descriptor: Int32
    private var isLocked = false
    let path: String

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        guard descriptor >= 0 else { return }
        unlock()
        _ = Glibc.close(descriptor)
    }

    /// Closes and says whether that went well, as a late write error may show only here.
    consuming func close() throws(StoreError) {
        unlock()
        let result = Glibc.close(descriptor)
        let code = errno
        descriptor = -1
        // After EINTR the descriptor is closed on Linux; a second close could hit another file.
        if result != 0 && code != EINTR { throw FileSystem.failure("close", path, code) }
    }

    var size: Int {
        get throws(StoreError) {
            var status = stat()
            guard unsafe fstat(descriptor, &status) == 0 else { throw FileSystem.failure("fstat", path) }
            return Int(status.st_size)
        }
    }

    /// Writes every byte, however many calls that takes.
    func writeAll(_ bytes: RawSpan) throws(StoreError) {
        var done = 0
        while done < bytes.byteCount {
            let rest = bytes.extracting(done..<bytes.byteCount)
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                done += count
            } else if count == 0 {
                throw FileSystem.failure("write", path, EIO)
            } else if errno != EINTR {
                throw FileSystem.failure("write", path)
            }
        }
    }

    /// Fills the target from `offset` on; a file that ends before is damaged.
    func read(at offset: Int, into target: inout MutableRawSpan) throws(StoreError) {
        let wanted = target.byteCount
        var done = 0
        var code: Int32 = 0
        unsafe target.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            while done < wanted {
                let count = unsafe pread(descriptor, base + done, wanted - done, off_t(offset + done))
                if count > 0 {
                    done += count
                } else if count == 0 {
                    return
                } else if errno != EINTR {
                    code = errno
                    return
                }
            }
        }
        if code != 0 { throw FileSystem.failure("read", path, code) }
        guard done == wanted else {
            throw StoreError(
                Corruption(
                    path: path, offset: offset + done, what: "file", expected: "\(wanted - done) more bytes",
                    found: "its end"))
        }
    }

    func read(at offset: Int, count: Int) throws(StoreError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        var raw = unsafe span.mutableBytes
        try read(at: offset, into: &raw)
        return bytes
    }

    /// Makes everything written survive power loss. A failure is final: the kernel may have dropped the pages.
    func synchronize() throws(StoreError) {
        if fsync(descriptor) != 0 { throw FileSystem.failure("fsync", path) }
    }

    /// Asks the kernel to begin writing a range to disk; promises nothing.
    func startWriteBack(from offset: Int, count: Int) throws(StoreError) {
        if sync_file_range(descriptor, off_t(offset), off_t(count), varve_sync_file_range_write) == 0 { return }
        // File systems and kernels without it still obey the fsync that follows; a write error is one here as well.
        if errno == ENOSYS || errno == EINVAL || errno == ESPIPE || errno == EOPNOTSUPP { return }
        throw FileSystem.failure("sync_file_range", path)
    }

    func setMode(_ mode: mode_t) throws(StoreError) {
        if fchmod(descriptor, mode) != 0 { throw FileSystem.failure("fchmod", path) }
    }

    /// Takes the lock of the whole file until this file closes; false where another holds it.
    mutating func lock(exclusively: Bool) throws(StoreError) -> Bool {
        while true {
            if flock(descriptor, (exclusively ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 {
                isLocked = true
                return true
            }
            if errno == EWOULDBLOCK { return false }
            if errno != EINTR { throw FileSystem.failure("flock", path) }
        }
    }

    /// Closing alone would leave the lock to a process that was just forked and has not come to its own program yet.
    private func unlock() { if isLocked { _ = flock(descriptor, LOCK_UN) } }
}
