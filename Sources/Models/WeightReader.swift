internal import Kernels
internal import Tensor
internal import TensorFiles

/// Reads tensors, fingerprints what it has read and refuses numbers that aren't finite.
///
/// Bytes pass through a tile of a few MiB: nothing of a tensor's size is taken beside the tensor itself.
struct WeightReader {
    let file: Safetensors
    private(set) var digest = ContentDigest()
    private static let tileBytes = 4 << 20

    init(_ file: Safetensors) { self.file = file }

    /// The tensor widened to f32, row-major; its shape is checked before memory is taken.
    mutating func floats(_ name: String, shape: [Int]) throws(FileError) -> [Float] {
        let entry = try file.floats(name, shape: shape)
        guard let type = entry.type.elementType else { return [] }
        digest.update("\(name) \(entry.type.rawValue) \(shape)")
        var values = [Float](repeating: 0, count: entry.elementCount)
        let height = shape.first ?? 1
        guard entry.elementCount > 0 else { return values }
        let width = entry.elementCount / height
        let tileRows = max(1, min(height, WeightReader.tileBytes / (width * type.byteCount)))
        var tile = [UInt8](repeating: 0, count: tileRows * width * type.byteCount)
        var row = 0
        while row < height {
            let rows = min(tileRows, height - row)
            if rows < tileRows { tile.removeLast((tileRows - rows) * width * type.byteCount) }
            var stored = tile.mutableSpan
            var raw = unsafe stored.mutableBytes
            try file.read(entry, rows: row..<row + rows, into: &raw)
            unsafe digest.update(tile.span.bytes)
            var span = values.mutableSpan
            var target = span._mutatingExtracting(row * width..<(row + rows) * width)
            unsafe Widen.toFloat(tile.span.bytes, as: type, into: &target)
            guard StoredWeights.areFinite(target.span) else { throw notFinite(name) }
            row += rows
        }
        return values
    }

    /// The matrix [rows, columns] as it is stored; its shape is checked before memory is taken.
    ///
    /// - Parameter isTransposed: the file has [columns, rows].
    mutating func matrix(
        _ name: String, rows: Int, columns: Int, isTransposed: Bool = false
    ) throws(FileError) -> StoredMatrix {
        let shape = isTransposed ? [columns, rows] : [rows, columns]
        let entry = try file.floats(name, shape: shape)
        digest.update("\(name) \(entry.type.rawValue) \(shape)")
        guard let type = entry.type.elementType, type != .float32 else {
            var numbers = [Float](repeating: 0, count: entry.elementCount)
            try fill(&numbers, from: entry, isTransposed: isTransposed) { StoredWeights.areFinite($0) }
            return StoredMatrix(numbers: .float(numbers), rows: rows, columns: columns)
        }
        var numbers = [UInt16](repeating: 0, count: entry.elementCount)
        try fill(&numbers, from: entry, isTransposed: isTransposed) { StoredWeights.areFinite($0, as: type) }
        return StoredMatrix(numbers: .half(numbers, type), rows: rows, columns: columns)
    }

    private mutating func fill<Number: StoredNumber>(
        _ numbers: inout [Number], from entry: TensorEntry, isTransposed: Bool, areFinite: (Span<Number>) -> Bool
    ) throws(FileError) {
        guard entry.elementCount > 0 else { return }
        let height = entry.shape[0]
        let width = entry.elementCount / height
        let tileRows = max(1, min(height, WeightReader.tileBytes / (width * MemoryLayout<Number>.stride)))
        var tile = [Number](repeating: 0, count: isTransposed ? tileRows * width : 0)
        for row in stride(from: 0, to: height, by: tileRows) {
            let rows = min(tileRows, height - row)
            if isTransposed {
                var span = tile.mutableSpan
                var part = span._mutatingExtracting(0..<rows * width)
                try read(entry, row..<row + rows, into: &part, areFinite)
                var out = numbers.mutableSpan
                var target = out._mutatingExtracting(row..<out.count)
                Number.transpose(tile.span, rows: rows, columns: width, into: &target, stride: height)
            } else {
                var span = numbers.mutableSpan
                var part = span._mutatingExtracting(row * width..<(row + rows) * width)
                try read(entry, row..<row + rows, into: &part, areFinite)
            }
        }
    }

    private mutating func read<Number: StoredNumber>(
        _ entry: TensorEntry, _ rows: Range<Int>, into part: inout MutableSpan<Number>,
        _ areFinite: (Span<Number>) -> Bool
    ) throws(FileError) {
        var raw = unsafe part.mutableBytes
        try file.read(entry, rows: rows, into: &raw)
        unsafe digest.update(part.span.bytes)
        guard areFinite(part.span) else { throw notFinite(entry.name) }
    }

    private func notFinite(_ name: String) -> FileError {
        FileError(
            path: file.path, problem: "\"\(name)\" holds a number that is NaN or infinite",
            mend: "the weights are damaged or were trained to destruction: use others")
    }
}

/// What a matrix's numbers are kept as.
protocol StoredNumber: BitwiseCopyable, ExpressibleByIntegerLiteral {
    static func transpose(
        _ x: Span<Self>, rows: Int, columns: Int, into out: inout MutableSpan<Self>, stride: Int)
}

extension Float: StoredNumber {
    static func transpose(
        _ x: Span<Float>, rows: Int, columns: Int, into out: inout MutableSpan<Float>, stride: Int
    ) {
        StoredWeights.transpose(x, rows: rows, columns: columns, into: &out, stride: stride)
    }
}

extension UInt16: StoredNumber {
    static func transpose(
        _ x: Span<UInt16>, rows: Int, columns: Int, into out: inout MutableSpan<UInt16>, stride: Int
    ) {
        StoredWeights.transpose(x, rows: rows, columns: columns, into: &out, stride: stride)
    }
}
