internal import Tensor

/// Turns raw blocks into stored ones, choosing the encoding that measures smallest. Keeps its memory from block to block;
/// one a thread.
public struct BlockEncoder: ~Copyable {
    private var work = AlignedBuffer(byteCount: 0)
    private var output = AlignedBuffer(byteCount: 0)
    private var outputCount = 0

    /// XXH3-64 of what the last block decodes to.
    public private(set) var rawChecksum: UInt64 = 0
    /// XXH3-64 of the last block's stored bytes.
    public private(set) var storedChecksum: UInt64 = 0
    /// What the blocks since the last `takeLoss` lost.
    private var loss = EncodingLoss()

    /// No memory yet.
    public init() {}

    /// Encodes one block of whole rows. Unless the answer is `raw`, `stored` then holds the bytes of the block, never more
    /// than `raw` has; the checksums are set either way.
    public mutating func encode(_ raw: RawSpan, shape: BlockShape) -> BlockEncoding {
        rawChecksum = Checksum.of(raw)
        if work.byteCount < raw.byteCount { work = AlignedBuffer(byteCount: raw.byteCount) }
        if output.byteCount < raw.byteCount + 64 { output = AlignedBuffer(byteCount: raw.byteCount + 64) }
        let count = unsafe PlanesCodec.encode(
            raw, elementBytes: shape.elementType.byteCount, work: work.pointer, target: output.pointer)
        guard let count else {
            storedChecksum = rawChecksum
            return .raw
        }
        outputCount = count
        storedChecksum = Checksum.of(stored)
        return .planes
    }

    /// The bytes of the last block that was encoded as anything but `raw`.
    public var stored: RawSpan {
        @_lifetime(borrow self) get {
            let span = unsafe RawSpan(_unsafeStart: output.pointer, byteCount: outputCount)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// What was lost since the last call: nothing unless the type is `int8`.
    public mutating func takeLoss() -> EncodingLoss {
        defer { loss = EncodingLoss() }
        return loss
    }
}
