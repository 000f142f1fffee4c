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
        outputCount = raw.byteCount
        var chosen = BlockEncoding.raw
        if raw.byteCount > 0 {
            reserve(raw, shape)
            switch shape.elementType {
            case .float32, .float16, .bfloat16: encodeNumbers(raw, shape, &chosen)
            case .uint32, .uint16, .uint8: encodeIntegers(raw, shape, &chosen)
            case .int8: encodeBytes(raw, shape, &chosen)
            }
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

    private mutating func encodeNumbers(_ raw: RawSpan, _ shape: BlockShape, _ chosen: inout BlockEncoding) {
        if shape.kind == .latentValues { take(.valueDeltas, encodeDeltas(raw, shape), over: &chosen) }
        // Rows that fall are never smaller in another way.
        if chosen == .valueDeltas { return }
        take(.tiers, encodeTiers(raw, shape), over: &chosen)
        // LZ4 finds nothing in most activations and takes many times as long: it is tried where something repeats.
        let element = shape.elementType.byteCount
        if chosen == .raw || Repetition.isLikely(in: raw, rowBytes: shape.rowBytes, elementBytes: element) {
            take(.planes, encodePlanes(raw, shape), over: &chosen)
        }
    }

    private mutating func encodeIntegers(_ raw: RawSpan, _ shape: BlockShape, _ chosen: inout BlockEncoding) {
        for form in PackedCodec.forms(of: shape.kind) {
            let count = unsafe PackedCodec.encode(
                raw, shape: shape, form: form, packed: work.pointer, target: other.pointer)
            take(.packed, count, over: &chosen)
        }
        // Latent lists hold nothing that byte planes would find; a list that is none may.
        if shape.kind != .latentIndices || chosen == .raw {
            take(.planes, encodePlanes(raw, shape), over: &chosen)
        }
    }

    private mutating func encodeBytes(_ raw: RawSpan, _ shape: BlockShape, _ chosen: inout BlockEncoding) {
        let rows = raw.byteCount / shape.rowBytes
        let count = Int8Quantization.encodedBytes(rows: rows, width: shape.width)
        // One row is longer with its scales: it stays as it is, and so does what can't be written as numbers of four bytes.
        guard count < raw.byteCount else {
            loss.merge(EncodingLoss(maximumError: 0, squaredErrors: 0, count: raw.byteCount / 4))
            return
        }
        var target = unsafe MutableRawSpan(_unsafeStart: other.pointer, byteCount: count)
        var decoded = unsafe MutableRawSpan(_unsafeStart: work.pointer, byteCount: raw.byteCount)
        let lost = Int8Quantization.encode(raw, width: shape.width, into: &target, decoded: &decoded)
        loss.merge(
            EncodingLoss(maximumError: lost.maximumError, squaredErrors: lost.squaredErrors, count: lost.count))
        rawChecksum = Checksum.of(decoded.bytes)
        take(.int8, count, over: &chosen)
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
        var workBytes = max(raw.byteCount + 64, ExponentTiers.workBytes(count: count))
        if shape.kind == .latentValues {
            workBytes = max(workBytes, LatentValueDeltas.workBytes(rows: count / shape.width, width: shape.width))
        }
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

    private func encodeDeltas(_ raw: RawSpan, _ shape: BlockShape) -> Int? {
        var target = unsafe MutableRawSpan(_unsafeStart: other.pointer, byteCount: raw.byteCount)
        var memory = unsafe MutableRawSpan(_unsafeStart: work.pointer, byteCount: work.byteCount)
        return LatentValueDeltas.encode(
            raw, width: shape.width, elementBytes: shape.elementType.byteCount, into: &target, work: &memory)
    }
}
