public import Tensor

extension ColumnSpec {
    /// Rows that one block of a new file holds: a power of two, so that the blocks of several columns meet.
    ///
    /// A wide column has 24–48 KiB a block: one row is read, checked and decoded in a few microseconds, and the directory
    /// takes 36 bytes of it. Rows of less than 128 bytes fill 16 KiB: a block of them is not worth more.
    public var blockRows: Int {
        let row = max(1, rowBytes)
        if row < 128 { return ColumnSpec.powerOfTwo(upTo: (32 << 10) / row - 1) }
        return ColumnSpec.powerOfTwo(upTo: (48 << 10) / row)
    }

    private static func powerOfTwo(upTo count: Int) -> Int {
        var power = 1
        while power * 2 <= count { power <<= 1 }
        return power
    }
}
