/// Builds little-endian bytes of the chunk format.
public struct ByteWriter: Sendable {
    /// Everything appended so far.
    public private(set) var bytes: [UInt8] = []

    /// Nothing yet.
    public init() {}

    /// Little-endian, as many bytes as the type has.
    public mutating func append<T: FixedWidthInteger>(_ value: T) {
        var rest = value
        for _ in 0..<(T.bitWidth / 8) {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
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
    public mutating func append(_ text: String) { append(block: Array(text.utf8)) }

    /// Bytes without a count.
    public mutating func append(plain: [UInt8]) { bytes.append(contentsOf: plain) }
}
