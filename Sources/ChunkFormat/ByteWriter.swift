/// Builds little-endian bytes of the chunk format.
public struct ByteWriter: Sendable {
    /// Everything appended so far.
    public private(set) var bytes: [UInt8] = []

    /// Nothing yet.
    public init() {}

    /// Little-endian, as many bytes as the type has.
    @inlinable
    public mutating func append<T: FixedWidthInteger>(_ value: T) {
        append(word: UInt64(truncatingIfNeeded: value), byteCount: T.bitWidth / 8)
    }

    /// The lowest bytes of a word, lowest first.
    public mutating func append(word: UInt64, byteCount: Int) {
        unsafe withUnsafeBytes(of: word.littleEndian) { unsafe bytes.append(contentsOf: $0.prefix(byteCount)) }
    }

    /// The bit pattern, so that every NaN and −0 survives.
    public mutating func append(_ value: Double) { append(value.bitPattern) }

    /// High word first.
    public mutating func append(_ digest: Digest128) {
        append(digest.high)
        append(digest.low)
    }

    /// u32 count of bytes, then the bytes.
    public mutating func append(block: [UInt8]) {
        precondition(block.count <= Int(UInt32.max), "a counted block is longer than 4 GiB")
        append(UInt32(block.count))
        bytes.append(contentsOf: block)
    }

    /// u32 count of UTF-8 bytes, then the bytes.
    public mutating func append(_ text: String) {
        let count = text.utf8.count
        precondition(count <= Int(UInt32.max), "a text is longer than 4 GiB")
        append(UInt32(count))
        bytes.append(contentsOf: text.utf8)
    }

    /// Bytes without a count.
    public mutating func append(plain: [UInt8]) { bytes.append(contentsOf: plain) }
}
