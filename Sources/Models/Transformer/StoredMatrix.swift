internal import Kernels
internal import Tensor

/// A matrix in the form its file has, [rows, columns]: half precision is widened only for a product, tile by tile.
struct StoredMatrix: Sendable {
    enum Numbers: Sendable {
        case float([Float])
        /// f16 or bf16, as bits.
        case half([UInt16], ElementType)
    }

    let numbers: Numbers
    let rows: Int
    let columns: Int

    /// Numbers that are widened at once: few enough to stay near the processor, enough that packing what they are multiplied
    /// with costs little.
    private static let tileSize = 1 << 20

    private var type: ElementType {
        switch numbers {
        case .float: .float32
        case .half(_, let type): type
        }
    }

    /// Rows of a tile.
    private var tileRows: Int { max(1, min(rows, StoredMatrix.tileSize / max(1, columns))) }

    /// Row `index` widened into `out`, which has exactly `columns` places.
    func copyRow(_ index: Int, into out: inout MutableSpan<Float>) {
        let place = index * columns..<(index + 1) * columns
        switch numbers {
        case .float(let numbers):
            unsafe Widen.toFloat(numbers.span.extracting(place).bytes, as: .float32, into: &out)
        case .half(let numbers, let type):
            unsafe Widen.toFloat(numbers.span.extracting(place).bytes, as: type, into: &out)
        }
    }

    /// out[count, rows] = x[count, columns] · selfᵀ + beta · out.
    ///
    /// - Parameter tile: scratch memory; grows to a tile where the numbers are half precision.
    func multiply(
        _ x: Span<Float>, count: Int, into out: inout MutableSpan<Float>, beta: Float = 0, tile: inout [Float]
    ) {
        guard count > MatrixMultiply.fewRowsLimit(type) else {
            multiplyFew(x, count: count, into: &out, beta: beta)
            return
        }
        switch numbers {
        case .float(let numbers):
            MatrixMultiply.rowsTimesTransposed(
                x, numbers.span, into: &out, m: count, n: rows, k: columns, beta: beta)
        case .half:
            for first in stride(from: 0, to: rows, by: tileRows) {
                let part = first..<min(rows, first + tileRows)
                var target = out._mutatingExtracting(part.lowerBound..<out.count)
                widen(part, into: &tile)
                MatrixMultiply.rowsTimesTransposed(
                    x, stride: columns, tile.span, stride: columns, into: &target, stride: rows, m: count,
                    n: part.count, k: columns, beta: beta)
            }
        }
    }

    private func multiplyFew(_ x: Span<Float>, count: Int, into out: inout MutableSpan<Float>, beta: Float) {
        switch numbers {
        case .float(let numbers):
            unsafe MatrixMultiply.fewRows(
                x, numbers.span.bytes, as: .float32, into: &out, m: count, n: rows, k: columns, beta: beta)
        case .half(let numbers, let type):
            unsafe MatrixMultiply.fewRows(
                x, numbers.span.bytes, as: type, into: &out, m: count, n: rows, k: columns, beta: beta)
        }
    }

    /// out[count, part] = x[count, columns] · (rows `part` of self)ᵀ.
    ///
    /// - Parameter tile: what `widen` has put there for this part.
    func multiply(_ x: Span<Float>, by part: Range<Int>, count: Int, into out: inout MutableSpan<Float>, tile: [Float])
    {
        switch numbers {
        case .float(let numbers):
            MatrixMultiply.rowsTimesTransposed(
                x, numbers.span.extracting(part.lowerBound * columns..<part.upperBound * columns), into: &out,
                m: count, n: part.count, k: columns)
        case .half:
            MatrixMultiply.rowsTimesTransposed(x, tile.span, into: &out, m: count, n: part.count, k: columns)
        }
    }

    /// Some rows as f32 at the start of `tile`; nothing where they are f32 already.
    func widen(_ part: Range<Int>, into tile: inout [Float]) {
        guard case .half(let numbers, let type) = numbers else { return }
        let place = part.lowerBound * columns..<part.upperBound * columns
        if tile.count < place.count { tile = [Float](repeating: 0, count: place.count) }
        var span = tile.mutableSpan
        var target = span._mutatingExtracting(0..<place.count)
        unsafe Widen.toFloat(numbers.span.extracting(place).bytes, as: type, into: &target)
    }
}
