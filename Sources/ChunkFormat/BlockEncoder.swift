internal import CLZ4
internal import Kernels
internal import Tensor

/// Turns raw blocks into stored ones, choosing the encoding that measures smallest. Keeps its scratch memory.
struct BlockEncoder: ~Copyable {
    private var planes = AlignedBuffer(byteCount: 0)
    private var packed = AlignedBuffer(byteCount: 0)
    private var packedCount = 0

    /// Encodes one block; where the answer is not `raw`, `stored` holds the bytes.
    ///
    /// - Parameter elementBytes: bytes of one number; plane p holds byte p of every number
    mutating func encode(_ raw: RawSpan, elementBytes: Int) -> BlockEncoding {
        let planeLength = raw.byteCount / elementBytes
        let header = PlaneHeader.byteCount(planes: elementBytes)
        if planes.byteCount < raw.byteCount { planes = AlignedBuffer(byteCount: raw.byteCount) }
        if packed.byteCount < header + raw.byteCount { packed = AlignedBuffer(byteCount: header + raw.byteCount) }
        var target = unsafe MutableRawSpan(_unsafeStart: planes.pointer, byteCount: raw.byteCount)
        BytePlanes.split(raw, into: &target, width: elementBytes)

        var entries: [PlaneHeader.Plane] = []
        var end = header
        for plane in 0..<elementBytes {
            let source = unsafe planes.pointer + plane * planeLength
            // A plane that LZ4 shrinks by less than 1/32 isn't worth its decoding.
            let room = planeLength - planeLength / 32 - 1
            var length = 0
            if room > 0 {
                length = unsafe Int(
                    LZ4_compress_default(
                        source.assumingMemoryBound(to: CChar.self),
                        (packed.pointer + end).assumingMemoryBound(to: CChar.self), Int32(planeLength), Int32(room)))
            }
            if length > 0 {
                entries.append(PlaneHeader.Plane(isCompressed: true, storedLength: length))
                end += length
            } else {
                unsafe (packed.pointer + end).copyMemory(from: source, byteCount: planeLength)
                entries.append(PlaneHeader.Plane(isCompressed: false, storedLength: planeLength))
                end += planeLength
            }
        }
        guard end < raw.byteCount - raw.byteCount / 64 else { return .raw }
        let head = PlaneHeader.encoded(entries)
        for (place, byte) in head.enumerated() {
            unsafe packed.pointer.storeBytes(of: byte, toByteOffset: place, as: UInt8.self)
        }
        packedCount = end
        return .planes
    }

    /// The bytes of the last block that was encoded.
    var stored: RawSpan {
        @_lifetime(borrow self) get {
            let span = unsafe RawSpan(_unsafeStart: packed.pointer, byteCount: packedCount)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }
}

/// The start of a `planes` block: u8 count of planes; per plane u8 (0 copied, 1 LZ4) and u32 stored length.
enum PlaneHeader {
    struct Plane {
        var isCompressed: Bool
        var storedLength: Int
    }

    static func byteCount(planes: Int) -> Int { 1 + planes * 5 }

    static func encoded(_ planes: [Plane]) -> [UInt8] {
        var out = ByteWriter()
        out.append(UInt8(planes.count))
        for plane in planes {
            out.append(UInt8(plane.isCompressed ? 1 : 0))
            out.append(UInt32(plane.storedLength))
        }
        return out.bytes
    }
}
