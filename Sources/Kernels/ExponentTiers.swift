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
    ///   - type: f32, f16 or bf16
    ///   - target: gets the bytes; as long as the caller allows them to be
    ///   - work: at least `workBytes`
    /// - Returns: bytes written; nil where they would be longer than `target`
    public static func encode(
        _ raw: RawSpan, as type: ElementType, into target: inout MutableRawSpan, work: inout MutableRawSpan
    ) -> Int? {
        let count = raw.byteCount / type.byteCount
        precondition(work.byteCount >= workBytes(count: count), "too little memory to work in")
        let kind = kind(of: type)
        let written = unsafe raw.withUnsafeBytes { from in
            unsafe target.withUnsafeMutableBytes { to in
                unsafe work.withUnsafeMutableBytes { work in
                    unsafe Self.bytes(from).flatMap { from in
                        unsafe Self.bytes(to).flatMap { out in
                            unsafe Self.bytes(work).map { work in
                                unsafe varve_tiers_encode(kind, from, count, out, to.count, work)
                            }
                        }
                    }
                }
            }
        }
        return written == 0 ? nil : written
    }

    /// Decodes exactly as many numbers as `target` has room for; false where the bytes aren't that.
    public static func decode(
        _ stored: RawSpan, as type: ElementType, into target: inout MutableRawSpan, work: inout MutableRawSpan
    ) -> Bool {
        let count = target.byteCount / type.byteCount
        precondition(work.byteCount >= workBytes(count: count), "too little memory to work in")
        let kind = kind(of: type)
        return unsafe stored.withUnsafeBytes { from in
            unsafe target.withUnsafeMutableBytes { to in
                unsafe work.withUnsafeMutableBytes { work in
                    guard let source = unsafe Self.bytes(from), let out = unsafe Self.bytes(to),
                        let work = unsafe Self.bytes(work)
                    else { return false }
                    return unsafe varve_tiers_decode(kind, source, from.count, out, count, work) != 0
                }
            }
        }
    }

    /// Decodes exactly `target.count` numbers and widens them in the same pass.
    public static func decodeFloats(
        _ stored: RawSpan, as type: ElementType, into target: inout MutableSpan<Float>, work: inout MutableRawSpan
    ) -> Bool {
        precondition(work.byteCount >= workBytes(count: target.count), "too little memory to work in")
        let kind = kind(of: type)
        return unsafe stored.withUnsafeBytes { from in
            unsafe target.withUnsafeMutableBufferPointer { to in
                unsafe work.withUnsafeMutableBytes { work in
                    guard let source = unsafe Self.bytes(from), let out = to.baseAddress,
                        let work = unsafe Self.bytes(work)
                    else { return false }
                    return unsafe varve_tiers_decode_floats(kind, source, from.count, out, to.count, work) != 0
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

    @unsafe private static func bytes(_ buffer: UnsafeRawBufferPointer) -> UnsafePointer<UInt8>? {
        unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    }

    @unsafe private static func bytes(_ buffer: UnsafeMutableRawBufferPointer) -> UnsafeMutablePointer<UInt8>? {
        unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    }
}

/// Whether bytes that tiers would copy look as if they repeated.
public enum Repetition {
    /// True where rows begin alike or a mantissa byte takes few values; a guess from about two thousand numbers.
    public static func isLikely(in raw: RawSpan, rowBytes: Int, elementBytes: Int) -> Bool {
        precondition(rowBytes > 0 && elementBytes > 0)
        return unsafe raw.withUnsafeBytes { from in
            guard let start = from.baseAddress else { return false }
            return unsafe varve_may_repeat(
                start.assumingMemoryBound(to: UInt8.self), from.count / rowBytes, rowBytes, elementBytes) != 0
        }
    }
}
