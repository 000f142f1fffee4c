internal import Tensor
internal import TensorFiles

/// An array of a file that somebody else wrote: opened and checked, its numbers read a range at a time.
struct ImportedArray: Sendable {
    /// The file, and the array in it where there are several: what errors call it.
    let title: String
    /// Its name in the file, or the file's own without the ending: perhaps that of a site.
    let name: String
    /// Outermost first, row-major.
    let shape: [Int]
    /// How its numbers are stored here: f64 becomes f32.
    let elementType: ElementType
    private let isDouble: Bool
    private let source: Source

    private enum Source: Sendable {
        case numPy(NumPyFile)
        case tensor(Safetensors, TensorEntry)
    }

    /// Arrays of a file by its ending: one of an npy, all of an npz or of safetensors.
    static func all(in path: String) throws -> [ImportedArray] {
        if path.hasSuffix(".npy") {
            return [try ImportedArray(NumPyFile(path: path), title: path, name: baseName(of: path))]
        }
        if path.hasSuffix(".npz") {
            let zip = try ZipReader(path: path)
            return try zip.members.filter { $0.name.hasSuffix(".npy") }.map { member in
                let name = String(member.name.dropLast(4))
                return try ImportedArray(zip.array(name), title: "\(path):\(name)", name: name)
            }
        }
        if path.hasSuffix(".safetensors") {
            let file = try Safetensors(path: path)
            return try file.entries.map { try ImportedArray(file, $0, title: "\(path):\($0.name)") }
        }
        throw CaptureError(
            .request, "\(path): .npy, .npz and .safetensors are read",
            mend: "save the array with numpy.save or safetensors.numpy.save_file")
    }

    private static func baseName(of path: String) -> String {
        String((path.split(separator: "/").last ?? "").dropLast(4))
    }

    private init(_ file: NumPyFile, title: String, name: String) throws {
        (self.title, self.name, shape) = (title, name, file.shape)
        source = .numPy(file)
        switch file.type {
        case .float16: (elementType, isDouble) = (.float16, false)
        case .float32: (elementType, isDouble) = (.float32, false)
        case .float64: (elementType, isDouble) = (.float32, true)
        case .int32, .int64, .uint32, .uint64:
            // Offsets are whole numbers; activations are not, and are refused where they are asked for.
            (elementType, isDouble) = (.uint32, false)
        default:
            throw CaptureError(
                .request, "\(title): holds \(file.type.descriptor); expected f2, f4 or f8", mend: "save it as float32")
        }
    }

    private init(_ file: Safetensors, _ entry: TensorEntry, title: String) throws {
        (self.title, name, shape) = (title, entry.name, entry.shape)
        source = .tensor(file, entry)
        switch entry.type {
        case .float16: (elementType, isDouble) = (.float16, false)
        case .bfloat16: (elementType, isDouble) = (.bfloat16, false)
        case .float32: (elementType, isDouble) = (.float32, false)
        case .float64: (elementType, isDouble) = (.float32, true)
        case .int32, .int64, .uint32, .uint64: (elementType, isDouble) = (.uint32, false)
        default:
            throw CaptureError(
                .request, "\(title): holds \(entry.type.rawValue); expected F16, BF16, F32 or F64",
                mend: "save it as float32")
        }
    }

    /// Whether its numbers are activations by their type.
    var isFloatingPoint: Bool { elementType.isFloatingPoint }

    /// The whole numbers of a small array, such as offsets.
    func wholeNumbers() throws -> [Int] {
        guard !isFloatingPoint else {
            throw CaptureError(.request, "\(title) holds floats; offsets are whole numbers", mend: "save it as int64")
        }
        let bytes: [UInt8]
        let width: Int
        switch source {
        case .numPy(let file): (bytes, width) = (try file.bytes(), file.type.byteCount)
        case .tensor(let file, let entry): (bytes, width) = (try file.bytes(entry), entry.type.byteCount)
        }
        return stride(from: 0, to: bytes.count, by: width).map { start in
            var bits: UInt64 = 0
            for place in (0..<width).reversed() { bits = bits << 8 | UInt64(bytes[start + place]) }
            return width == 4 ? Int(Int32(truncatingIfNeeded: bits)) : Int(truncatingIfNeeded: bits)
        }
    }

    /// The numbers of a range of elements in the bytes of `elementType`.
    func bytes(of range: Range<Int>) throws -> [UInt8] {
        let bytes: [UInt8]
        switch source {
        case .numPy(let file): bytes = try file.bytes(of: range)
        case .tensor(let file, let entry): bytes = try file.bytes(entry, of: range)
        }
        guard isDouble else { return bytes }
        var out: [UInt8] = []
        out.reserveCapacity(range.count * 4)
        for start in stride(from: 0, to: bytes.count, by: 8) {
            var bits: UInt64 = 0
            for place in (0..<8).reversed() { bits = bits << 8 | UInt64(bytes[start + place]) }
            var single = Float(Double(bitPattern: bits)).bitPattern
            for _ in 0..<4 {
                out.append(UInt8(truncatingIfNeeded: single))
                single >>= 8
            }
        }
        return out
    }

    /// Whether numbers lose digits on the way in.
    var isRounded: Bool { isDouble }
}
