import Glibc

/// The names inside a store's directory.
struct StoreLayout: Sendable, Hashable {
    let path: String

    init(_ path: String) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
    }

    var descriptor: String { path + "/STORE.json" }
    var catalog: String { path + "/catalog.sqlite" }
    var chunks: String { path + "/chunks" }
    var temporary: String { path + "/tmp" }
    var quarantine: String { path + "/quarantine" }
    var writerLock: String { path + "/writer.lock" }
    var readersLock: String { path + "/readers.lock" }

    /// The directory that holds the store's own.
    var parent: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The directory of chunk files whose digest begins like `name`.
    func chunkDirectory(_ name: String) -> String { chunks + "/" + name.prefix(2) }

    func chunk(_ name: String) -> String { chunkDirectory(name) + "/" + name }

    /// Everything that a store that is being created may hold.
    static let names: Set<String> = [
        "STORE.json", "catalog.sqlite", "catalog.sqlite-journal", "chunks", "tmp", "quarantine", "writer.lock",
        "readers.lock",
    ]

    /// Every file below chunks/, as (directory name, file name).
    func chunkFiles() throws(StoreError) -> [(directory: String, name: String)] {
        var files: [(String, String)] = []
        for directory in try FileSystem.names(in: chunks) {
            for name in try FileSystem.names(in: chunks + "/" + directory) { files.append((directory, name)) }
        }
        return files
    }
}
