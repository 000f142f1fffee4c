/// One tensor to be written: little-endian, row-major.
public struct TensorContent: Sendable {
    /// Unique in the file.
    public var name: String
    /// How `bytes` holds a number.
    public var type: TensorFileType
    /// Outermost first.
    public var shape: [Int]
    /// The data.
    public var bytes: [UInt8]

    /// - Precondition: `bytes` has as many elements of `type` as `shape` says.
    public init(name: String, type: TensorFileType, shape: [Int], bytes: [UInt8]) {
        precondition(
            checkedElementCount(shape).map { $0 * type.byteCount } == bytes.count, "shape and bytes disagree")
        self.name = name
        self.type = type
        self.shape = shape
        self.bytes = bytes
    }

    /// - Precondition: `floats` has as many elements as `shape` says.
    public init(name: String, shape: [Int], floats: [Float]) {
        self.init(name: name, type: .float32, shape: shape, bytes: Self.littleEndian(floats.map(\.bitPattern)))
    }

    /// - Precondition: `doubles` has as many elements as `shape` says.
    public init(name: String, shape: [Int], doubles: [Double]) {
        self.init(name: name, type: .float64, shape: shape, bytes: Self.littleEndian(doubles.map(\.bitPattern)))
    }

    /// As 64 bits each.
    ///
    /// - Precondition: `integers` has as many elements as `shape` says.
    public init(name: String, shape: [Int], integers: [Int]) {
        self.init(name: name, type: .int64, shape: shape, bytes: Self.littleEndian(integers.map { Int64($0) }))
    }

    /// - Precondition: `words` has as many elements as `shape` says.
    public init(name: String, shape: [Int], words: [UInt32]) {
        self.init(name: name, type: .uint32, shape: shape, bytes: Self.littleEndian(words))
    }

    private static func littleEndian<T: FixedWidthInteger>(_ values: [T]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * (T.bitWidth / 8))
        for value in values { bytes.appendLittleEndian(value) }
        return bytes
    }
}

extension Safetensors {
    /// The bytes of a file with these tensors, in this order, the data aligned to 8 bytes. Names must differ.
    public static func encode(_ tensors: [TensorContent], metadata: [(key: String, value: String)] = []) -> [UInt8] {
        var header = JSONWriter()
        header.beginObject()
        if !metadata.isEmpty {
            header.key("__metadata__")
            header.beginObject()
            for (key, value) in metadata {
                header.key(key)
                header.string(value)
            }
            header.endObject()
        }
        var offset = 0
        for tensor in tensors {
            header.key(tensor.name)
            header.beginObject()
            header.key("dtype")
            header.string(tensor.type.rawValue)
            header.key("shape")
            header.beginArray()
            for size in tensor.shape { header.int(size) }
            header.endArray()
            header.key("data_offsets")
            header.beginArray()
            header.int(offset)
            offset += tensor.bytes.count
            header.int(offset)
            header.endArray()
            header.endObject()
        }
        header.endObject()
        var text = header.bytes
        while text.count % 8 != 0 { text.append(0x20) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + text.count + offset)
        bytes.appendLittleEndian(UInt64(text.count))
        bytes += text
        for tensor in tensors { bytes += tensor.bytes }
        return bytes
    }
}

extension [UInt8] {
    mutating func appendLittleEndian<T: FixedWidthInteger>(_ value: T) {
        for shift in stride(from: 0, to: T.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: value >> T(shift)))
        }
    }
}
