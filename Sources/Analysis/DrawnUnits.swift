/// Prompts or rows with the numbers they drew, class by class: what splits and balancing pick from.
struct DrawnUnits {
    /// A row, or a prompt with its rows.
    struct Unit {
        let number: UInt64
        /// Index of the row or of the prompt.
        let place: Int
    }

    /// Labels in rising order, and the units of each by rising number (equal numbers by key and part).
    private(set) var classes: [(label: Int, units: [Unit])] = []

    private let keys: RowKeys
    private let unit: SplitUnit
    /// Rows of prompt p are `rows[starts[p] ..< starts[p + 1]]`; empty where rows move by themselves.
    private var starts: [Int] = []
    private var rows: [Int] = []

    /// A prompt's class is that of its rows, the most frequent one where they differ (ties to the lower label).
    init(_ keys: RowKeys, labels: [Int], unit: SplitUnit, draw: SeededDraw) {
        self.keys = keys
        self.unit = unit
        var byLabel = Classes()
        switch unit {
        case .row:
            for row in 0..<keys.rows {
                let number = draw.number(key: keys.hashes[keys.promptOfRow[row]], part: keys.partOfRow[row])
                byLabel.add(Unit(number: number, place: row), label: labels[row])
            }
        case .prompt:
            gatherRows()
            for prompt in keys.prompts.indices where starts[prompt] < starts[prompt + 1] {
                let label = Self.mostFrequent(rows[starts[prompt]..<starts[prompt + 1]], labels)
                byLabel.add(Unit(number: draw.number(key: keys.hashes[prompt]), place: prompt), label: label)
            }
        }
        for group in byLabel.groups.sorted(by: { $0.label < $1.label }) {
            classes.append((group.label, ordered(group.units)))
        }
    }

    /// Units by label. Labels are few and come in runs, so that a look at the last one and a walk beat a dictionary.
    private struct Classes {
        var groups: [(label: Int, units: [Unit])] = []
        private var last = 0

        mutating func add(_ unit: Unit, label: Int) {
            if !groups.indices.contains(last) || groups[last].label != label {
                if let place = groups.firstIndex(where: { $0.label == label }) {
                    last = place
                } else {
                    last = groups.count
                    groups.append((label, []))
                }
            }
            groups[last].units.append(unit)
        }
    }

    /// Number of units of all classes.
    var count: Int { classes.reduce(0) { $0 + $1.units.count } }

    /// The same units as one class.
    func pooled() -> [Unit] { ordered(classes.flatMap(\.units)) }

    /// The rows of some units, in rising order. O(all rows): ticking them off is faster than sorting them.
    func rows(of units: some Sequence<Unit>) -> [Int] {
        var isChosen = [Bool](repeating: false, count: keys.rows)
        var count = 0
        for chosen in units {
            switch unit {
            case .row:
                isChosen[chosen.place] = true
                count += 1
            case .prompt:
                for row in rows[starts[chosen.place]..<starts[chosen.place + 1]] { isChosen[row] = true }
                count += starts[chosen.place + 1] - starts[chosen.place]
            }
        }
        var places: [Int] = []
        places.reserveCapacity(count)
        for row in isChosen.indices where isChosen[row] { places.append(row) }
        return places
    }

    private mutating func gatherRows() {
        starts = [Int](repeating: 0, count: keys.prompts.count + 1)
        for prompt in keys.promptOfRow { starts[prompt + 1] += 1 }
        for prompt in keys.prompts.indices { starts[prompt + 1] += starts[prompt] }
        var next = starts
        rows = [Int](repeating: 0, count: keys.rows)
        for (row, prompt) in keys.promptOfRow.enumerated() {
            rows[next[prompt]] = row
            next[prompt] += 1
        }
    }

    private static func mostFrequent(_ rows: ArraySlice<Int>, _ labels: [Int]) -> Int {
        let first = rows.first.map { labels[$0] } ?? 0
        if rows.allSatisfy({ labels[$0] == first }) { return first }
        var counts: [Int: Int] = [:]
        for row in rows { counts[labels[row], default: 0] += 1 }
        return counts.min { (-$0.value, $0.key) < (-$1.value, $1.key) }?.key ?? first
    }

    /// By rising number; equal ones by key and part. O(n) for numbers as even as these: their first bits put each near its
    /// place, and insertion does the rest.
    private func ordered(_ units: [Unit]) -> [Unit] {
        guard units.count > 1 else { return units }
        let bits = max(1, Int.bitWidth - units.count.leadingZeroBitCount)
        let shift = UInt64(64 - bits)
        var starts = [Int](repeating: 0, count: (1 << bits) + 1)
        for unit in units { starts[Int(unit.number >> shift) + 1] += 1 }
        for bucket in 1..<starts.count { starts[bucket] += starts[bucket - 1] }
        var sorted = units
        for unit in units {
            let bucket = Int(unit.number >> shift)
            sorted[starts[bucket]] = unit
            starts[bucket] += 1
        }
        for place in 1..<sorted.count {
            let unit = sorted[place]
            var hole = place
            while hole > 0, isBefore(unit, sorted[hole - 1]) {
                sorted[hole] = sorted[hole - 1]
                hole -= 1
            }
            if hole != place { sorted[hole] = unit }
        }
        return sorted
    }

    private func isBefore(_ a: Unit, _ b: Unit) -> Bool {
        if a.number != b.number { return a.number < b.number }
        let one = identity(a)
        let other = identity(b)
        return (one.key, one.part) < (other.key, other.part)
    }

    private func identity(_ member: Unit) -> (key: String, part: Int) {
        switch unit {
        case .row: (keys.prompts[keys.promptOfRow[member.place]], keys.partOfRow[member.place])
        case .prompt: (keys.prompts[member.place], 0)
        }
    }
}
