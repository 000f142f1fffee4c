internal import Kernels
internal import Tensor

/// Turns raw blocks into stored ones, choosing the encoding that measures smallest. Keeps its memory from block to block;
/// one a thread.
public struct BlockEncoder: ~Copyable, Sendable {
    private var work = AlignedBuffer(byteCount: 0)
    private var output = AlignedBuffer(byteCount: 0)
    private var other = AlignedBuffer(byteCount: 0)
    private var outputCount = 0
    private var loss = EncodingLoss()

    /// XXH3-64 of what the last block decodes to.
    public private(set) var rawChecksum: UInt64 = 0
    /// XXH3-64 of the last block's stored bytes.
    public private(set) var storedChecksum: UInt64 = 0

    /// No memory yet.
    public init() {}

    /// Encodes one block of whole rows. Unless the answer is `raw`, `stored` then holds the bytes of the block, never more
    /// than `raw` has; the checksums are set either way.
    public mutating func encode(_ raw: RawSpan, shape: BlockShape) -> BlockEncoding {
        precondition(raw.byteCount % shape.rowBytes == 0, "a block holds whole rows")
        rawChecksum = Checksum.of(raw)
        reserve(raw, shape)
        outputCount = raw.byteCount
        var chosen = BlockEncoding.raw
        switch shape.elementType {
        case .float32, .float16, .bfloat16:
            chosen = encodeNumbers(raw, shape)
        default:
            take(.planes, encodePlanes(raw, shape), over: &chosen)
        }
        storedChecksum = chosen == .raw ? rawChecksum : Checksum.of(stored)
        return chosen
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

    private mutating func encodeNumbers(_ raw: RawSpan, _ shape: BlockShape) -> BlockEncoding {
        var chosen = BlockEncoding.raw
        take(.tiers, encodeTiers(raw, shape), over: &chosen)
        // LZ4 finds nothing in most activations and takes many times as long: it is tried where something repeats.
        let element = shape.elementType.byteCount
        if chosen == .raw || Repetition.isLikely(in: raw, rowBytes: shape.rowBytes, elementBytes: element) {
            take(.planes, encodePlanes(raw, shape), over: &chosen)
        }
        return chosen
    }

    /// Keeps what was just encoded where it is smaller than what was chosen so far.
    private mutating func take(_ encoding: BlockEncoding, _ count: Int?, over chosen: inout BlockEncoding) {
        guard let count, count < outputCount else { return }
        swap(&output, &other)
        outputCount = count
        chosen = encoding
    }

    private mutating func reserve(_ raw: RawSpan, _ shape: BlockShape) {
        let count = raw.byteCount / shape.elementType.byteCount
        let workBytes = max(raw.byteCount, ExponentTiers.workBytes(count: count))
        if work.byteCount < workBytes { work = AlignedBuffer(byteCount: workBytes) }
        let outputBytes = raw.byteCount + 64
        if output.byteCount < outputBytes { output = AlignedBuffer(byteCount: outputBytes) }
        if other.byteCount < outputBytes { other = AlignedBuffer(byteCount: outputBytes) }
    }

    private func encodePlanes(_ raw: RawSpan, _ shape: BlockShape) -> Int? {
        unsafe PlanesCodec.encode(
            raw, elementBytes: shape.elementType.byteCount, work: work.pointer, target: other.pointer)
    }

    private func encodeTiers(_ raw: RawSpan, _ shape: BlockShape) -> Int? {
        var target = unsafe MutableRawSpan(_unsafeStart: other.pointer, byteCount: raw.byteCount)
        var memory = unsafe MutableRawSpan(_unsafeStart: work.pointer, byteCount: work.byteCount)
        return ExponentTiers.encode(raw, as: shape.elementType, into: &target, work: &memory)
    }
}
