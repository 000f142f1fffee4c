internal import CKernels

/// Σᵢ hᵢ (xᵢ, 1)ᵀ(xᵢ, 1): the Gram matrix of weighted rows with a column of ones behind the last feature.
public struct WeightedGram: Sendable {
    /// How the products are formed; sums of blocks are double precision either way.
    public enum Precision: Sendable, Hashable {
        case double, float
        /// Of rows with so many of their digits, on the processor's matrix unit: for a metric to step by. Only where
        /// `TileGram.isAvailable`.
        case tiles(TileGram.Precision)
    }

    /// d + 1: the features and the column of ones.
    public let columns: Int
    /// Elements from one row of `values` to the next, at least `columns`.
    public let stride: Int
    /// `columns` × `stride`, row-major, symmetric; places beyond `columns` are 0.
    public private(set) var values: [Double]

    private let precision: Precision
    private var doubles: [Double]
    private var floats: [Float]
    private var tiles = TileGram()

    /// A square for d = `features`, all zero.
    public init(features: Int, precision: Precision = .double) {
        precondition(features >= 0)
        columns = features + 1
        let panel = Int(VARVE_GRAM_PANEL)
        stride = (features + panel) / panel * panel
        values = [Double](repeating: 0, count: stride * stride)
        self.precision = precision
        let scratch = Int(VARVE_GRAM_ROWS) * stride
        doubles = precision == .double ? [Double](repeating: 0, count: scratch) : []
        floats = precision == .float ? [Float](repeating: 0, count: scratch) : []
    }

    /// Replaces the square by that of `rowWeights.count` rows; weights are ≥ 0. O(n · d²).
    public mutating func compute(_ x: Span<Float>, rowWeights: Span<Double>) {
        let features = columns - 1
        precondition(x.count >= rowWeights.count * features, "fewer rows than weights")
        for i in values.indices { values[i] = 0 }
        if case .tiles(let precision) = precision {
            addTiles(x, rowWeights, precision)
            return mirror()
        }
        // With no feature x may be empty: any address will do, nothing is read from it.
        let none: [Float] = [0]
        let source = features == 0 ? none.span : x
        unsafe source.withUnsafeBufferPointer { x in
            unsafe rowWeights.withUnsafeBufferPointer { h in
                unsafe values.withUnsafeMutableBufferPointer { g in
                    guard let x = x.baseAddress, let from = h.baseAddress, let to = g.baseAddress else { return }
                    switch precision {
                    case .double:
                        unsafe doubles.withUnsafeMutableBufferPointer { scratch in
                            guard let scratch = scratch.baseAddress else { return }
                            unsafe varve_gram_f64(x, h.count, features, from, to, stride, scratch)
                        }
                    case .float:
                        unsafe floats.withUnsafeMutableBufferPointer { scratch in
                            guard let scratch = scratch.baseAddress else { return }
                            unsafe varve_gram_f32(x, h.count, features, from, to, stride, scratch)
                        }
                    case .tiles: break
                    }
                }
            }
        }
        mirror()
    }

    /// Copies the upper triangle to the lower one, block by block so that neither walks far.
    private mutating func mirror() {
        let (columns, stride, block) = (columns, stride, 32)
        var square = values.mutableSpan
        for top in Swift.stride(from: 0, to: columns, by: block) {
            for left in Swift.stride(from: top, to: columns, by: block) {
                for i in top..<min(top + block, columns) {
                    for j in max(left, i + 1)..<max(left, i + 1, min(left + block, columns)) {
                        square[j * stride + i] = square[i * stride + j]
                    }
                }
            }
        }
    }

    /// The features' products on tiles, those with the column of ones in double precision.
    private mutating func addTiles(_ x: Span<Float>, _ h: Span<Double>, _ precision: TileGram.Precision) {
        let d = columns - 1
        var last = [Double](repeating: 0, count: d)
        do {
            var sums = last.mutableSpan
            LogisticLoss.addWeightedRows(x, rowWeights: h, into: &sums)
        }
        var total = 0.0
        for i in h.indices { total += h[i] }
        let (center, nowhere) = ([Float](repeating: 0, count: d), [Double](repeating: 0, count: d))
        let stride = stride
        var weights: [Float] = []
        // Two spans of one value's arrays can't live together: this memory steps outside meanwhile.
        var tiles = TileGram()
        swap(&tiles, &self.tiles)
        do {
            var square = values.mutableSpan
            for first in Swift.stride(from: 0, to: h.count, by: TileGram.rows) {
                let rows = first..<min(first + TileGram.rows, h.count)
                weights.removeAll(keepingCapacity: true)
                for row in rows { weights.append(Float(h[row].squareRoot())) }
                tiles.add(
                    x, rows: Array(rows).span, center: center.span, weights: weights.span, precision: precision,
                    delta: nowhere.span, share: 0, offset: nowhere.span, taken: 0, to: &square, stride: stride)
            }
        }
        swap(&tiles, &self.tiles)
        for j in 0..<d { values[j * stride + d] = last[j] }
        values[d * stride + d] = total
    }
}
