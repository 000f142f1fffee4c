internal import Kernels
internal import Tensor

/// Encoding 4: integers in few bits, their payload LZ4 where that shrinks it.
enum PackedCodec {
    /// Ways worth trying: the numbers themselves in bits, and what LZ4 finds in whole bytes of numbers or of differences.
    static func forms(of kind: BlockShape.Kind) -> [PackedIntegers.Form] {
        let isLatentList = kind == .latentIndices
        var forms = [PackedIntegers.Form(isDelta: false, isWhole: false, isLatentList: isLatentList)]
        guard !isLatentList else { return forms }
        forms.append(PackedIntegers.Form(isDelta: true, isWhole: false, isLatentList: false))
        forms.append(PackedIntegers.Form(isDelta: true, isWhole: true, isLatentList: false))
        forms.append(PackedIntegers.Form(isDelta: false, isWhole: true, isLatentList: false))
        return forms
    }

    /// Packs one form into `target`; `packed` is used on the way.
    ///
    /// - Parameters:
    ///   - packed, target: at least 64 bytes more than `raw`
    /// - Returns: bytes written, at most `raw.byteCount`; nil where they would be more
    @unsafe static func encode(
        _ raw: RawSpan, shape: BlockShape, form: PackedIntegers.Form, packed: UnsafeMutableRawPointer,
        target: UnsafeMutableRawPointer
    ) -> Int? {
        var room = unsafe MutableRawSpan(_unsafeStart: packed, byteCount: raw.byteCount + 64)
        let count = PackedIntegers.encode(
            raw, width: shape.width, elementBytes: shape.elementType.byteCount, form: form, into: &room)
        guard let count else { return nil }
        let flags = unsafe packed.load(as: UInt8.self)
        let header = PackedIntegers.headerBytes(flags: flags)
        unsafe target.copyMemory(from: packed, byteCount: header)
        let payload = count - header
        if form.isWhole {
            // LZ4 that saves less than 1/32 isn't worth its decoding.
            let limit = min(payload - payload / 32 - 1, raw.byteCount - header)
            guard limit > 0 else { return nil }
            let length = unsafe LZ4.compress(packed + header, payload, into: target + header, room: limit)
            guard length > 0 else { return nil }
            unsafe target.storeBytes(of: flags | PackedIntegers.compressedFlag, as: UInt8.self)
            return header + length
        }
        guard count <= raw.byteCount else { return nil }
        unsafe (target + header).copyMemory(from: packed + header, byteCount: payload)
        return count
    }

    /// False where the bytes are not packed integers of that shape.
    static func decode(
        _ stored: RawSpan, shape: BlockShape, scratch: inout DecodeScratch, into target: inout MutableRawSpan
    ) -> Bool {
        guard stored.byteCount >= 10, !shape.elementType.isFloatingPoint else { return false }
        let flags = UInt8(truncatingIfNeeded: stored.byte(0))
        let header = PackedIntegers.headerBytes(flags: flags)
        guard stored.byteCount >= header else { return false }
        let head = stored.extracting(0..<header)
        let rest = stored.extracting(header..<stored.byteCount)
        guard flags & PackedIntegers.compressedFlag != 0 else {
            return PackedIntegers.decode(
                header: head, payload: rest, width: shape.width, elementBytes: shape.elementType.byteCount,
                into: &target)
        }
        let length = stored.littleEndian(6, byteCount: 4)
        // Four bytes a number and four a row's count are the most a payload can have.
        guard length > 0, length <= 8 * target.byteCount / shape.elementType.byteCount else { return false }
        let memory = unsafe scratch.workMemory(length)
        let output = unsafe UnsafeMutableRawBufferPointer(start: memory, count: length)
        guard unsafe LZ4.fill(output, from: rest, isCompressed: true) else { return false }
        return PackedIntegers.decode(
            header: head, payload: unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(output)), width: shape.width,
            elementBytes: shape.elementType.byteCount, into: &target)
    }
}
