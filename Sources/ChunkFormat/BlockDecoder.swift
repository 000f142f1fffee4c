internal import Kernels
internal import Tensor

/// Turns stored blocks back into raw ones. Any bytes are safe: they give the raw bytes or a `Corruption`.
public enum BlockDecoder {
    /// Checks `stored` against its checksum and decodes it into all of `target`.
    ///
    /// - Parameters:
    ///   - target: exactly `entry.rawLength` bytes, whole rows of the shape; undefined after an error
    ///   - deep: whether the decoded bytes are hashed and compared as well; the stored bytes always are
    ///   - path, what: named in errors
    public static func decode(
        _ stored: RawSpan, entry: BlockEntry, shape: BlockShape, scratch: inout DecodeScratch,
        into target: inout MutableRawSpan, deep: Bool = false, path: String, what: @autoclosure () -> String
    ) throws(Corruption) {
        precondition(target.byteCount == entry.rawLength, "a block decodes to exactly its raw length")
        try checkStored(stored, entry, path, what())
        if !expand(stored, entry.encoding, shape, &scratch, into: &target) {
            throw refusal(stored, entry, path, what())
        }
        guard deep else { return }
        let result = Checksum.of(target.bytes)
        guard result == entry.rawChecksum else {
            throw Corruption(
                path: path, offset: entry.offset, what: what() + ", decoded",
                expected: "checksum \(Checksum.text(entry.rawChecksum))", found: Checksum.text(result))
        }
    }

    /// Checks `stored` against its checksum and decodes it into f32, in one pass where the encoding allows it.
    ///
    /// - Parameters:
    ///   - target: as many numbers as the block has; undefined after an error
    ///   - path, what: named in errors
    /// - Precondition: the shape's element type is floating-point.
    public static func decodeFloats(
        _ stored: RawSpan, entry: BlockEntry, shape: BlockShape, scratch: inout DecodeScratch,
        into target: inout MutableSpan<Float>, path: String, what: @autoclosure () -> String
    ) throws(Corruption) {
        let type = shape.elementType
        precondition(type.isFloatingPoint, "only floating-point columns are read as f32")
        precondition(target.count * type.byteCount == entry.rawLength, "a block decodes to exactly its raw length")
        try checkStored(stored, entry, path, what())
        if !expandFloats(stored, entry, shape, &scratch, into: &target) {
            throw refusal(stored, entry, path, what())
        }
    }

    private static func checkStored(
        _ stored: RawSpan, _ entry: BlockEntry, _ path: String, _ what: @autoclosure () -> String
    ) throws(Corruption) {
        let found = Checksum.of(stored)
        guard stored.byteCount == entry.storedLength, found == entry.storedChecksum else {
            throw Corruption(
                path: path, offset: entry.offset, what: what(),
                expected: "checksum \(Checksum.text(entry.storedChecksum))", found: Checksum.text(found))
        }
    }

    /// Why a block whose checksum is right can't be decoded.
    private static func refusal(
        _ stored: RawSpan, _ entry: BlockEntry, _ path: String, _ what: String
    ) -> Corruption {
        guard entry.encoding.isKnown else {
            return Corruption(
                path: path, offset: entry.offset, what: what, expected: "a known encoding",
                found: "\(entry.encoding): written by a newer varve")
        }
        return Corruption(
            path: path, offset: entry.offset, what: what,
            expected: "bytes in \(entry.encoding) that decode to \(entry.rawLength)",
            found: "\(stored.byteCount) bytes that don't")
    }

    /// False where the bytes are not of that encoding and length.
    private static func expand(
        _ stored: RawSpan, _ encoding: BlockEncoding, _ shape: BlockShape, _ scratch: inout DecodeScratch,
        into target: inout MutableRawSpan
    ) -> Bool {
        // Footers guarantee whole rows; whoever calls without one gets an error instead of a partial row.
        guard target.byteCount % shape.rowBytes == 0 else { return false }
        switch encoding {
        case .raw:
            guard stored.byteCount == target.byteCount else { return false }
            unsafe stored.withUnsafeBytes { from in
                unsafe target.withUnsafeMutableBytes { unsafe $0.copyMemory(from: from) }
            }
            return true
        case .planes:
            return PlanesCodec.decode(
                stored, elementBytes: shape.elementType.byteCount, scratch: &scratch, into: &target)
        case .tiers:
            guard shape.elementType.isFloatingPoint else { return false }
            let bytes = ExponentTiers.workBytes(count: target.byteCount / shape.elementType.byteCount)
            var work = unsafe MutableRawSpan(_unsafeStart: scratch.workMemory(bytes), byteCount: bytes)
            return ExponentTiers.decode(stored, as: shape.elementType, into: &target, work: &work)
        case .packed:
            return PackedCodec.decode(stored, shape: shape, scratch: &scratch, into: &target)
        case .valueDeltas:
            guard shape.elementType.isFloatingPoint else { return false }
            let rows = target.byteCount / shape.rowBytes
            let bytes = LatentValueDeltas.workBytes(rows: rows, width: shape.width)
            var work = unsafe MutableRawSpan(_unsafeStart: scratch.workMemory(bytes), byteCount: bytes)
            return LatentValueDeltas.decode(
                stored, width: shape.width, elementBytes: shape.elementType.byteCount, into: &target, work: &work)
        case .int8:
            guard shape.elementType == .int8 else { return false }
            return unsafe target.withUnsafeMutableBytes { bytes in
                // Blocks of floats are decoded into memory of floats; anything else is refused, not trapped on.
                guard let start = bytes.baseAddress, Int(bitPattern: start) % 4 == 0 else { return false }
                var floats = unsafe MutableSpan<Float>(
                    _unsafeStart: start.assumingMemoryBound(to: Float.self), count: bytes.count / 4)
                return Int8Quantization.decode(stored, width: shape.width, into: &floats)
            }
        default:
            return false
        }
    }

    private static func expandFloats(
        _ stored: RawSpan, _ entry: BlockEntry, _ shape: BlockShape, _ scratch: inout DecodeScratch,
        into target: inout MutableSpan<Float>
    ) -> Bool {
        let type = shape.elementType
        if entry.encoding == .raw {
            guard stored.byteCount == entry.rawLength else { return false }
            Widen.toFloat(stored, as: type, into: &target)
            return true
        }
        if type.byteCount == 4 {
            return unsafe target.withUnsafeMutableBufferPointer { floats in
                var bytes = unsafe MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(floats))
                return expand(stored, entry.encoding, shape, &scratch, into: &bytes)
            }
        }
        if entry.encoding == .tiers {
            let bytes = ExponentTiers.workBytes(count: target.count)
            var work = unsafe MutableRawSpan(_unsafeStart: scratch.workMemory(bytes), byteCount: bytes)
            return ExponentTiers.decodeFloats(stored, as: type, into: &target, work: &work)
        }
        let memory = unsafe scratch.rawMemory(entry.rawLength)
        var bytes = unsafe MutableRawSpan(_unsafeStart: memory, byteCount: entry.rawLength)
        guard expand(stored, entry.encoding, shape, &scratch, into: &bytes) else { return false }
        Widen.toFloat(bytes.bytes, as: type, into: &target)
        return true
    }
}
