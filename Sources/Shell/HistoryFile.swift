internal import Glibc
public import Terminal

/// The entries typed at one store's prompt, kept from session to session: `$XDG_STATE_HOME/varve/history-ID`, or below `~/.local/state`.
///
/// Outside the store, which nothing but ingest and maintenance writes, and which may be on read-only media. Where the file can't be read
/// or written there is no history, and no error: nobody's query depends on it.
public struct HistoryFile: Sendable {
    /// Nil where the environment names no home.
    let path: String?

    /// - Parameter store: the store's id, so that a store that moves keeps its history.
    public init(store: String) {
        let id = String(store.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
        guard let folder = HistoryFile.folder(), !id.isEmpty else {
            path = nil
            return
        }
        path = folder + "/history-" + id
    }

    /// The folder of what varve keeps for its user from session to session.
    static func folder() -> String? {
        if let state = UserFile.variable("XDG_STATE_HOME"), state.hasPrefix("/") { return state + "/varve" }
        return UserFile.variable("HOME").map { $0 + "/.local/state/varve" }
    }

    /// Most bytes that are read: the newest.
    private static let limit = 4 << 20

    /// The entries, oldest first.
    public func read() -> LineHistory {
        guard let path, let file = UserFile.bytes(path, limit: HistoryFile.limit, newest: true) else {
            return LineHistory()
        }
        // The first line of a part may have lost its beginning.
        let start = file.isCut ? file.bytes.firstIndex(of: UInt8(ascii: "\n")) ?? file.bytes.endIndex : 0
        return LineHistory(lines: file.bytes[start...])
    }

    /// Adds an entry that the history keeps. One write at the end of the file: two shells side by side don't mix their lines.
    public func append(_ entry: String) {
        var history = LineHistory()
        guard let path, history.add(entry) else { return }
        HistoryFile.makeFolders(of: path)
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let line = Array((LineHistory.line(of: entry) + "\n").utf8)
        _ = unsafe write(descriptor, line, line.count)
    }

    private static func makeFolders(of path: String) {
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            folder += "/" + part
            _ = unsafe mkdir(folder, 0o700)
        }
    }
}
