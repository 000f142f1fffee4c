/// Conversions of single values between f32 and the 16-bit formats, on bit patterns.
///
/// For many values use `Kernels.Widen`; these serve tests, metadata and the odd scalar.
public enum HalfPrecision {
    /// IEEE binary16 bits → Float, exact.
    public static func float(half bits: UInt16) -> Float { Float(Float16(bitPattern: bits)) }

    /// Float → IEEE binary16 bits, round to nearest even.
    public static func half(_ value: Float) -> UInt16 { Float16(value).bitPattern }

    /// bfloat16 bits → Float, exact.
    public static func float(bfloat bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

    /// Float → bfloat16 bits, round to nearest even; a NaN stays a NaN.
    public static func bfloat(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x0040 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16)
    }
}
