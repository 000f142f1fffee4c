import ChunkFormat
import Glibc

/// An open chunk file whose header, trailer and footer were read and checked.
struct ChunkFile: ~Copyable, Sendable {
    let file: OpenFile
    let path: String
    let header: ChunkHeader
    let footer: ChunkFooter
    let size: Int

    init(path: String) throws(StoreError) {
        let opened = try OpenFile.chunk(path)
        let length = try opened.size
        let (header, footer) = try ChunkFile.directory(of: opened, size: length)
        self.path = path
        self.header = header
        self.footer = footer
        size = length
        file = opened
    }

    /// What opening a store for writing looks at in each chunk file.
    struct Ends {
        let path: String
        let size: Int
        let header: ChunkHeader
    }

    /// Reads and checks header and trailer, and that the file is as long as they say. The footer is left alone.
    static func ends(path: String) throws(StoreError) -> Ends {
        let file = try OpenFile.chunk(path)
        let size = try file.size
        return Ends(path: path, size: size, header: try ends(of: file, size: size).header)
    }

    private static func ends(
        of file: borrowing OpenFile, size: Int
    ) throws(StoreError) -> (header: ChunkHeader, trailer: ChunkTrailer) {
        let path = file.path
        guard size >= ChunkHeader.byteCount + ChunkTrailer.byteCount else {
            throw StoreError(
                Corruption(
                    path: path, offset: size, what: "chunk file",
                    expected: "at least \(ChunkHeader.byteCount + ChunkTrailer.byteCount) bytes", found: "\(size)"))
        }
        let head = try file.read(at: 0, count: ChunkHeader.byteCount)
        let tail = try file.read(at: size - ChunkTrailer.byteCount, count: ChunkTrailer.byteCount)
        let header = try orStoreError { () throws(Corruption) in try ChunkHeader(head, path: path) }
        let trailer = try orStoreError { () throws(Corruption) in
            try ChunkTrailer(tail, fileLength: size, path: path)
        }
        return (header, trailer)
    }

    private static func directory(
        of file: borrowing OpenFile, size: Int
    ) throws(StoreError) -> (ChunkHeader, ChunkFooter) {
        let path = file.path
        let (header, trailer) = try ends(of: file, size: size)
        let bytes = try file.read(at: trailer.footerOffset, count: trailer.footerLength)
        return (
            header,
            try orStoreError { () throws(Corruption) in
                try ChunkFooter(bytes, version: header.version, trailer: trailer, path: path)
            }
        )
    }

    /// Reads one block, checks its stored bytes and decodes it into all of `target`.
    func decode(
        _ block: BlockEntry, shape: BlockShape, what: @autoclosure () -> String, into target: inout MutableRawSpan
    ) throws(StoreError) {
        var scratch = DecodeScratch()
        let stored = try file.read(at: block.offset, count: block.storedLength)
        do throws(Corruption) {
            try BlockDecoder.decode(
                stored.rawSpan, entry: block, shape: shape, scratch: &scratch, into: &target, path: path, what: what())
        } catch {
            throw StoreError(error)
        }
    }

    /// XXH3-128 of the whole file: what its name must be.
    func contentDigest() throws(StoreError) -> Digest128 {
        var digest = StreamingDigest()
        var offset = 0
        while offset < size {
            let count = min(1 << 20, size - offset)
            let bytes = try file.read(at: offset, count: count)
            digest.update(bytes.rawSpan)
            offset += count
        }
        return digest.value
    }
}

extension OpenFile {
    /// Opens a chunk file for reading; a missing one is a damaged store.
    fileprivate static func chunk(_ path: String) throws(StoreError) -> OpenFile {
        do throws(StoreError) {
            return try FileSystem.open(path, O_RDONLY | O_NOFOLLOW)
        } catch {
            guard error.kind == .missing else { throw error }
            throw StoreError(
                Corruption(path: path, offset: 0, what: "chunk file", expected: "a file", found: "nothing"))
        }
    }
}

/// Wraps what the format's parsers throw.
func orStoreError<T>(_ body: () throws(Corruption) -> T) throws(StoreError) -> T {
    do throws(Corruption) {
        return try body()
    } catch {
        throw StoreError(error)
    }
}
