import CSums

/// Sums of a layer's columns in f32: the reduction that every scan here ends in.
struct ColumnSums: Sendable {
    private(set) var values: [Float]

    init(width: Int) { values = [Float](repeating: 0, count: width) }

    /// Adds `rows × width` numbers.
    mutating func add(_ numbers: Span<Float>) {
        let width = values.count
        numbers.withUnsafeBufferPointer { numbers in
            values.withUnsafeMutableBufferPointer { values in
                benchmark_add_rows(numbers.baseAddress, numbers.count / width, width, values.baseAddress)
            }
        }
    }

    mutating func add(_ other: ColumnSums) {
        for index in values.indices { values[index] += other.values[index] }
    }
}
