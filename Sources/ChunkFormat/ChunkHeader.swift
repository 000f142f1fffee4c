/// The first 64 bytes of a chunk file: what it is and which reader it needs.
public struct ChunkHeader: Sendable, Hashable {
    /// Bytes of every header.
    public static let byteCount = 64
    static let magic = Array("VARVECHK".utf8)
    /// The format version that this code writes.
    public static let currentVersion: UInt16 = 2
    /// The format versions that this code reads.
    public static let readableVersions: ClosedRange<UInt16> = 1...2
    /// Features a reader must know to read the file at all; there is none yet.
    static let knownIncompatible: UInt32 = 0

    /// Of the chunk format.
    public var version: UInt16
    /// Features that an older reader may pass over.
    public var compatible: UInt32
    /// Features without which an older varve may read but not rewrite.
    public var readOnlyCompatible: UInt32
    /// Features without which nobody may read.
    public var incompatible: UInt32
    /// The deterministic key of the chunk: the same ingest makes the same key.
    public var key: Digest128

    /// A header of this version without special features.
    public init(key: Digest128) {
        version = ChunkHeader.currentVersion
        compatible = 0
        readOnlyCompatible = 0
        incompatible = 0
        self.key = key
    }

    /// The 64 bytes, the last eight their checksum.
    public var encoded: [UInt8] {
        var out = ByteWriter()
        out.append(plain: ChunkHeader.magic)
        out.append(version)
        out.append(UInt16(0))
        out.append(compatible)
        out.append(readOnlyCompatible)
        out.append(incompatible)
        out.append(key)
        out.append(plain: [UInt8](repeating: 0, count: 16))
        out.append(Checksum.of(out.bytes))
        return out.bytes
    }

    /// Reads and checks the first 64 bytes.
    public init(_ bytes: [UInt8], path: String) throws(Corruption) {
        var input = ByteReader(bytes, path: path, base: 0, what: "chunk header")
        let magic = try input.plain(8)
        guard magic == ChunkHeader.magic else {
            throw Corruption(
                path: path, offset: 0, what: "chunk header", expected: "the mark of a chunk file", found: "other bytes")
        }
        guard bytes.count == ChunkHeader.byteCount else {
            throw input.corruption(expected: "64 bytes", found: "\(bytes.count)")
        }
        let expected = Checksum.of(Array(bytes[0..<56]))
        version = try input.integer(UInt16.self)
        _ = try input.integer(UInt16.self)
        compatible = try input.integer(UInt32.self)
        readOnlyCompatible = try input.integer(UInt32.self)
        incompatible = try input.integer(UInt32.self)
        key = try input.digest()
        _ = try input.plain(16)
        let found = try input.integer(UInt64.self)
        guard expected == found else {
            throw Corruption(
                path: path, offset: 0, what: "chunk header", expected: "checksum \(Checksum.text(expected))",
                found: Checksum.text(found))
        }
        let readable = ChunkHeader.readableVersions
        guard readable.contains(version) else {
            throw Corruption(
                path: path, offset: 8, what: "chunk header",
                expected: "chunk format version \(readable.lowerBound) or \(readable.upperBound)",
                found: "version \(version), written by a newer varve: reading needs one that knows version \(version)")
        }
        let unknown = incompatible & ~ChunkHeader.knownIncompatible
        guard unknown == 0 else {
            throw Corruption(
                path: path, offset: 20, what: "chunk header",
                expected: "only features of chunk format version \(readable.upperBound)",
                found:
                    "features \(hexadecimal(UInt64(unknown))), written by a newer varve: reading needs one that knows them"
            )
        }
    }
}

/// The last 48 bytes of a chunk file: where the footer is and what it must hash to.
public struct ChunkTrailer: Sendable, Hashable {
    /// Bytes of every trailer.
    public static let byteCount = 48
    static let magic = Array("VARVEEND".utf8)
    /// A footer longer than this is refused before anything is allocated for it.
    public static let footerLimit = 256 << 20

    /// Where the blocks end.
    public var footerOffset: Int
    /// At most `footerLimit`.
    public var footerLength: Int
    /// XXH3-64 of the footer.
    public var footerChecksum: UInt64

    /// A trailer for a footer at that place.
    public init(footerOffset: Int, footerLength: Int, footerChecksum: UInt64) {
        self.footerOffset = footerOffset
        self.footerLength = footerLength
        self.footerChecksum = footerChecksum
    }

    /// The length that the whole file must have.
    public var fileLength: Int { footerOffset + footerLength + ChunkTrailer.byteCount }

    /// The 48 bytes, the last eight their checksum.
    public var encoded: [UInt8] {
        var out = ByteWriter()
        out.append(UInt64(footerOffset))
        out.append(UInt64(footerLength))
        out.append(footerChecksum)
        out.append(UInt64(fileLength))
        out.append(plain: ChunkTrailer.magic)
        out.append(Checksum.of(out.bytes))
        return out.bytes
    }

    /// Reads and checks the last 48 bytes of a file of `fileLength` bytes.
    public init(_ bytes: [UInt8], fileLength: Int, path: String) throws(Corruption) {
        let base = max(0, fileLength - ChunkTrailer.byteCount)
        var input = ByteReader(bytes, path: path, base: base, what: "chunk trailer")
        let smallest = ChunkHeader.byteCount + ChunkTrailer.byteCount
        guard bytes.count == ChunkTrailer.byteCount, fileLength >= smallest else {
            throw Corruption(
                path: path, offset: 0, what: "chunk file", expected: "at least \(smallest) bytes",
                found: "\(fileLength)")
        }
        let expected = Checksum.of(Array(bytes[0..<40]))
        let offset = try input.count(UInt64.self, limit: fileLength, "footer offset")
        let length = try input.count(UInt64.self, limit: ChunkTrailer.footerLimit, "footer length")
        footerChecksum = try input.integer(UInt64.self)
        let declared = try input.count(UInt64.self, limit: Int.max, "file length")
        let magic = try input.plain(8)
        let found = try input.integer(UInt64.self)
        guard magic == ChunkTrailer.magic, expected == found else {
            throw Corruption(
                path: path, offset: base, what: "chunk trailer", expected: "checksum \(Checksum.text(expected))",
                found: Checksum.text(found))
        }
        footerOffset = offset
        footerLength = length
        // Both numbers are at most the file's own length and the footer's cap: the sum can't overflow.
        guard declared == fileLength, footerOffset >= ChunkHeader.byteCount,
            footerOffset + footerLength + ChunkTrailer.byteCount == fileLength
        else {
            throw Corruption(
                path: path, offset: base, what: "chunk trailer", expected: "a file of \(declared) bytes",
                found: "\(fileLength)")
        }
    }
}
