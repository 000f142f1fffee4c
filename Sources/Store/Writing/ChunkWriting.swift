import ChunkFormat
import Glibc

/// Puts one chunk file in its place: written, on disk, read again, named by its bytes.
enum ChunkWriting {
    struct Placed {
        let name: String
        let storedBytes: Int
        /// False where a file of the same bytes was there already.
        let isNew: Bool
    }

    static func place(
        _ builder: consuming ChunkBuilder, footer: ChunkFooter, attachments: [(name: String, bytes: [UInt8])],
        layout: StoreLayout
    ) throws(StoreError) -> Placed {
        let key = builder.planned.key
        let part = layout.temporary + "/" + key.description
        do throws(StoreError) {
            let encoder = ChunkEncoder(key: key, footer: footer, attachments: attachments)
            let (name, size, written) = try write(encoder, builder.buffers, to: part)
            try verifyEnds(part, size: size, footer: written)
            return try rename(part, name: name, size: size, layout)
        } catch {
            // After a failed fsync the file's pages may be lost: nothing of it is used again.
            try? FileSystem.remove(part)
            throw error
        }
    }

    private static func write(
        _ encoder: consuming ChunkEncoder, _ buffers: borrowing ColumnBuffers, to part: String
    ) throws(StoreError) -> (name: String, size: Int, footer: ChunkFooter) {
        let file = try FileSystem.create(part, mode: 0o600)
        var output = HashingOutput()
        let footer = try encoder.encode(buffers) { (bytes) throws(StoreError) in
            try output.write(bytes, to: file)
        }
        try output.flush(to: file)
        let size = try file.size
        guard size == output.count else {
            throw StoreError(
                Corruption(
                    path: part, offset: min(size, output.count), what: "chunk file",
                    expected: "\(output.count) bytes", found: "\(size)"))
        }
        try file.setMode(0o440)
        try file.synchronize()
        try file.close()
        return (output.digest.value.description, output.count, footer)
    }

    /// Reads header, trailer and footer back from the file.
    private static func verifyEnds(_ path: String, size: Int, footer: ChunkFooter) throws(StoreError) {
        let file = try ChunkFile(path: path)
        guard file.size == size, file.footer == footer else {
            throw StoreError(
                Corruption(
                    path: path, offset: 0, what: "chunk footer", expected: "the one just written",
                    found: "another"))
        }
    }

    private static func rename(
        _ part: String, name: String, size: Int, _ layout: StoreLayout
    ) throws(StoreError) -> Placed {
        let directory = layout.chunkDirectory(name)
        let isNewDirectory = try FileSystem.makeDirectory(directory)
        let target = layout.chunk(name)
        let isNew = try FileSystem.renameExclusively(part, target)
        if !isNew {
            let found = try ChunkFile(path: target).contentDigest().description
            guard found == name else {
                throw StoreError(
                    Corruption(
                        path: target, offset: 0, what: "chunk file", expected: "bytes that hash to its name",
                        found: found))
            }
            try FileSystem.remove(part)
        }
        try FileSystem.synchronizeDirectory(directory)
        if isNewDirectory { try FileSystem.synchronizeDirectory(layout.chunks) }
        try FileSystem.synchronizeDirectory(layout.temporary)
        return Placed(name: name, storedBytes: size, isNew: isNew)
    }
}

/// Gathers bytes into large writes and hashes them as they pass.
private struct HashingOutput: ~Copyable {
    var digest = StreamingDigest()
    private(set) var count = 0
    private var pending: [UInt8] = []
    private static let capacity = 1 << 20

    mutating func write(_ bytes: RawSpan, to file: borrowing OpenFile) throws(StoreError) {
        digest.update(bytes)
        count += bytes.byteCount
        if pending.count + bytes.byteCount > HashingOutput.capacity { try flush(to: file) }
        if bytes.byteCount >= HashingOutput.capacity {
            try file.writeAll(bytes)
        } else {
            unsafe bytes.withUnsafeBytes { unsafe pending.append(contentsOf: $0) }
        }
    }

    mutating func flush(to file: borrowing OpenFile) throws(StoreError) {
        try file.writeAll(pending.rawSpan)
        pending.removeAll(keepingCapacity: true)
    }
}
