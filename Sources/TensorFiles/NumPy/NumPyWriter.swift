extension NumPyFile {
    /// The bytes of an npy file (version 1.0, row-major) around `data`.
    ///
    /// - Precondition: `data` has as many elements of `type` as `shape` says.
    public static func encode(type: NumPyType, shape: [Int], data: [UInt8]) -> [UInt8] {
        precondition(checkedElementCount(shape).map { $0 * type.byteCount } == data.count, "shape and data disagree")
        let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var text = Array("{'descr': '\(type.descriptor)', 'fortran_order': False, 'shape': (\(sizes)), }".utf8)
        // NumPy aligns the data to 64 bytes and ends the header with a line feed.
        while (10 + text.count + 1) % 64 != 0 { text.append(0x20) }
        text.append(0x0A)
        var bytes: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0]
        bytes.reserveCapacity(10 + text.count + data.count)
        bytes.appendLittleEndian(UInt16(text.count))
        return bytes + text + data
    }

    /// `<f4`, row-major.
    public static func encode(_ values: [Float], shape: [Int]) -> [UInt8] {
        encode(type: .float32, shape: shape, data: littleEndian(values.map(\.bitPattern)))
    }

    /// `<f8`, row-major.
    public static func encode(_ values: [Double], shape: [Int]) -> [UInt8] {
        encode(type: .float64, shape: shape, data: littleEndian(values.map(\.bitPattern)))
    }

    /// `<i8`, row-major.
    public static func encode(_ values: [Int], shape: [Int]) -> [UInt8] {
        encode(type: .int64, shape: shape, data: littleEndian(values.map { Int64($0) }))
    }

    /// `<u4`, row-major.
    public static func encode(_ values: [UInt32], shape: [Int]) -> [UInt8] {
        encode(type: .uint32, shape: shape, data: littleEndian(values))
    }

    /// `|b1`, row-major.
    public static func encode(_ values: [Bool], shape: [Int]) -> [UInt8] {
        encode(type: .bool, shape: shape, data: values.map { $0 ? 1 : 0 })
    }

    /// `<U…`, as wide as the longest text. NumPy drops zeros at the end of a text.
    public static func encode(_ values: [String], shape: [Int]) -> [UInt8] {
        let width = max(1, values.map(\.unicodeScalars.count).max() ?? 1)
        var data: [UInt8] = []
        data.reserveCapacity(values.count * width * 4)
        for value in values {
            for scalar in value.unicodeScalars { data.appendLittleEndian(scalar.value) }
            data.append(contentsOf: repeatElement(0, count: 4 * (width - value.unicodeScalars.count)))
        }
        return encode(type: .text(width), shape: shape, data: data)
    }

    private static func littleEndian<T: FixedWidthInteger>(_ values: [T]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * (T.bitWidth / 8))
        for value in values { bytes.appendLittleEndian(value) }
        return bytes
    }
}
