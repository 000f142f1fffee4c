import Kernels

/// Rows to learn from: `rows` × `columns` f32, row-major, all finite.
public struct FeatureMatrix: Sendable, Hashable {
    /// rows × columns, row-major.
    public let values: [Float]
    /// n.
    public let rows: Int
    /// d, the features.
    public let columns: Int

    /// - Throws: `.shape` where the sizes don't multiply, `.notFinite` at the first NaN or infinity.
    public init(_ values: [Float], rows: Int, columns: Int) throws(AnalysisError) {
        guard rows >= 0, columns >= 0, case let (count, overflow) = rows.multipliedReportingOverflow(by: columns),
            !overflow, count == values.count
        else {
            throw AnalysisError(
                .shape, "\(values.count) values don't make \(rows) rows of \(columns) features",
                mend: "give rows × features values, row after row")
        }
        if let bad = Self.firstNotFinite(values) {
            throw Self.notFinite(values[bad], row: bad / columns, column: bad % columns)
        }
        self.values = values
        self.rows = rows
        self.columns = columns
    }

    static func notFinite(_ value: Float, row: Int, column: Int) -> AnalysisError {
        AnalysisError(
            .notFinite, "row \(row), feature \(column) is \(value)", mend: "drop such rows or features first")
    }

    /// No row of no feature.
    static let empty = FeatureMatrix(trusted: [], rows: 0, columns: 0)

    private init(trusted values: [Float], rows: Int, columns: Int) {
        self.values = values
        self.rows = rows
        self.columns = columns
    }

    /// The rows of these indices, in this order. O(indices · columns).
    ///
    /// - Precondition: every index is in 0 ..< rows.
    public func selecting(_ indices: [Int]) -> FeatureMatrix {
        var picked: [Float] = []
        picked.reserveCapacity(indices.count * columns)
        for row in indices {
            precondition(row >= 0 && row < rows, "row \(row) of \(rows)")
            picked.append(contentsOf: values[row * columns..<(row + 1) * columns])
        }
        return FeatureMatrix(trusted: picked, rows: indices.count, columns: columns)
    }

    /// The columns of these indices, in this order. O(rows · indices).
    ///
    /// - Precondition: every index is in 0 ..< columns.
    public func selecting(columns indices: [Int]) -> FeatureMatrix {
        precondition(indices.allSatisfy { $0 >= 0 && $0 < columns }, "a column beyond \(columns)")
        let picked = unsafe [Float](unsafeUninitializedCapacity: rows * indices.count) { buffer, count in
            unsafe values.withUnsafeBufferPointer { from in
                var place = 0
                for row in 0..<rows {
                    for column in indices {
                        unsafe buffer.initializeElement(at: place, to: from[row * columns + column])
                        place += 1
                    }
                }
                count = place
            }
        }
        return FeatureMatrix(trusted: picked, rows: rows, columns: indices.count)
    }

    /// Index of the first value that isn't finite. O(n).
    private static func firstNotFinite(_ values: [Float]) -> Int? {
        // A whole-array pass without a branch first: almost always there is none.
        StoredWeights.areFinite(values.span) ? nil : values.firstIndex { !$0.isFinite }
    }
}
