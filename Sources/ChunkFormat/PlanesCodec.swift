internal import CLZ4
internal import Kernels
internal import Tensor

/// Encoding 1: byte planes, each an LZ4 block or copied.
///
/// u8 number of planes (bytes of an element); per plane u8 (0 copied, 1 LZ4) and u32 stored length; the planes' bytes.
enum PlanesCodec {
    static func headerBytes(planes: Int) -> Int { 1 + planes * 5 }

    /// Writes the planes of `raw` into `target`, split in `work`; nil where the block doesn't shrink by 1/64.
    ///
    /// - Parameters:
    ///   - work: at least as many bytes as `raw`
    ///   - target: at least as many bytes as `raw` and the header
    @unsafe static func encode(
        _ raw: RawSpan, elementBytes: Int, work: UnsafeMutableRawPointer, target: UnsafeMutableRawPointer
    ) -> Int? {
        let planeLength = raw.byteCount / elementBytes
        var planes = unsafe MutableRawSpan(_unsafeStart: work, byteCount: raw.byteCount)
        BytePlanes.split(raw, into: &planes, width: elementBytes)
        unsafe target.storeBytes(of: UInt8(elementBytes), as: UInt8.self)
        var end = headerBytes(planes: elementBytes)
        for plane in 0..<elementBytes {
            let source = unsafe work + plane * planeLength
            let place = unsafe target + 1 + plane * 5
            // A plane that LZ4 shrinks by less than 1/32 isn't worth its decoding.
            let room = planeLength - planeLength / 32 - 1
            var length = room > 0 ? unsafe LZ4.compress(source, planeLength, into: target + end, room: room) : 0
            unsafe place.storeBytes(of: length > 0 ? 1 : 0, as: UInt8.self)
            if length == 0 {
                unsafe (target + end).copyMemory(from: source, byteCount: planeLength)
                length = planeLength
            }
            unsafe (place + 1).storeBytes(of: UInt32(length).littleEndian, as: UInt32.self)
            end += length
        }
        return end < raw.byteCount - raw.byteCount / 64 ? end : nil
    }

    /// False where the bytes are not planes that decode to exactly the target's length.
    static func decode(
        _ stored: RawSpan, elementBytes: Int, scratch: inout DecodeScratch, into target: inout MutableRawSpan
    ) -> Bool {
        let planeLength = target.byteCount / elementBytes
        let header = headerBytes(planes: elementBytes)
        guard planeLength * elementBytes == target.byteCount, stored.byteCount >= header else { return false }
        guard stored.byte(0) == elementBytes else { return false }
        let planes = unsafe scratch.workMemory(target.byteCount)
        var start = header
        for plane in 0..<elementBytes {
            let place = 1 + plane * 5
            let flag = stored.byte(place)
            let length = stored.littleEndian(place + 1, byteCount: 4)
            guard flag <= 1, length <= stored.byteCount - start else { return false }
            let piece = stored.extracting(start..<(start + length))
            let output = unsafe UnsafeMutableRawBufferPointer(
                start: planes + plane * planeLength, count: planeLength)
            guard unsafe LZ4.fill(output, from: piece, isCompressed: flag == 1) else { return false }
            start += length
        }
        guard start == stored.byteCount else { return false }
        BytePlanes.join(
            unsafe RawSpan(_unsafeStart: planes, byteCount: target.byteCount), into: &target, width: elementBytes)
        return true
    }
}

/// LZ4's block format on memory.
enum LZ4 {
    /// Bytes written to `target`, 0 where they would be more than `room`.
    @unsafe static func compress(
        _ source: UnsafeRawPointer, _ count: Int, into target: UnsafeMutableRawPointer, room: Int
    ) -> Int {
        guard let sourceCount = Int32(exactly: count), let targetCount = Int32(exactly: room) else { return 0 }
        return unsafe Int(
            LZ4_compress_default(
                source.assumingMemoryBound(to: CChar.self), target.assumingMemoryBound(to: CChar.self), sourceCount,
                targetCount))
    }

    /// Fills `output` with a piece that is an LZ4 block or the bytes themselves; false where it has another length.
    @unsafe static func fill(
        _ output: UnsafeMutableRawBufferPointer, from piece: RawSpan, isCompressed: Bool
    ) -> Bool {
        unsafe piece.withUnsafeBytes { from in
            guard isCompressed else {
                guard from.count == output.count else { return false }
                unsafe output.copyMemory(from: from)
                return true
            }
            guard let source = from.baseAddress, let target = output.baseAddress,
                let sourceCount = Int32(exactly: from.count), let targetCount = Int32(exactly: output.count)
            else { return false }
            let length = unsafe LZ4_decompress_safe(
                source.assumingMemoryBound(to: CChar.self), target.assumingMemoryBound(to: CChar.self), sourceCount,
                targetCount)
            return length == targetCount
        }
    }
}

extension RawSpan {
    func byte(_ offset: Int) -> Int {
        precondition(offset >= 0 && offset < byteCount)
        return Int(unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self))
    }

    /// Up to seven bytes, lowest first, as a number.
    func littleEndian(_ offset: Int, byteCount: Int) -> Int {
        (0..<byteCount).reduce(0) { $0 | byte(offset + $1) << ($1 * 8) }
    }
}
