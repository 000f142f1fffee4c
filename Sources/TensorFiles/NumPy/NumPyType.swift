/// What an npy array holds, all little-endian. Object, record, date, complex and big-endian types are not read.
public enum NumPyType: Sendable, Hashable {
    case bool
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    case float16, float32, float64
    /// Fixed-width text: so many UCS-4 code points, padded with zeros.
    case text(Int)

    /// Bytes of one element.
    public var byteCount: Int {
        switch self {
        case .bool, .int8, .uint8: 1
        case .int16, .uint16, .float16: 2
        case .int32, .uint32, .float32: 4
        case .int64, .uint64, .float64: 8
        case .text(let length): 4 * length
        }
    }

    /// NumPy's name, `<f4`.
    public var descriptor: String {
        switch self {
        case .bool: "|b1"
        case .int8: "|i1"
        case .int16: "<i2"
        case .int32: "<i4"
        case .int64: "<i8"
        case .uint8: "|u1"
        case .uint16: "<u2"
        case .uint32: "<u4"
        case .uint64: "<u8"
        case .float16: "<f2"
        case .float32: "<f4"
        case .float64: "<f8"
        case .text(let length): "<U\(length)"
        }
    }

    private static let numbers: [NumPyType] = [
        .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float16, .float32, .float64,
    ]

    init?(descriptor: String) {
        if let number = NumPyType.numbers.first(where: { $0.descriptor == descriptor }) {
            self = number
        } else if descriptor.hasPrefix("<U"), let length = Int(descriptor.dropFirst(2)),
            (0...1_000_000).contains(length)
        {
            self = .text(length)
        } else {
            return nil
        }
    }
}
