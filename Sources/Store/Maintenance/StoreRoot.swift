import ChunkFormat
import Crypto
import Dispatch
import Synchronization

/// One digest that stands for all rows of a store: what a lab publishes beside it.
public struct StoreRoot: Sendable, Hashable {
    /// SHA-256 of the lines of all living chunk files, 64 lower-case hexadecimal digits.
    public let root: String
    /// Living chunk files.
    public let chunkFiles: Int
    /// Their bytes.
    public let bytes: Int

    /// Reads every living chunk file, side by side on all cores.
    ///
    /// A line is what `sha256sum chunks/xx/NAME` prints in the store's directory: 64 digits, two blanks, the path, a line feed. The
    /// root is the SHA-256 of the lines, each once, sorted by their bytes. XXH3 names the files and finds rot; this
    /// is a cryptographic digest, which nobody can make other files for.
    ///
    /// - Parameter progress: bytes read so far, and in all; called from any thread, never twice at once
    public static func compute(
        _ path: String, progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(StoreError) -> StoreRoot {
        let snapshot = try Snapshot.open(path)
        let layout = snapshot.layout
        let sizes = Dictionary(
            snapshot.captures.flatMap { $0.groups.flatMap(\.chunks) }.map { ($0.name, $0.storedBytes) },
            uniquingKeysWith: { first, _ in first })
        let names = sizes.keys.sorted()
        let total = sizes.values.reduce(0, +)
        let found = Mutex(Found())
        DispatchQueue.concurrentPerform(iterations: names.count) { index in
            let name = names[index]
            do throws(StoreError) {
                let digest = try sha256(of: layout.chunk(name))
                found.withLock {
                    $0.lines.append("\(digest)  chunks/\(name.prefix(2))/\(name)\n")
                    $0.bytes += sizes[name] ?? 0
                    progress($0.bytes, total)
                }
            } catch {
                found.withLock { $0.errors[index] = error }
            }
        }
        let result = found.withLock { $0 }
        if let first = result.errors.keys.min(), let error = result.errors[first] { throw error }
        return StoreRoot(root: root(of: result.lines), chunkFiles: names.count, bytes: total)
    }

    private struct Found: Sendable {
        var lines: [String] = []
        var bytes = 0
        var errors: [Int: StoreError] = [:]
    }

    /// The lines hold ASCII only: sorted as text is sorted by bytes.
    private static func root(of lines: [String]) -> String {
        var hash = SHA256()
        for line in lines.sorted() { hash.update(data: Array(line.utf8)) }
        return text(hash.finalize())
    }

    private static func sha256(of path: String) throws(StoreError) -> String {
        let file = try ChunkFile(path: path)
        var hash = SHA256()
        var offset = 0
        while offset < file.size {
            let bytes = try file.file.read(at: offset, count: min(1 << 20, file.size - offset))
            hash.update(data: bytes)
            offset += bytes.count
        }
        return text(hash.finalize())
    }

    private static func text(_ digest: SHA256Digest) -> String {
        digest.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count < 2 ? "0" + digits : digits
        }.joined()
    }
}
