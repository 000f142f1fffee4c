import QueryLanguage

/// What pooling keeps of the cells it has seen: enough for mean, sd, sum, extremes and count, and mergeable.
///
/// One entry per output number. Sums are f64; merging follows Chan, Golub and LeVeque (1979), always in chunk order.
struct PoolState: Sendable {
    var count: [Int]
    var sum: [Double]
    /// Σ (x − mean)².
    var squares: [Double]
    var low: [Double]
    var high: [Double]

    init(entries: Int) {
        count = [Int](repeating: 0, count: entries)
        sum = [Double](repeating: 0, count: entries)
        squares = [Double](repeating: 0, count: entries)
        low = [Double](repeating: .infinity, count: entries)
        high = [Double](repeating: -.infinity, count: entries)
    }

    /// Adds one number, by Welford's update (1962).
    @inline(__always)
    mutating func add(_ value: Double, to entry: Int) {
        if value.isNaN, Missing.holds(value) { return }
        let n = count[entry]
        let before = n == 0 ? 0 : sum[entry] / Double(n)
        count[entry] = n + 1
        sum[entry] += value
        let after = sum[entry] / Double(n + 1)
        squares[entry] += (value - before) * (value - after)
        // A NaN stays: comparisons with it are false, so it is set by hand.
        if value < low[entry] || value.isNaN { low[entry] = value }
        if value > high[entry] || value.isNaN { high[entry] = value }
    }

    /// Adds another state's entry to one of this.
    mutating func merge(_ other: PoolState, from: Int, into entry: Int) {
        let (a, b) = (count[entry], other.count[from])
        guard b > 0 else { return }
        if a > 0 {
            let delta = other.sum[from] / Double(b) - sum[entry] / Double(a)
            squares[entry] += other.squares[from] + delta * delta * Double(a) * Double(b) / Double(a + b)
        } else {
            squares[entry] = other.squares[from]
        }
        count[entry] = a + b
        sum[entry] += other.sum[from]
        if other.low[from] < low[entry] || other.low[from].isNaN { low[entry] = other.low[from] }
        if other.high[from] > high[entry] || other.high[from].isNaN { high[entry] = other.high[from] }
    }

    /// The arithmetic mean; NaN of nothing.
    func mean(_ entry: Int) -> Double { count[entry] == 0 ? .nan : sum[entry] / Double(count[entry]) }

    /// The population standard deviation; NaN of nothing.
    func deviation(_ entry: Int) -> Double {
        guard count[entry] > 0, !squares[entry].isNaN else { return .nan }
        return (max(0, squares[entry]) / Double(count[entry])).squareRoot()
    }
}

/// A number that is not there, as opposed to one that came out as NaN: pooling leaves it out.
enum Missing {
    /// A NaN with a payload of its own.
    static let number = Double(bitPattern: 0x7FF8_0000_0000_0DAB)

    static func holds(_ value: Double) -> Bool { value.bitPattern == number.bitPattern }
}

/// A verb that pools, by what it takes from the state.
enum PoolKind: String, Sendable, CaseIterable {
    case mean, std, sum, min, max, count, summary

    func number(_ state: PoolState, _ entry: Int) -> Double {
        switch self {
        case .mean, .summary: state.mean(entry)
        case .std: state.deviation(entry)
        case .sum: state.sum[entry]
        case .min: state.count[entry] == 0 ? .nan : state.low[entry]
        case .max: state.count[entry] == 0 ? .nan : state.high[entry]
        case .count: Double(state.count[entry])
        }
    }
}
