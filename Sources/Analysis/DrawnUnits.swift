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
        var units: [Unit] = []
        var kinds: [Int] = []
        var found = Labels()
        switch unit {
        case .row:
            units.reserveCapacity(keys.rows)
            kinds.reserveCapacity(keys.rows)
            for row in 0..<keys.rows {
                let number = draw.number(key: keys.hashes[keys.promptOfRow[row]], part: keys.partOfRow[row])
                units.append(Unit(number: number, place: row))
                kinds.append(found.kind(of: labels[row]))
            }
        case .prompt:
            gatherRows()
            units.reserveCapacity(min(keys.prompts.count, keys.rows))
            kinds.reserveCapacity(min(keys.prompts.count, keys.rows))
            for prompt in keys.prompts.indices where starts[prompt] < starts[prompt + 1] {
                let label = Self.mostFrequent(rows[starts[prompt]..<starts[prompt + 1]], labels)
                units.append(Unit(number: draw.number(key: keys.hashes[prompt]), place: prompt))
                kinds.append(found.kind(of: label))
            }
        }
        classes = zip(found.labels, ordered(units, kinds: kinds, count: found.labels.count))
            .map { (label: $0, units: $1) }.sorted { $0.label < $1.label }
    }

    /// Labels in the order in which they were met. They are few and come in runs, so that a look at the last one and a walk beat a
    /// dictionary.
    private struct Labels {
        private(set) var labels: [Int] = []
        private var last = 0

        mutating func kind(of label: Int) -> Int {
            if last < labels.count, labels[last] == label { return last }
            if let place = labels.firstIndex(of: label) {
                last = place
            } else {
                last = labels.count
                labels.append(label)
            }
            return last
        }
    }

    /// Number of units of all classes.
    var count: Int { classes.reduce(0) { $0 + $1.units.count } }

    /// The same units as one class.
    func pooled() -> [Unit] {
        let all = classes.flatMap(\.units)
        return ordered(all, kinds: [Int](repeating: 0, count: all.count), count: 1)[0]
    }

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
        if rows.count == 1 { return first }
        if rows.allSatisfy({ labels[$0] == first }) { return first }
        var counts: [Int: Int] = [:]
        for row in rows { counts[labels[row], default: 0] += 1 }
        return counts.min { (-$0.value, $0.key) < (-$1.value, $1.key) }?.key ?? first
    }

    /// The units of each kind by rising number; equal ones by key and part. O(n) for numbers as even as these: their first bits put
    /// each near its place, and insertion does the rest.
    private func ordered(_ units: [Unit], kinds: [Int], count: Int) -> [[Unit]] {
        var sizes = [Int](repeating: 0, count: count)
        for kind in kinds { sizes[kind] += 1 }
        let bits = sizes.map { max(1, Int.bitWidth - $0.leadingZeroBitCount) }
        // The buckets of all kinds one after the other.
        var bases = [0]
        for bits in bits { bases.append((bases.last ?? 0) + 1 << bits) }
        var starts = [Int](repeating: 0, count: (bases.last ?? 0) + 1)
        var buckets = kinds
        for place in units.indices {
            let kind = kinds[place]
            let bucket = bases[kind] + Int(truncatingIfNeeded: units[place].number >> UInt64(64 - bits[kind]))
            buckets[place] = bucket
            starts[bucket + 1] += 1
        }
        for bucket in 1..<starts.count { starts[bucket] += starts[bucket - 1] }
        var sorted = units
        for place in units.indices {
            let bucket = buckets[place]
            sorted[starts[bucket]] = units[place]
            starts[bucket] += 1
        }
        var first = 0
        return sizes.map { size in
            defer { first += size }
            for place in (first + 1)..<max(first + 1, first + size) {
                let unit = sorted[place]
                var hole = place
                while hole > first, isBefore(unit, sorted[hole - 1]) {
                    sorted[hole] = sorted[hole - 1]
                    hole -= 1
                }
                if hole != place { sorted[hole] = unit }
            }
            return Array(sorted[first..<first + size])
        }
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
