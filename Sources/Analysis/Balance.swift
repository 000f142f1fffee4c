/// Undersampling: every class is cut to the size of the smallest, drawn anew per repeat from (seed, repeat, keys).
public enum Balance {
    /// The rows kept, in rising order: of each class the units with the lowest drawn numbers.
    ///
    /// - Parameter unit: `.row` makes equal numbers of rows; `.prompt` keeps whole prompts and makes equal numbers of them.
    /// - Throws: `.shape`, `.oneClass` where there is nothing to balance against.
    public static func undersample(
        _ keys: RowKeys, labels: [Int], unit: SplitUnit = .row, seed: UInt64, repeat index: Int
    ) throws(AnalysisError) -> [Int] {
        guard labels.count == keys.rows else {
            throw AnalysisError(.shape, "\(labels.count) labels for \(keys.rows) rows", mend: "give one label per row")
        }
        let units = DrawnUnits(
            keys, labels: labels, unit: unit, draw: SeededDraw(seed: seed, repeat: index, purpose: .balance))
        guard units.sizes.count > 1, let smallest = units.sizes.min() else {
            throw AnalysisError(
                .oneClass, "all \(keys.rows) rows are of one class", mend: "balance needs rows of two classes")
        }
        return units.rows(units.first(units.sizes.map { _ in smallest })).chosen
    }
}
