/// Sums of a layer's columns in f32: the reduction that every scan here ends in.
struct ColumnSums: Sendable {
    private(set) var values: [Float]

    init(width: Int) { values = [Float](repeating: 0, count: width) }

    /// Adds `rows × width` numbers, 16 columns at a time, so that the sums stay in registers over the rows.
    mutating func add(_ numbers: Span<Float>) {
        let width = values.count
        let rows = numbers.count / width
        numbers.withUnsafeBufferPointer { numbers in
            values.withUnsafeMutableBufferPointer { values in
                guard let source = numbers.baseAddress, let target = values.baseAddress else { return }
                var column = 0
                while column + 32 <= width {
                    var low = UnsafeRawPointer(target + column).loadUnaligned(as: SIMD16<Float>.self)
                    var high = UnsafeRawPointer(target + column + 16).loadUnaligned(as: SIMD16<Float>.self)
                    for row in 0..<rows {
                        let place = UnsafeRawPointer(source + row * width + column)
                        low += place.loadUnaligned(as: SIMD16<Float>.self)
                        high += place.loadUnaligned(fromByteOffset: 64, as: SIMD16<Float>.self)
                    }
                    UnsafeMutableRawPointer(target + column).storeBytes(of: low, as: SIMD16<Float>.self)
                    UnsafeMutableRawPointer(target + column + 16).storeBytes(of: high, as: SIMD16<Float>.self)
                    column += 32
                }
                while column < width {
                    for row in 0..<rows { target[column] += source[row * width + column] }
                    column += 1
                }
            }
        }
    }

    mutating func add(_ other: ColumnSums) {
        for index in values.indices { values[index] += other.values[index] }
    }
}
