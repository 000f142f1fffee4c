internal import Foundation
internal import TensorFiles

/// What a model has said so far, on disk beside the store: generating is slow, and an interruption must not cost it.
///
/// One line a prompt, `{"id":"a7","tokens":[3,5]}`, appended as it comes; a line that an interruption has cut short does not
/// count. The file's name is a digest of everything that decides the tokens.
struct GenerationJournal {
    /// `my.varve-generated/DIGEST.jsonl`.
    let path: String
    private let folder: String

    /// - Parameter store: the store's directory.
    init(store: String, digest: String) {
        var store = store
        while store.count > 1, store.hasSuffix("/") { store.removeLast() }
        folder = store + "-generated"
        path = "\(folder)/\(digest).jsonl"
    }

    /// The tokens of every prompt that is there whole, by its id's bytes.
    func read() throws(FileError) -> [[UInt8]: [UInt32]] {
        guard InputFile.exists(path) else { return [:] }
        let bytes = try InputFile(path: path).contents(limit: BoundedJSON.maximumSize)
        var found: [[UInt8]: [UInt32]] = [:]
        var number = 0
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
            number += 1
            // Whatever is no such line was cut short, and the prompt is generated again.
            guard let json = try? BoundedJSON.parse(Array(line), path: path, firstLine: number),
                let id = try? json.member("id").string(), let elements = try? json.member("tokens").elements()
            else { continue }
            let tokens = elements.compactMap { try? UInt32($0.int(in: 0...Int(UInt32.max))) }
            found[Array(id.utf8)] = tokens
        }
        return found
    }

    /// Adds prompts, durably.
    func append(_ entries: [(id: String, tokens: [UInt32])]) throws {
        let files = FileManager.default
        try files.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        if !files.fileExists(atPath: path) {
            guard files.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
                throw FileError(path: path, problem: "cannot be written", mend: "make the folder writable")
            }
        }
        // A line that was cut short ends here, so that the next one begins a line of its own.
        var text = ""
        for entry in entries {
            var line = JSONWriter()
            line.beginObject()
            line.key("id")
            line.string(entry.id)
            line.key("tokens")
            line.beginArray()
            for token in entry.tokens { line.int(Int(token)) }
            line.endArray()
            line.endObject()
            text += line.text + "\n"
        }
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        let end = try handle.seekToEnd()
        if end > 0 {
            try handle.seek(toOffset: end - 1)
            if try handle.read(upToCount: 1) != Data([0x0A]) { text = "\n" + text }
            try handle.seekToEnd()
        }
        try handle.write(contentsOf: Data(text.utf8))
        try handle.synchronize()
    }
}
