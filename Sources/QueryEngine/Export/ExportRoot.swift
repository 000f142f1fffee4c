import Glibc

/// The folder below which `export` may write. No path leaves it, no link is followed, nothing is overwritten unasked.
struct ExportRoot {
    var path: String

    /// What is wrong with an export path.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// Writes a whole file: into a temporary name first, so that a reader never sees half of it.
    ///
    /// Every folder on the way is opened by itself without following links, which is what keeps the file below the root.
    func write(_ bytes: [UInt8], to relative: String, overwrite: Bool) throws(Failure) {
        let parts = relative.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard !relative.hasPrefix("/"), !parts.isEmpty, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }),
            !relative.utf8.contains(0)
        else {
            throw Failure(
                description: "\(relative): an export path stays below the export folder: no `/` first, no `..`")
        }
        var folder = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failure(path, "can't open the export folder") }
        defer { close(folder) }
        for part in parts.dropLast() {
            if unsafe mkdirat(folder, part, 0o755) != 0, errno != EEXIST {
                throw failure(relative, "can't make folder \(part)")
            }
            let next = unsafe openat(folder, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard next >= 0 else { throw failure(relative, "folder \(part) can't be opened (links are not followed)") }
            close(folder)
            folder = next
        }
        let name = parts[parts.count - 1]
        if !overwrite, unsafe faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 {
            throw Failure(description: "\(relative): there is a file already; run with --force to write over it")
        }
        let temporary = ".\(name).\(getpid()).part"
        let file = unsafe openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure(relative, "can't write") }
        var isDone = false
        defer { if !isDone { unsafe unlinkat(folder, temporary, 0) } }
        var written = 0
        let span = bytes.span
        while written < span.count {
            let part = span.extracting(written..<span.count)
            let count = unsafe part.withUnsafeBufferPointer { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                close(file)
                throw failure(relative, "can't write")
            }
            written += count
        }
        guard close(file) == 0 else { throw failure(relative, "can't write") }
        guard unsafe renameat(folder, temporary, folder, name) == 0 else {
            throw failure(relative, "can't name the file")
        }
        isDone = true
    }

    private func failure(_ path: String, _ what: String) -> Failure {
        let reason = unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)"
        return Failure(description: "\(path): \(what): \(reason)")
    }
}
