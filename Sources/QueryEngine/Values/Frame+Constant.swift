extension Frame {
    /// How many features have one value in all those rows of an inner cell; 0 where there are fewer than two rows.
    ///
    /// Mostly the second row ends it: only features that were equal so far are looked at again. O(rows · constant features).
    func constantColumns(inner cell: Int, rows: [Int]) -> Int {
        guard rows.count > 1, let first = rows.first else { return 0 }
        let base = cell * self.rows
        switch payload {
        case .vectors(let values, let width):
            var equal = Array(0..<width)
            for row in rows.dropFirst() where !equal.isEmpty {
                equal.removeAll { values[(base + row) * width + $0] != values[(base + first) * width + $0] }
            }
            return equal.count
        case .numbers(let values): return rows.allSatisfy { values[base + $0] == values[base + first] } ? 1 : 0
        default: return 0
        }
    }
}
