/// How the stored bytes of a block become its raw bytes. The numbers are part of the format and never reused.
public struct BlockEncoding: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The number in the file.
    public var rawValue: UInt32
    /// Any number; only the known ones decode.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The raw bytes themselves.
    public static let raw = BlockEncoding(rawValue: 0)
    /// Byte planes, each LZ4 or copied.
    public static let planes = BlockEncoding(rawValue: 1)
    /// Sign and mantissa bits copied, exponents ranked and coded in tiers of two bits (f16, bf16, f32).
    public static let tiers = BlockEncoding(rawValue: 2)
    // 3 bit planes and 6 integer deltas were reserved in version 1 and never written: kept free.
    /// Integers in as few bits as they need (u32, u16, u8).
    public static let packed = BlockEncoding(rawValue: 4)
    /// Differences of falling latent values.
    public static let valueDeltas = BlockEncoding(rawValue: 5)
    /// A byte a number with a scale per dimension: loses precision, only in columns of type `int8`.
    public static let int8 = BlockEncoding(rawValue: 7)

    /// Whether this varve decodes it.
    public var isKnown: Bool {
        switch self {
        case .raw, .planes, .tiers, .packed, .valueDeltas, .int8: true
        default: false
        }
    }

    /// The name shown by `varve info`.
    public var description: String {
        switch self {
        case .raw: "raw"
        case .planes: "planes"
        case .tiers: "tiers"
        case .packed: "packed"
        case .valueDeltas: "value deltas"
        case .int8: "int8"
        default: "encoding \(rawValue)"
        }
    }
}

/// Where a block lies in its file and what its bytes must hash to.
public struct BlockEntry: Sendable, Hashable {
    /// Offset of the first stored byte in the file.
    public var offset: Int
    /// Bytes in the file, at most `rawLength`.
    public var storedLength: Int
    /// Length after decoding.
    public var rawLength: Int
    /// How the stored bytes become the raw ones.
    public var encoding: BlockEncoding
    /// XXH3-64 of the stored bytes, checked before decoding.
    public var storedChecksum: UInt64
    /// XXH3-64 of the decoded bytes.
    public var rawChecksum: UInt64

    /// A longer block is refused before memory is allocated for it.
    public static let rawLimit = 64 << 20
    static let encodedByteCount = 36

    /// An entry as the encoder measured it.
    public init(
        offset: Int, storedLength: Int, rawLength: Int, encoding: BlockEncoding, storedChecksum: UInt64,
        rawChecksum: UInt64
    ) {
        self.offset = offset
        self.storedLength = storedLength
        self.rawLength = rawLength
        self.encoding = encoding
        self.storedChecksum = storedChecksum
        self.rawChecksum = rawChecksum
    }

    func encode(into out: inout ByteWriter) {
        out.append(UInt64(offset))
        out.append(UInt32(storedLength))
        out.append(UInt32(rawLength))
        out.append(encoding.rawValue)
        out.append(storedChecksum)
        out.append(rawChecksum)
    }

    /// - Parameter fileLength: no block may lie past it
    init(_ input: inout ByteReader, fileLength: Int, rawLimit: Int) throws(Corruption) {
        offset = try input.count(UInt64.self, limit: fileLength, "block offset")
        storedLength = try input.count(UInt32.self, limit: fileLength, "stored length of a block")
        rawLength = try input.count(UInt32.self, limit: rawLimit, "raw length of a block")
        encoding = BlockEncoding(rawValue: try input.integer(UInt32.self))
        storedChecksum = try input.integer(UInt64.self)
        rawChecksum = try input.integer(UInt64.self)
        // No encoding may make a block longer: `raw` is always there to fall back on.
        guard storedLength <= rawLength else {
            throw input.corruption(expected: "at most \(rawLength) stored bytes", found: "\(storedLength)")
        }
    }
}
