import Tensor

/// Is a statistic of classes larger than under classes that mean nothing? Classes of whole units (prompts) are exchanged.
///
/// The p-value is (1 + #{|T*| ≥ |T|}) / (1 + permutations) (Phipson & Smyth 2010): never 0. Where all different assignments
/// of two classes are at most as many as asked for, each is taken once and the p-value is exact, #{|T*| ≥ |T|} / assignments,
/// as `scipy.stats.permutation_test` does.
public struct PermutationTest: Sendable, Hashable {
    public var seed: UInt64
    public var permutations: Int

    public init(seed: UInt64, permutations: Int) {
        self.seed = seed
        self.permutations = permutations
    }

    /// The assignments to compare with: classes of units, exchanged.
    public struct Assignments: Sendable, Hashable {
        /// One list of classes per assignment, in the order of the units.
        public let classes: [[Int32]]
        /// Whether these are all assignments, the true one among them.
        public let isExact: Bool

        /// The share of assignments whose statistic is at least as far out as the true one, within rounding.
        ///
        /// - Parameter slack: statistics that differ by less than this share of the true one are equal: 1e-14 for numbers in
        ///   double precision, as SciPy; more where they were rounded to f32 before, which tears ties apart.
        public func pValue(true value: Double, others: [Double], slack: Double = 1e-14) -> Double {
            guard !value.isNaN else { return .nan }
            let edge = abs(value) - max(1e-14, abs(value) * slack)
            let beyond = others.count { abs($0) >= edge }
            return isExact ? Double(beyond) / Double(others.count) : Double(1 + beyond) / Double(1 + others.count)
        }
    }

    /// Depends on (seed, keys, classes): not on the order of the units. O(permutations · n log n).
    ///
    /// - Parameters:
    ///   - keys: one per unit, all different.
    ///   - classes: 0, 1, … of each unit.
    public func assignments(_ keys: [String], classes: [Int]) -> Assignments {
        let hashes = keys.map(SeededDraw.hash)
        let order = keys.indices.sorted { (hashes[$0], keys[$0]) < (hashes[$1], keys[$1]) }
        let ones = classes.count { $0 == 1 }
        if classes.allSatisfy({ $0 == 0 || $0 == 1 }), let all = Self.choose(classes.count, ones), all <= permutations {
            return Assignments(classes: Self.combinations(order, ones: ones), isExact: true)
        }
        let sorted = order.map { Int32(classes[$0]) }
        var found: [[Int32]] = []
        found.reserveCapacity(permutations)
        for index in 0..<permutations {
            if WorkWatch.isCancelled { break }
            let draw = SeededDraw(seed: seed, repeat: index, purpose: .permutation)
            var shuffled = sorted
            // Fisher & Yates from the end.
            for i in stride(from: shuffled.count - 1, to: 0, by: -1) {
                let j = Int(draw.number(key: UInt64(i)).multipliedFullWidth(by: UInt64(i + 1)).high)
                shuffled.swapAt(i, j)
            }
            var placed = [Int32](repeating: 0, count: classes.count)
            for (place, unit) in order.enumerated() { placed[unit] = shuffled[place] }
            found.append(placed)
        }
        return Assignments(classes: found, isExact: false)
    }

    /// n over k, or nil where it is beyond a million.
    private static func choose(_ n: Int, _ k: Int) -> Int? {
        var value = 1
        for i in 0..<min(k, n - k) {
            value = value * (n - i) / (i + 1)
            if value > 1_000_000 { return nil }
        }
        return value
    }

    private static func combinations(_ order: [Int], ones: Int) -> [[Int32]] {
        var found: [[Int32]] = []
        var places = Array(0..<ones)
        let n = order.count
        while true {
            var classes = [Int32](repeating: 0, count: n)
            for place in places { classes[order[place]] = 1 }
            found.append(classes)
            // The next combination in lexicographic order.
            guard let turn = places.indices.last(where: { places[$0] < n - ones + $0 }) else { return found }
            places[turn] += 1
            for later in places.indices where later > turn { places[later] = places[later - 1] + 1 }
        }
    }
}
