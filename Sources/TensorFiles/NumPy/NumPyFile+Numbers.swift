extension NumPyFile {
    /// Whether every element is a whole number by its type.
    public var isWhole: Bool {
        switch type {
        case .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: true
        case .float16, .float32, .float64, .text: false
        }
    }

    /// All elements, row-major; 64-bit integers beyond 2⁵³ are rounded.
    public func numbers() throws(FileError) -> [Double] {
        if case .text = type {
            throw FileError(
                path: path, problem: "holds text (\(type.descriptor)); expected numbers",
                mend: "save an array of numbers")
        }
        let bytes = try bytes()
        let width = type.byteCount
        return (0..<elementCount).map { element in
            var bits: UInt64 = 0
            for place in (0..<width).reversed() { bits = bits << 8 | UInt64(bytes[element * width + place]) }
            switch type {
            case .bool, .uint8, .uint16, .uint32, .uint64: return Double(bits)
            case .int8: return Double(Int8(truncatingIfNeeded: bits))
            case .int16: return Double(Int16(truncatingIfNeeded: bits))
            case .int32: return Double(Int32(truncatingIfNeeded: bits))
            case .int64: return Double(Int64(bitPattern: bits))
            case .float16: return NumPyFile.half(UInt16(truncatingIfNeeded: bits))
            case .float32: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
            case .float64: return Double(bitPattern: bits)
            case .text: return .nan
            }
        }
    }

    /// Sign, 5 bits of exponent, 10 of fraction.
    private static func half(_ bits: UInt16) -> Double {
        let sign = bits >> 15 == 0 ? 1.0 : -1.0
        let exponent = Int(bits >> 10 & 31)
        let fraction = Double(bits & 1023) / 1024
        switch exponent {
        case 0: return sign * fraction * 0x1p-14
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * (1 + fraction) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
        }
    }
}
