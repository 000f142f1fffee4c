internal import CKernels
public import Tensor

/// Sign and mantissa bits copied, exponents ranked and coded in tiers of a few bits: what the entropy of activations allows, at
/// memory speed. `Sources/CKernels/include/tiers.h` has the layout.
public enum ExponentTiers {
    /// Bytes of memory that coding `count` numbers needs beside its input and output.
    public static func workBytes(count: Int) -> Int { varve_tiers_work(count) }

    /// Codes all numbers of `raw`.
    ///
    /// - Parameters:
    ///   - type: f32 (or i8, which is f32 in memory), f16 or bf16
    ///   - target: gets the bytes; as long as the caller allows them to be
    ///   - work: at least `workBytes`
    /// - Returns: bytes written; nil where they would be longer than `target`
    public static func encode(
        _ raw: RawSpan, as type: ElementType, into target: inout MutableRawSpan, work: inout MutableRawSpan
    ) -> Int? {
        let count = raw.byteCount / type.byteCount
        let room = target.byteCount
        precondition(work.byteCount >= workBytes(count: count), "too little memory to work in")
        let written = unsafe withCodecMemory(raw, &target, &work) { from, to, work in
            unsafe varve_tiers_encode(kind(of: type), from, count, to, room, work)
        }
        return written == 0 ? nil : written
    }

    /// Decodes exactly as many numbers as `target` has room for; false where the bytes aren't that.
    public static func decode(
        _ stored: RawSpan, as type: ElementType, into target: inout MutableRawSpan, work: inout MutableRawSpan
    ) -> Bool {
        let count = target.byteCount / type.byteCount
        let length = stored.byteCount
        precondition(work.byteCount >= workBytes(count: count), "too little memory to work in")
        return unsafe withCodecMemory(stored, &target, &work) { from, to, work in
            unsafe varve_tiers_decode(kind(of: type), from, length, to, count, work) != 0
        } ?? false
    }

    /// Decodes exactly `target.count` numbers and widens them in the same pass.
    public static func decodeFloats(
        _ stored: RawSpan, as type: ElementType, into target: inout MutableSpan<Float>, work: inout MutableRawSpan
    ) -> Bool {
        let count = target.count
        precondition(work.byteCount >= workBytes(count: count), "too little memory to work in")
        return unsafe stored.withUnsafeBytes { from in
            unsafe target.withUnsafeMutableBufferPointer { to in
                unsafe work.withUnsafeMutableBytes { work in
                    guard let start = from.baseAddress, let to = to.baseAddress, let work = work.baseAddress else {
                        return false
                    }
                    return unsafe varve_tiers_decode_floats(
                        kind(of: type), start.assumingMemoryBound(to: UInt8.self), from.count, to, count,
                        work.assumingMemoryBound(to: UInt8.self)) != 0
                }
            }
        }
    }

    private static func kind(of type: ElementType) -> Int32 {
        switch type {
        case .float16: Int32(VARVE_F16)
        case .bfloat16: Int32(VARVE_BF16)
        default: Int32(VARVE_F32)
        }
    }
}
