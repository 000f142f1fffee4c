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
        var byLabel: [Int: [Unit]] = [:]
        switch unit {
        case .row:
            for row in 0..<keys.rows {
                let number = draw.number(key: keys.hashes[keys.promptOfRow[row]], part: keys.partOfRow[row])
                byLabel[labels[row], default: []].append(Unit(number: number, place: row))
            }
        case .prompt:
            gatherRows()
            for prompt in keys.prompts.indices where starts[prompt] < starts[prompt + 1] {
                let label = Self.mostFrequent(rows[starts[prompt]..<starts[prompt + 1]], labels)
                byLabel[label, default: []].append(Unit(number: draw.number(key: keys.hashes[prompt]), place: prompt))
            }
        }
        for label in byLabel.keys.sorted() { classes.append((label, ordered(byLabel[label] ?? []))) }
    }

    /// Number of units of all classes.
    var count: Int { classes.reduce(0) { $0 + $1.units.count } }

    /// The same units as one class.
    func pooled() -> [Unit] { ordered(classes.flatMap(\.units)) }

    /// The rows of some units, in rising order.
    func rows(of units: some Sequence<Unit>) -> [Int] {
        switch unit {
        case .row: units.map(\.place).sorted()
        case .prompt: units.flatMap { rows[starts[$0.place]..<starts[$0.place + 1]] }.sorted()
        }
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

    private func ordered(_ units: [Unit]) -> [Unit] {
        units.sorted { a, b in
            if a.number != b.number { return a.number < b.number }
            let one = identity(a)
            let other = identity(b)
            return (one.key, one.part) < (other.key, other.part)
        }
    }

    private func identity(_ member: Unit) -> (key: String, part: Int) {
        switch unit {
        case .row: (keys.prompts[keys.promptOfRow[member.place]], keys.partOfRow[member.place])
        case .prompt: (keys.prompts[member.place], 0)
        }
    }
}
