public import Tensor

extension ColumnSpec {
    /// Rows that one block of a new file holds.
    ///
    /// A token row of a wide column stays cheap (64–128 rows, at most 4 MiB); a narrow column gets 16 KiB so that its
    /// directory stays small beside its data.
    public var blockRows: Int {
        let row = max(1, rowBytes)
        if row < 128 { return ColumnSpec.powerOfTwo(atLeast: (16 << 10) / row) }
        if row <= 8 << 10 { return 128 }
        return max(1, min(64, (4 << 20) / row))
    }

    private static func powerOfTwo(atLeast count: Int) -> Int {
        var power = 1
        while power < count { power <<= 1 }
        return power
    }
}
