/// Prompts or rows with the numbers they drew, class by class: what splits and balancing pick from.
///
/// Picking needs to know which numbers are the lowest, not their order, so nothing is sorted for it.
struct DrawnUnits {
    /// What the classes are called, in rising order.
    let labels: [Int]
    /// Units of each class.
    let sizes: [Int]

    private let keys: RowKeys
    private let unit: SplitUnit
    /// The number of every row or prompt.
    private let numbers: [UInt64]
    /// The class of each, as a place in `labels`; −1 for a prompt without a row.
    private let kinds: [Int]

    /// A prompt's class is that of its rows, the most frequent one where they differ (ties to the lower label).
    init(_ keys: RowKeys, labels: [Int], unit: SplitUnit, draw: SeededDraw) {
        self.keys = keys
        self.unit = unit
        let hashes = keys.hashes
        var found = Labels()
        var kinds: [Int]
        switch unit {
        case .row:
            let (prompts, parts) = (keys.promptOfRow, keys.partOfRow)
            numbers = prompts.indices.map { draw.number(key: hashes[prompts[$0]], part: parts[$0]) }
            kinds = labels.map { found.kind(of: $0) }
        case .prompt:
            numbers = hashes.map { draw.number(key: $0) }
            kinds = Self.kinds(ofPrompts: keys, labels, &found)
        }
        var tallies = [Int](repeating: 0, count: found.labels.count)
        for kind in kinds where kind >= 0 { tallies[kind] += 1 }
        // From the order in which labels were met to the rising one, without those that no unit has.
        let order = tallies.indices.filter { tallies[$0] > 0 }.sorted { found.labels[$0] < found.labels[$1] }
        var ranks = [Int](repeating: -1, count: tallies.count)
        for (rank, kind) in order.enumerated() { ranks[kind] = rank }
        for place in kinds.indices where kinds[place] >= 0 { kinds[place] = ranks[kinds[place]] }
        self.labels = order.map { found.labels[$0] }
        sizes = order.map { tallies[$0] }
        self.kinds = kinds
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

    private static func kinds(ofPrompts keys: RowKeys, _ labels: [Int], _ found: inout Labels) -> [Int] {
        let prompts = keys.promptOfRow
        var kinds = [Int](repeating: -1, count: keys.prompts.count)
        var isMixed = false
        for row in prompts.indices {
            let kind = found.kind(of: labels[row])
            let prompt = prompts[row]
            if kinds[prompt] < 0 { kinds[prompt] = kind }
            isMixed = isMixed || kinds[prompt] != kind
        }
        guard isMixed else { return kinds }
        var counts: [Int: [Int: Int]] = [:]
        for row in prompts.indices { counts[prompts[row], default: [:]][labels[row], default: 0] += 1 }
        for (prompt, own) in counts {
            guard let most = own.min(by: { (-$0.value, $0.key) < (-$1.value, $1.key) }) else { continue }
            kinds[prompt] = found.kind(of: most.key)
        }
        return kinds
    }

    /// Number of units of all classes.
    var count: Int { sizes.reduce(0, +) }

    /// Rows, or prompts with those that have no row.
    var places: Int { kinds.count }

    /// The lowest number of each class.
    var lowest: [UInt64] {
        var least = [UInt64](repeating: .max, count: sizes.count)
        for place in kinds.indices where kinds[place] >= 0 {
            least[kinds[place]] = min(least[kinds[place]], numbers[place])
        }
        return least
    }

    // MARK: - Picking

    /// Which units are among the first of their class by rising number; equal numbers by key and part. O(n): the first bits of numbers as
    /// even as these say on which side of the border a unit is, but for the few at it.
    ///
    /// - Parameter counts: how many of each class, at most its size
    func first(_ counts: [Int]) -> [Bool] {
        let (numbers, kinds) = (numbers, kinds)
        let bits = max(1, min(12, Int.bitWidth - (sizes.max() ?? 0).leadingZeroBitCount))
        let shift = UInt64(64 - bits)
        var tallies = [Int](repeating: 0, count: sizes.count << bits)
        for place in kinds.indices where kinds[place] >= 0 {
            tallies[kinds[place] << bits + Int(truncatingIfNeeded: numbers[place] >> shift)] += 1
        }
        // Of each class the bits at which the border is, and how many units with these are still wanted.
        var borders = [Int](repeating: 0, count: sizes.count)
        var wanted = counts
        for kind in sizes.indices {
            while borders[kind] < 1 << bits, tallies[kind << bits + borders[kind]] <= wanted[kind] {
                wanted[kind] -= tallies[kind << bits + borders[kind]]
                borders[kind] += 1
            }
        }
        var isFirst = [Bool](repeating: false, count: kinds.count)
        var atBorder = [[Int]](repeating: [], count: sizes.count)
        for place in kinds.indices where kinds[place] >= 0 {
            let kind = kinds[place]
            let own = Int(truncatingIfNeeded: numbers[place] >> shift)
            isFirst[place] = own < borders[kind]
            if own == borders[kind], wanted[kind] > 0 { atBorder[kind].append(place) }
        }
        for kind in sizes.indices where wanted[kind] > 0 {
            for place in atBorder[kind].sorted(by: isBefore).prefix(wanted[kind]) { isFirst[place] = true }
        }
        return isFirst
    }

    /// The units of each class by rising number, equal ones by key and part. O(n log n).
    func ordered() -> [[Int]] {
        var places = [[Int]](repeating: [], count: sizes.count)
        for place in kinds.indices where kinds[place] >= 0 { places[kinds[place]].append(place) }
        return places.map { $0.sorted(by: isBefore) }
    }

    /// The rows whose unit `isChosen`, and all others, both in rising order.
    func rows(_ isChosen: [Bool]) -> (chosen: [Int], others: [Int]) {
        var (chosen, others): ([Int], [Int]) = ([], [])
        chosen.reserveCapacity(keys.rows)
        others.reserveCapacity(keys.rows)
        switch unit {
        case .row:
            for row in isChosen.indices { if isChosen[row] { chosen.append(row) } else { others.append(row) } }
        case .prompt:
            let prompts = keys.promptOfRow
            for row in prompts.indices { if isChosen[prompts[row]] { chosen.append(row) } else { others.append(row) } }
        }
        return (chosen, others)
    }

    private func isBefore(_ a: Int, _ b: Int) -> Bool {
        if numbers[a] != numbers[b] { return numbers[a] < numbers[b] }
        let (one, other) = (identity(a), identity(b))
        return (one.key, one.part) < (other.key, other.part)
    }

    private func identity(_ place: Int) -> (key: String, part: Int) {
        switch unit {
        case .row: (keys.prompts[keys.promptOfRow[place]], keys.partOfRow[place])
        case .prompt: (keys.prompts[place], 0)
        }
    }
}
