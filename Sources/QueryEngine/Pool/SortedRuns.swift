import Tensor

/// Many numbers, sorted run by run: what is wanted of them are a few ranks, which need no merging, and between two runs the work can be
/// given up.
struct SortedRuns {
    private let values: [Double]
    private let runLength: Int

    /// - Parameters:
    ///   - values: no NaN. O(n log run)
    ///   - runLength: numbers of a run: sorting so many takes some twenty milliseconds
    init(_ values: [Double], runLength: Int = 1 << 18) {
        self.runLength = runLength
        var values = values
        for start in stride(from: 0, to: values.count, by: runLength) {
            if WorkWatch.isCancelled { break }
            values[start..<min(start + runLength, values.count)].sort()
        }
        self.values = values
    }

    var count: Int { values.count }

    /// The number at a place of the whole order. O(1) within one run; else O(64 · runs · log run): the order-preserving integers are
    /// halved until one number is left.
    ///
    /// - Parameter rank: from 0, below `count`
    func number(ofRank rank: Int) -> Double {
        guard values.count > runLength else { return values[rank] + 0 }
        var (low, high) = (UInt64.min, UInt64.max)
        while low < high {
            let middle = low + (high - low) / 2
            if countNotAbove(middle) > rank { high = middle } else { low = middle + 1 }
        }
        return RankSearch.value(low)
    }

    /// Numbers whose key is at most this one.
    private func countNotAbove(_ key: UInt64) -> Int {
        var count = 0
        for start in stride(from: 0, to: values.count, by: runLength) {
            let end = min(start + runLength, values.count)
            var (low, high) = (start, end)
            while low < high {
                let middle = (low + high) / 2
                if RankSearch.key(values[middle]) <= key { low = middle + 1 } else { high = middle }
            }
            count += low - start
        }
        return count
    }
}
