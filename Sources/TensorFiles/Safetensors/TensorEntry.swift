public import Tensor

/// How safetensors stores one number. The raw value is the name in the header.
public enum TensorFileType: String, Sendable, Hashable, CaseIterable {
    case bool = "BOOL"
    case uint8 = "U8"
    case int8 = "I8"
    case float8e5m2 = "F8_E5M2"
    case float8e4m3 = "F8_E4M3"
    case int16 = "I16"
    case uint16 = "U16"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int32 = "I32"
    case uint32 = "U32"
    case float32 = "F32"
    case float64 = "F64"
    case int64 = "I64"
    case uint64 = "U64"

    /// Bytes of one element.
    public var byteCount: Int {
        switch self {
        case .bool, .uint8, .int8, .float8e5m2, .float8e4m3: 1
        case .int16, .uint16, .float16, .bfloat16: 2
        case .int32, .uint32, .float32: 4
        case .float64, .int64, .uint64: 8
        }
    }

    /// The type as the rest of the project knows it; nil for those it does not read.
    public var elementType: ElementType? {
        switch self {
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .uint32: .uint32
        case .uint16: .uint16
        case .uint8: .uint8
        default: nil
        }
    }
}

/// One tensor of a safetensors file or set of shards: little-endian, row-major.
public struct TensorEntry: Sendable, Hashable {
    /// As the header spells it.
    public let name: String
    /// How a number is stored.
    public let type: TensorFileType
    /// Outermost first; empty for a single number.
    public let shape: [Int]
    /// Product of the shape.
    public let elementCount: Int
    /// Bytes of the data: `elementCount · type.byteCount`.
    public let byteCount: Int
    /// Which of the set's files, and where in it.
    let file: Int
    let offset: Int
}

/// Product of `shape` without overflow; nil where a dimension is negative or the product too large.
func checkedElementCount(_ shape: [Int]) -> Int? {
    var count = 1
    var isEmpty = false
    for size in shape {
        guard size >= 0 else { return nil }
        if size == 0 {
            isEmpty = true
            continue
        }
        let (product, overflow) = count.multipliedReportingOverflow(by: size)
        if overflow { return nil }
        count = product
    }
    return isEmpty ? 0 : count
}
