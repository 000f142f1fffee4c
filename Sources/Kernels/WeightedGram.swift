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
    ///
    public mutating func compute(_ x: Span<Float>, rowWeights: Span<Double>) {
        let features = columns - 1
        precondition(x.count >= rowWeights.count * features, "fewer rows than weights")
        if case .tiles = precision {
            let origin = [Float](repeating: 0, count: features)
            return computeOnTiles(x, rows: Array(rowWeights.indices), center: origin, rowWeights: rowWeights)
        }
        for i in values.indices { values[i] = 0 }
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

    /// Which of rows `group · step ..< (group + 1) · step` stands for them: a drawn one. Were it always the first, rows that repeat a pattern,
    /// such as positions in prompts of 128 tokens, would never show the rest of it where the step divides its length.
    public static func sampled(_ group: Int, every step: Int, of count: Int) -> Int {
        let drawn = (UInt64(truncatingIfNeeded: group) &* 0x9E37_79B9_7F4A_7C15) >> 33
        return min(count - 1, group * step + Int(drawn) % step)
    }

    /// The same on the processor's matrix unit, of rows that lie anywhere in a matrix, with a center taken off.
    ///
    /// - Parameters:
    ///   - rows: of the matrix, one for each weight
    ///   - every: of each so many that follow one another only one is taken, and stands for the others
    public mutating func computeOnTiles(
        _ x: Span<Float>, rows: [Int], center: [Float], rowWeights h: Span<Double>, every step: Int = 1
    ) {
        guard case .tiles(let precision) = precision else { preconditionFailure("made for other products") }
        precondition(rows.count == h.count && center.count == columns - 1, "one weight for each row")
        for i in values.indices { values[i] = 0 }
        let stride = stride
        let nowhere = [Double](repeating: 0, count: columns)
        let taken = (h.count + step - 1) / step
        let share = taken == 0 ? 0 : Double(h.count) / Double(taken)
        var (places, weights): ([Int], [Float]) = ([], [])
        // Two spans of one value's arrays can't live together: this memory steps outside meanwhile.
        var tiles = TileGram()
        swap(&tiles, &self.tiles)
        do {
            var square = values.mutableSpan
            for first in Swift.stride(from: 0, to: taken, by: precision.rows) {
                places.removeAll(keepingCapacity: true)
                weights.removeAll(keepingCapacity: true)
                for place in first..<min(first + precision.rows, taken) {
                    let row = step == 1 ? place : Self.sampled(place, every: step, of: h.count)
                    places.append(rows[row])
                    weights.append(Float((share * h[row]).squareRoot()))
                }
                tiles.add(
                    x, rows: places.span, center: center.span, weights: weights.span, precision: precision,
                    delta: nowhere.span, share: 0, offset: nowhere.span, taken: 0, to: &square, stride: stride)
            }
        }
        swap(&tiles, &self.tiles)
        mirror()
    }
}
