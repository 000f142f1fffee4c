import ChunkFormat
import Glibc

/// The steps that put one chunk file in its place: written, on disk, read again, named by its bytes.
enum ChunkWriting {
    struct Placed {
        let name: String
        let storedBytes: Int
        /// False where a file of the same bytes was there already.
        let isNew: Bool
        /// Largest |stored − given| over all columns: 0 unless one is of a lossy type.
        let maximumError: Double
    }

    struct Written {
        let name: String
        let size: Int
        let footer: ChunkFooter
    }

    /// Writes a chunk file and makes it durable under its temporary name.
    ///
    /// - Parameter segments: gives every segment in file order; its memory may be used again when it returns
    static func write(
        _ draft: ChunkDraft, to part: String,
        segments: ((borrowing EncodedSegment) throws(StoreError) -> Void) throws(StoreError) -> Void
    ) throws(StoreError) -> Written {
        let file = try FileSystem.create(part, mode: 0o600)
        var output = ChunkOutput()
        var assembly = ChunkAssembly(draft)
        try output.write(draft.header.rawSpan, to: file)
        try segments { (segment) throws(StoreError) in
            assembly.append(segment)
            try output.write(segment.bytes, to: file)
        }
        let (footer, bytes) = assembly.finish()
        try output.write(bytes.rawSpan, to: file)
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
        return Written(name: output.digest.value.description, size: size, footer: footer)
    }

    /// Reads header, trailer and footer back from the file.
    static func verifyEnds(_ path: String, size: Int, footer: ChunkFooter) throws(StoreError) {
        let file = try ChunkFile(path: path)
        guard file.size == size, file.footer == footer else {
            throw StoreError(
                Corruption(
                    path: path, offset: 0, what: "chunk footer", expected: "the one just written",
                    found: "another"))
        }
    }

    /// Gives the file its name among the chunks and makes the name durable.
    static func rename(
        _ part: String, _ written: Written, _ layout: StoreLayout
    ) throws(StoreError) -> Placed {
        let name = written.name
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
        return Placed(
            name: name, storedBytes: written.size, isNew: isNew,
            maximumError: written.footer.columns.reduce(0) { max($0, $1.maximumError) })
    }
}

/// Gathers bytes into large writes, hashes them as they pass, and has the disk begin early.
private struct ChunkOutput: ~Copyable {
    var digest = StreamingDigest()
    private(set) var count = 0
    private var pending: [UInt8] = []
    /// Bytes handed to the kernel, and how many of them it was asked to put on disk.
    private var written = 0
    private var started = 0
    private static let capacity = 1 << 20
    private static let startBytes = 8 << 20

    mutating func write(_ bytes: RawSpan, to file: borrowing OpenFile) throws(StoreError) {
        digest.update(bytes)
        count += bytes.byteCount
        let isLarge = bytes.byteCount >= ChunkOutput.capacity / 2
        if isLarge || pending.count + bytes.byteCount > ChunkOutput.capacity { try flush(to: file) }
        if isLarge {
            try put(bytes, to: file)
        } else {
            unsafe bytes.withUnsafeBytes { unsafe pending.append(contentsOf: $0) }
        }
    }

    mutating func flush(to file: borrowing OpenFile) throws(StoreError) {
        guard !pending.isEmpty else { return }
        let bytes = pending
        pending = []
        try put(bytes.rawSpan, to: file)
        pending = bytes
        pending.removeAll(keepingCapacity: true)
    }

    private mutating func put(_ bytes: RawSpan, to file: borrowing OpenFile) throws(StoreError) {
        try file.writeAll(bytes)
        written += bytes.byteCount
        guard written - started >= ChunkOutput.startBytes else { return }
        // Without it the disk would wait for the fsync, and the fsync for the disk.
        try file.startWriteBack(from: started, count: written - started)
        started = written
    }
}
