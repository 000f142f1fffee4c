import Glibc
import QueryLanguage
import Synchronization
import TensorFiles

/// The types of data files, found by reading them: the last ones are remembered with the state of the file, as a query is checked with every
/// key that is typed behind `read`.
final class FileTypes: Sendable {
    /// What changes when a file is written.
    private struct State: Equatable, Sendable {
        var device: UInt
        var file: UInt
        var bytes: Int
        var seconds: Int
        var nanoseconds: Int

        init?(_ path: String) {
            var status = stat()
            guard !path.utf8.contains(0), unsafe stat(path, &status) == 0 else { return nil }
            (device, file, bytes) = (UInt(status.st_dev), UInt(status.st_ino), Int(status.st_size))
            (seconds, nanoseconds) = (Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec))
        }
    }

    private let known = Mutex<[(path: String, state: State, type: QueryType)]>([])

    /// Files remembered.
    private static let limit = 8

    /// The type of what a file holds.
    func type(of path: String) throws(FileError) -> QueryType {
        let state = State(path)
        if let found = known.withLock({ $0.first { $0.path == path && $0.state == state } }) { return found.type }
        let type = try DataFile(path: path).type
        guard let state, State(path) == state else { return type }
        known.withLock { known in
            known.removeAll { $0.path == path }
            if known.count == FileTypes.limit { known.removeFirst() }
            known.append((path, state, type))
        }
        return type
    }
}
