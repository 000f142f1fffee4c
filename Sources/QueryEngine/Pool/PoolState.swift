import Kernels
import QueryLanguage

/// What pooling keeps of the cells it has seen: enough for mean, sd, sum, extremes and count, and mergeable.
///
/// A cell holds `width` numbers (one for plain numbers) that are counted together. Sums are f64; merging follows Chan, Golub and
/// LeVeque (1979), always in chunk order.
struct PoolState: Sendable {
    /// What a kind of pooling needs beside the sums.
    enum Need: UInt8, Sendable { case sums, squares, extremes }

    let need: Need
    let width: Int
    /// Per cell.
    var count: [Int]
    /// Per cell and component.
    var sum: [Double]
    /// Σ (x − mean)², where squares are needed.
    var squares: [Double]
    /// Smallest and largest, where extremes are needed.
    var low: [Double]
    var high: [Double]

    init(cells: Int, width: Int = 1, need: Need) {
        self.need = need
        self.width = width
        count = [Int](repeating: 0, count: cells)
        sum = [Double](repeating: 0, count: cells * width)
        squares = need == .squares ? sum : []
        low = need == .extremes ? [Double](repeating: .infinity, count: cells * width) : []
        high = need == .extremes ? [Double](repeating: -.infinity, count: cells * width) : []
    }

    /// Cells.
    var cells: Int { count.count }

    /// Makes room for more cells.
    mutating func grow(by cells: Int) {
        let entries = cells * width
        count.append(contentsOf: repeatElement(0, count: cells))
        sum.append(contentsOf: repeatElement(0, count: entries))
        switch need {
        case .sums: break
        case .squares: squares.append(contentsOf: repeatElement(0, count: entries))
        case .extremes:
            low.append(contentsOf: repeatElement(.infinity, count: entries))
            high.append(contentsOf: repeatElement(-.infinity, count: entries))
        }
    }

    /// Adds numbers to a cell of width 1, one after the other.
    mutating func add(_ values: Span<Double>, to cell: Int) {
        guard need == .sums else {
            for row in 0..<values.count { add(values[row], to: cell) }
            return
        }
        var (n, total) = (count[cell], sum[cell])
        for row in 0..<values.count {
            let value = values[row]
            if value.isNaN, Missing.holds(value) { continue }
            n += 1
            total += value
        }
        (count[cell], sum[cell]) = (n, total)
    }

    /// Adds one number to a cell of width 1; squares by Welford's update (1962).
    @inline(__always)
    mutating func add(_ value: Double, to cell: Int) {
        if value.isNaN, Missing.holds(value) { return }
        let n = count[cell]
        switch need {
        case .sums: break
        case .squares:
            let before = n == 0 ? 0 : sum[cell] / Double(n)
            let after = (sum[cell] + value) / Double(n + 1)
            squares[cell] += (value - before) * (value - after)
        case .extremes:
            // A NaN stays: comparisons with it are false, so it is set by hand.
            if value < low[cell] || value.isNaN { low[cell] = value }
            if value > high[cell] || value.isNaN { high[cell] = value }
        }
        count[cell] = n + 1
        sum[cell] += value
    }

    /// Adds vectors to a cell: `rows × width` numbers.
    mutating func add(_ values: Span<Float>, rows: Int, to cell: Int) {
        guard rows > 0 else { return }
        let width = width
        let range = cell * width..<(cell + 1) * width
        if need == .sums {
            var sums = sum.mutableSpan
            var part = sums._mutatingExtracting(range)
            RowSums.add(values, rows: rows, width: width, to: &part)
            count[cell] += rows
            return
        }
        // The rows' own mean first: squares around it lose nothing, and two states merge.
        var mine = [Double](repeating: 0, count: width)
        var target = mine.mutableSpan
        RowSums.add(values, rows: rows, width: width, to: &target)
        let center = mine.map { $0 / Double(rows) }
        var around = [Double](repeating: 0, count: width)
        var squares = around.mutableSpan
        RowSums.addSquares(values, rows: rows, width: width, around: center.span, to: &squares)
        for component in 0..<width {
            mergeSquares(
                sum: mine[component], squares: around[component], count: rows, into: range.lowerBound + component,
                before: count[cell])
            sum[range.lowerBound + component] += mine[component]
        }
        count[cell] += rows
    }

    @inline(__always)
    private mutating func mergeSquares(
        sum other: Double, squares more: Double, count b: Int, into entry: Int, before a: Int
    ) {
        guard a > 0 else { return squares[entry] = more }
        let delta = other / Double(b) - sum[entry] / Double(a)
        squares[entry] += more + delta * delta * Double(a) * Double(b) / Double(a + b)
    }

    /// Adds another state's cell to one of this.
    mutating func merge(_ other: PoolState, from: Int, into cell: Int) {
        let (a, b) = (count[cell], other.count[from])
        guard b > 0 else { return }
        for component in 0..<width {
            let (entry, source) = (cell * width + component, from * width + component)
            switch need {
            case .sums: break
            case .squares:
                mergeSquares(
                    sum: other.sum[source], squares: other.squares[source], count: b, into: entry, before: a)
            case .extremes:
                if other.low[source] < low[entry] || other.low[source].isNaN { low[entry] = other.low[source] }
                if other.high[source] > high[entry] || other.high[source].isNaN { high[entry] = other.high[source] }
            }
            sum[entry] += other.sum[source]
        }
        count[cell] = a + b
    }

    /// The arithmetic mean; NaN of nothing.
    func mean(_ cell: Int, component: Int = 0) -> Double {
        count[cell] == 0 ? .nan : sum[cell * width + component] / Double(count[cell])
    }

    /// The population standard deviation; NaN of nothing.
    func deviation(_ cell: Int, component: Int = 0) -> Double {
        let squares = squares[cell * width + component]
        guard count[cell] > 0, !squares.isNaN else { return .nan }
        return (max(0, squares) / Double(count[cell])).squareRoot()
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

    var need: PoolState.Need {
        switch self {
        case .mean, .sum, .count: .sums
        case .std, .summary: .squares
        case .min, .max: .extremes
        }
    }

    func number(_ state: PoolState, _ cell: Int, component: Int = 0) -> Double {
        switch self {
        case .mean, .summary: state.mean(cell, component: component)
        case .std: state.deviation(cell, component: component)
        case .sum: state.sum[cell * state.width + component]
        case .min: state.count[cell] == 0 ? .nan : state.low[cell * state.width + component]
        case .max: state.count[cell] == 0 ? .nan : state.high[cell * state.width + component]
        case .count: Double(state.count[cell])
        }
    }
}
