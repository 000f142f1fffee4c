internal import Kernels
internal import Tensor
internal import TensorFiles

/// The arrays of an autoencoder by name, read as f32 and fingerprinted: of a `.safetensors` file or an `.npz` archive.
struct AutoencoderWeights {
    private enum Source {
        case tensors(Safetensors)
        case archive(ZipReader)
    }

    private let source: Source
    private(set) var digest = ContentDigest()

    init(_ tensors: Safetensors) { source = .tensors(tensors) }
    init(_ archive: ZipReader) { source = .archive(archive) }

    /// What errors call the file.
    var path: String {
        switch source {
        case .tensors(let file): file.path
        case .archive(let file): file.path
        }
    }

    /// In the order of the file.
    var names: [String] {
        switch source {
        case .tensors(let file): file.entries.map(\.name)
        case .archive(let file): file.members.map { $0.name.hasSuffix(".npy") ? String($0.name.dropLast(4)) : $0.name }
        }
    }

    /// The shape of an array that must be there.
    func shape(of name: String) throws(FileError) -> [Int] {
        switch source {
        case .archive(let file): return try file.arrayHeader(name).shape
        case .tensors(let file):
            guard let entry = file[name] else { throw missing(name) }
            return entry.shape
        }
    }

    /// Every array has its shape, and none is there that the architecture doesn't have.
    func check(_ shapes: [(name: String, shape: [Int])]) throws(FileError) {
        let names = names
        for (name, expected) in shapes {
            guard names.contains(name) else { throw missing(name) }
            let found = try shape(of: name)
            guard found == expected else {
                throw FileError(path: path, problem: "\"\(name)\" has shape \(found); expected \(expected)")
            }
        }
        if let extra = names.first(where: { name in !shapes.contains { $0.name == name } }) {
            if extra == "scaling_factor", try isOnes(extra) { return }
            throw FileError(
                path: path, problem: "\"\(extra)\" has no place in the architecture that the settings state",
                mend: extra.hasPrefix("log_threshold") || extra.hasPrefix("topk_threshold")
                    ? "it is a training checkpoint: write it with SAELens' save_inference_model"
                    : "use settings and weights that were saved together")
        }
    }

    /// For a while SAELens wrote a scale that nothing had trained.
    private func isOnes(_ name: String) throws(FileError) -> Bool {
        var copy = self
        return try copy.floats(name, shape: shape(of: name)).allSatisfy { abs($0 - 1) <= 1e-5 }
    }

    private func missing(_ name: String) -> FileError {
        FileError(
            path: path, problem: "has no array \"\(name)\"",
            mend: "it has " + names.prefix(12).map { "\"\($0)\"" }.joined(separator: ", "))
    }

    /// The array as f32, row-major. NaN is refused, and an infinity unless it is allowed.
    ///
    /// - Precondition: `check` has seen it with this shape.
    mutating func floats(_ name: String, shape: [Int], infinities: Bool = false) throws(FileError) -> [Float] {
        let values =
            switch source {
            case .tensors(let file): try AutoencoderWeights.read(name, shape, file, &digest)
            case .archive(let file): try AutoencoderWeights.read(name, shape, file, &digest)
            }
        let span = values.span
        // A sum is not finite where a value is not; it may overflow by itself too, so then each is looked at.
        var sum: Float = 0
        for i in span.indices { sum += span[i] * 0 }
        if sum != 0 || sum.isNaN, let bad = values.firstIndex(where: { $0.isNaN || ($0.isInfinite && !infinities) }) {
            throw FileError(
                path: path, problem: "\"\(name)\" holds \(values[bad]) at element \(bad) of shape \(shape)",
                mend: "the weights are damaged or training failed: use another checkpoint")
        }
        return values
    }

    /// Stored bytes pass through a tile of a few MiB, so that the peak is the f32 result alone.
    private static func read(
        _ name: String, _ shape: [Int], _ file: Safetensors, _ digest: inout ContentDigest
    ) throws(FileError) -> [Float] {
        guard let entry = file[name] else { return [] }
        let type = try FloatBytes(entry.type, path: file.path, name: name)
        digest.update("\(name) \(entry.type.rawValue) \(shape)")
        var values = [Float](repeating: 0, count: entry.elementCount)
        let height = max(1, shape.first ?? 1)
        let width = entry.elementCount / height
        let tileRows = max(1, min(height, (4 << 20) / max(1, width * type.byteCount)))
        var tile = [UInt8](repeating: 0, count: tileRows * width * type.byteCount)
        for row in stride(from: 0, to: height, by: tileRows) {
            let rows = min(tileRows, height - row)
            if rows < tileRows { tile.removeLast((tileRows - rows) * width * type.byteCount) }
            var stored = tile.mutableSpan
            var raw = unsafe stored.mutableBytes
            if shape.isEmpty {
                try file.read(entry, into: &raw)
            } else {
                try file.read(entry, rows: row..<row + rows, into: &raw)
            }
            unsafe digest.update(tile.span.bytes)
            var span = values.mutableSpan
            var target = span._mutatingExtracting(row * width..<(row + rows) * width)
            unsafe type.widen(tile.span.bytes, into: &target)
        }
        return values
    }

    private static func read(
        _ name: String, _ shape: [Int], _ file: ZipReader, _ digest: inout ContentDigest
    ) throws(FileError) -> [Float] {
        let array = try file.array(name)
        let type = try FloatBytes(array.type, path: file.path, name: name)
        digest.update("\(name) \(array.type.descriptor) \(shape)")
        let bytes = try array.bytes()
        unsafe digest.update(bytes.span.bytes)
        var values = [Float](repeating: 0, count: array.elementCount)
        var target = values.mutableSpan
        unsafe type.widen(bytes.span.bytes, into: &target)
        return values
    }
}

/// Stored floating-point numbers that become f32; f64 is rounded.
private enum FloatBytes {
    case element(ElementType)
    case double

    init(_ type: TensorFileType, path: String, name: String) throws(FileError) {
        if type == .float64 {
            self = .double
        } else if let element = type.elementType, element.isFloatingPoint {
            self = .element(element)
        } else {
            throw FileError(path: path, problem: "\"\(name)\" is \(type.rawValue); expected F32, F16, BF16 or F64")
        }
    }

    init(_ type: NumPyType, path: String, name: String) throws(FileError) {
        switch type {
        case .float16: self = .element(.float16)
        case .float32: self = .element(.float32)
        case .float64: self = .double
        default:
            throw FileError(path: path, problem: "\"\(name)\" is \(type.descriptor); expected <f4, <f2 or <f8")
        }
    }

    var byteCount: Int {
        switch self {
        case .element(let type): type.byteCount
        case .double: 8
        }
    }

    func widen(_ bytes: RawSpan, into target: inout MutableSpan<Float>) {
        switch self {
        case .element(let type): Widen.toFloat(bytes, as: type, into: &target)
        case .double:
            for i in target.indices {
                target[i] = Float(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: i * 8, as: Double.self))
            }
        }
    }
}
