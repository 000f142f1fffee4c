/// The k largest positive values of a row, with their places.
public enum TopK {
    /// Fills `indices` and `values` with the largest values of `row` that are > 0, by falling value, equal values by rising
    /// index; returns how many there are, at most `values.count`. Places beyond stay as they were. NaN is never chosen.
    ///
    /// Expected O(n + k² log n) for rows in random order: most numbers fail the comparison with the k-th best.
    public static func positive(
        _ row: Span<Float>, indices: inout MutableSpan<UInt32>, values: inout MutableSpan<Float>
    ) -> Int {
        let k = values.count
        precondition(indices.count == k, "as many places for indices as for values")
        guard k > 0 else { return 0 }
        var found = 0
        var threshold: Float = 0
        for i in row.indices {
            let value = unsafe row[unchecked: i]
            guard value > threshold else { continue }
            var place = found < k ? found : k - 1
            // An equal value came earlier and so has the lower index: it stays in front.
            while place > 0, values[place - 1] < value {
                values[place] = values[place - 1]
                indices[place] = indices[place - 1]
                place -= 1
            }
            values[place] = value
            indices[place] = UInt32(truncatingIfNeeded: i)
            if found < k { found += 1 }
            if found == k { threshold = values[k - 1] }
        }
        return found
    }
}
