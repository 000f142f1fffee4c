/// The k largest positive values of a row that comes piece by piece, with their places.
///
/// Values come out by falling size, equal ones by rising index. NaN is never chosen.
public struct TopK: Sendable {
    private let k: Int
    /// What may still be chosen. The bits of a positive float order as the float does; above the complement of its index they
    /// make a key whose order is the wanted one.
    private var keys: [UInt64] = []
    /// Only values above it can still be chosen: an equal one that comes later has the higher index.
    private var threshold: Float = 0

    /// - Parameter k: how many values are kept, > 0.
    public init(k: Int) {
        precondition(k > 0, "no value to keep")
        self.k = k
    }

    /// Looks at the next piece of the row. Expected O(n) where n ≫ k: most values fail the comparison with the k-th best.
    ///
    /// - Parameter firstIndex: of the piece's first value; pieces come in order.
    public mutating func take(_ piece: Span<Float>, firstIndex: Int) {
        let limit = 2 * k + 64
        var start = 0
        while start < piece.count {
            let end = min(start + TopK.stride, piece.count)
            // Straight code that the compiler turns into one comparison of a vector: mostly all of it fails.
            var hits: UInt32 = 0
            for i in start..<end { hits |= unsafe piece[unchecked: i] > threshold ? 1 : 0 }
            if hits != 0 {
                for i in start..<end {
                    let value = unsafe piece[unchecked: i]
                    guard value > threshold else { continue }
                    keys.append(UInt64(value.bitPattern) << 32 | UInt64(~UInt32(truncatingIfNeeded: firstIndex + i)))
                }
                if keys.count >= limit { shorten() }
            }
            start = end
        }
    }

    private static let stride = 32

    /// Forgets all but the k best.
    private mutating func shorten() {
        keys.sort(by: >)
        keys.removeLast(keys.count - k)
        threshold = Float(bitPattern: UInt32(truncatingIfNeeded: keys[k - 1] >> 32))
    }

    /// Writes what was chosen and begins anew; returns how many there are. Places beyond stay as they were.
    ///
    /// - Precondition: room for k.
    public mutating func finish(indices: inout MutableSpan<UInt32>, values: inout MutableSpan<Float>) -> Int {
        precondition(indices.count >= k && values.count >= k, "no room for the values")
        keys.sort(by: >)
        let count = min(k, keys.count)
        for place in 0..<count {
            indices[place] = ~UInt32(truncatingIfNeeded: keys[place])
            values[place] = Float(bitPattern: UInt32(truncatingIfNeeded: keys[place] >> 32))
        }
        keys.removeAll(keepingCapacity: true)
        threshold = 0
        return count
    }
}
