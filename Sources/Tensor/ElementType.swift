/// How one number is stored. The raw value is the name used on the command line, in the catalogue and in chunk files.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
    case float32 = "f32"
    case float16 = "f16"
    case bfloat16 = "bf16"
    case uint32 = "u32"
    case uint16 = "u16"
    case uint8 = "u8"
    /// A byte a number in the file with a scale per dimension and block, f32 everywhere else: lossy, opt-in.
    case int8 = "i8"

    /// Bytes of one element as it is given and read.
    public var byteCount: Int {
        switch self {
        case .float32, .uint32, .int8: 4
        case .float16, .bfloat16, .uint16: 2
        case .uint8: 1
        }
    }

    /// Whether values are floating-point numbers rather than unsigned integers.
    public var isFloatingPoint: Bool {
        switch self {
        case .float32, .float16, .bfloat16, .int8: true
        case .uint32, .uint16, .uint8: false
        }
    }
}
