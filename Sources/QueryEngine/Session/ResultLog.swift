import Glibc
import QueryLanguage
import TensorFiles

/// One value that was shown at a prompt: what shows it again, not the value itself, which comes to the same bytes.
struct LoggedResult: Sendable {
    /// `@3` for the commands of the shell.
    var number: Int
    var type: String
    /// Seconds since 1970.
    var shownAt: Int
    var provenance: Provenance

    /// Nil for a line that nobody of us wrote.
    init?(line: ArraySlice<UInt8>) {
        guard line.count <= ResultLog.lineLimit, let value = try? BoundedJSON.parse(Array(line), path: "results"),
            let number = value["n"].flatMap({ try? $0.int() }), number > 0, number < Int32.max,
            let type = value["type"].flatMap({ try? $0.string() }), let made = value["made"]?.sourceText
        else { return nil }
        self.number = number
        self.type = type
        shownAt = value["at"].flatMap { try? $0.int() } ?? 0
        provenance = Provenance(json: made)
        guard !provenance.query.isEmpty else { return nil }
    }

    init(number: Int, type: String, shownAt: Int, provenance: Provenance) {
        (self.number, self.type, self.shownAt, self.provenance) = (number, type, shownAt, provenance)
    }

    /// One line, whatever the texts hold.
    var line: String {
        "{\"n\":\(number),\"at\":\(shownAt),\"type\":\(JSONText.quoted(type)),\"made\":\(provenance.json)}\n"
    }
}

/// The values that were shown at the prompts of a store, newest last, in a file beside it: `STORE.results.jsonl`. Where that can't be
/// written, as on read-only media, in a folder of the user's.
///
/// Shells side by side take turns by a lock, each line is one write, and a file that grew too long keeps its newer half.
struct ResultLog: Sendable {
    /// Beside the store, then the user's own.
    let paths: [String]

    /// Bytes of a line, and of the file.
    static let (lineLimit, byteLimit) = (64 << 10, 1 << 20)

    /// - Parameters:
    ///   - store: the store's path
    ///   - id: its identity, for the file in `folder`
    init(store: String, id: String, folder: String?) {
        var store = store
        while store.count > 1, store.hasSuffix("/") { store.removeLast() }
        let id = id.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        paths = [store + ".results.jsonl"] + (id.isEmpty ? [] : folder.map { ["\($0)/results-\(id).jsonl"] } ?? [])
    }

    /// The folder that paths in the queries count from: the store's own.
    var folder: String { paths[0].lastIndex(of: "/").map { String(paths[0][..<$0]) } ?? "." }

    /// What was shown, oldest first; lines of anybody else are left out.
    func list() -> [LoggedResult] {
        paths.flatMap { path -> [LoggedResult] in
            let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
            guard descriptor >= 0 else { return [] }
            defer { close(descriptor) }
            return ResultLog.entries(descriptor, bytes: ResultLog.byteLimit)
        }
    }

    /// Writes a value down under the next number.
    ///
    /// - Returns: the file; nil where none can be written
    func append(type: String, at time: Int, _ provenance: Provenance) -> String? {
        var last = 0
        for path in paths {
            if path != paths.first {
                last = list().map(\.number).max() ?? 0
                ResultLog.makeFolder(of: path)
            }
            if ResultLog.append(type, time, provenance, to: path, after: last) { return path }
        }
        return nil
    }

    private static func append(
        _ type: String, _ time: Int, _ provenance: Provenance, to path: String, after last: Int
    ) -> Bool {
        for _ in 0..<8 {
            let descriptor = unsafe open(
                path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { return false }
            defer { close(descriptor) }
            guard isFile(descriptor), lock(descriptor) else { return false }
            // Another shell may have put a shorter file in its place meanwhile.
            guard isStill(descriptor, path) else { continue }
            let size = Int(lseek(descriptor, 0, SEEK_END))
            let newest = entries(descriptor, bytes: 2 * lineLimit)
            // What was shown a moment ago and is shown again is listed once.
            let isKnown = newest.contains {
                $0.provenance.plan == provenance.plan && $0.provenance.query == provenance.query
                    && $0.provenance.generation == provenance.generation
            }
            guard !isKnown else { return true }
            let number = max(last, newest.last?.number ?? 0) + 1
            let line = LoggedResult(number: number, type: type, shownAt: time, provenance: provenance).line
            guard line.utf8.count <= lineLimit else { return true }
            guard size + line.utf8.count > byteLimit else {
                let opening = size == 0 || endsLine(descriptor, size) ? "" : "\n"
                return write(opening + line, to: descriptor)
            }
            let kept = entries(descriptor, bytes: byteLimit / 2).map(\.line).joined()
            return replace(path, with: kept + line)
        }
        return false
    }

    // MARK: - Files

    private static func isFile(_ descriptor: Int32) -> Bool {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFREG
    }

    private static func isStill(_ descriptor: Int32, _ path: String) -> Bool {
        var (here, there) = (stat(), stat())
        guard unsafe fstat(descriptor, &here) == 0, unsafe lstat(path, &there) == 0 else { return false }
        return here.st_ino == there.st_ino && here.st_dev == there.st_dev
    }

    /// Takes the file's lock: nobody holds it for longer than a write, but a file server may be slow. Three seconds, then the value is not listed.
    private static func lock(_ descriptor: Int32) -> Bool {
        for _ in 0..<3000 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK || errno == EINTR else { return false }
            usleep(1000)
        }
        return false
    }

    private static func endsLine(_ descriptor: Int32, _ size: Int) -> Bool {
        var byte: UInt8 = 0
        let count = unsafe pread(descriptor, &byte, 1, off_t(size - 1))
        return count == 1 && byte == 0x0A
    }

    private static func write(_ text: String, to descriptor: Int32) -> Bool {
        let bytes = Array(text.utf8)
        var written: Int
        repeat { written = unsafe Glibc.write(descriptor, bytes, bytes.count) } while written < 0 && errno == EINTR
        return written == bytes.count
    }

    private static func replace(_ path: String, with text: String) -> Bool {
        let draft = path + ".part"
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return false }
        let isWritten = write(text, to: descriptor)
        close(descriptor)
        guard isWritten, unsafe rename(draft, path) == 0 else {
            _ = unsafe unlink(draft)
            return false
        }
        return true
    }

    /// The entries of the last so many bytes.
    private static func entries(_ descriptor: Int32, bytes limit: Int) -> [LoggedResult] {
        guard isFile(descriptor) else { return [] }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        let start = max(0, size - limit)
        var bytes = [UInt8](repeating: 0, count: max(0, size - start))
        var place = 0
        while place < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes {
                unsafe pread(descriptor, $0.baseAddress?.advanced(by: place), $0.count - place, off_t(start + place))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            place += count
        }
        let lines = bytes[..<place].split(separator: 0x0A, omittingEmptySubsequences: true)
        // The first line of a part may have lost its beginning.
        return lines.dropFirst(start > 0 ? 1 : 0).compactMap { LoggedResult(line: $0) }
    }

    private static func makeFolder(of path: String) {
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            folder += "/" + part
            _ = unsafe mkdir(folder, 0o700)
        }
    }
}
