internal import CKernels

/// Unsigned integers in as few bits as the largest of a block needs: `packed.h` has the layout.
public enum PackedIntegers {
    /// How integers become small numbers.
    public struct Form: Sendable, Hashable {
        /// Differences to the number before instead of the numbers themselves.
        public var isDelta: Bool
        /// Whole bytes a number, which LZ4 finds more in.
        public var isWhole: Bool
        /// Rows whose unused places at the end hold 2³² − 1 and take no room.
        public var isLatentList: Bool

        /// Any combination.
        public init(isDelta: Bool, isWhole: Bool, isLatentList: Bool) {
            self.isDelta = isDelta
            self.isWhole = isWhole
            self.isLatentList = isLatentList
        }
    }

    /// The flag of a header whose payload is an LZ4 block; set by whoever compresses it.
    public static var compressedFlag: UInt8 { UInt8(VARVE_LZ4) }

    /// Bytes of the header that starts with these flags.
    public static func headerBytes(flags: UInt8) -> Int {
        Int(flags) & Int(VARVE_LATENTS) != 0 ? Int(VARVE_LATENTS_HEADER) : Int(VARVE_PACKED_HEADER)
    }

    /// Packs all integers of `raw`, header and payload.
    ///
    /// - Returns: bytes written; nil where they (and 8 more) don't fit in `target`, or rows aren't of that form
    public static func encode(
        _ raw: RawSpan, width: Int, elementBytes: Int, form: Form, into target: inout MutableRawSpan
    ) -> Int? {
        let rows = raw.byteCount / (width * elementBytes)
        let room = target.byteCount
        let flags =
            (form.isDelta ? Int32(VARVE_DELTA) : 0) | (form.isLatentList ? Int32(VARVE_LATENTS) : 0)
        precondition([1, 2, 4].contains(elementBytes), "integers of another size")
        let written = unsafe withCodecMemory(raw, &target) { from, to in
            unsafe varve_packed_encode(
                Int32(elementBytes), flags, form.isWhole ? 1 : 0, from, rows, width, to, room)
        }
        return written == 0 ? nil : written
    }

    /// Unpacks exactly the rows that `target` has room for; false where the bytes aren't that.
    ///
    /// - Parameter payload: as packed, decompressed where it was compressed
    public static func decode(
        header: RawSpan, payload: RawSpan, width: Int, elementBytes: Int, into target: inout MutableRawSpan
    ) -> Bool {
        let rows = target.byteCount / (width * elementBytes)
        precondition([1, 2, 4].contains(elementBytes), "integers of another size")
        return unsafe header.withUnsafeBytes { head in
            unsafe payload.withUnsafeBytes { payload in
                unsafe target.withUnsafeMutableBytes { to in
                    guard let first = head.baseAddress, let to = to.baseAddress else { return false }
                    // A payload may be empty: then nothing of it is read.
                    return unsafe varve_packed_decode(
                        Int32(elementBytes), first.assumingMemoryBound(to: UInt8.self), head.count,
                        (payload.baseAddress ?? first).assumingMemoryBound(to: UInt8.self), payload.count, rows, width,
                        to.assumingMemoryBound(to: UInt8.self)) != 0
                }
            }
        }
    }
}
