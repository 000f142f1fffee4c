internal import Kernels
internal import Tensor
internal import TensorFiles

/// Reads tensors as f32 and fingerprints what it has read.
struct WeightReader {
    let file: Safetensors
    private(set) var digest = ContentDigest()

    init(_ file: Safetensors) { self.file = file }

    /// The tensor widened to f32, row-major; its shape is checked before memory is taken.
    ///
    /// Stored bytes pass through a tile of a few MiB, so that the peak is the f32 result alone.
    mutating func floats(_ name: String, shape: [Int]) throws(FileError) -> [Float] {
        let entry = try file.floats(name, shape: shape)
        guard let type = entry.type.elementType else { return [] }
        digest.update("\(name) \(entry.type.rawValue) \(shape)")
        var values = [Float](repeating: 0, count: entry.elementCount)
        let height = shape.first ?? 1
        guard entry.elementCount > 0 else { return values }
        let width = entry.elementCount / height
        let tileRows = max(1, min(height, (4 << 20) / (width * type.byteCount)))
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
            row += rows
        }
        return values
    }
}
