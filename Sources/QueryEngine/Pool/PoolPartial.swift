import QueryLanguage

/// Rows of a batch by group: which group each belongs to.
struct PoolGroups: Sendable {
    /// One for each row; nil where the row belongs to none.
    var groups: [Int?] = []

    /// A group for a prompt and a token, either 0 where it is pooled away.
    static func group(_ prompt: Int32, _ token: Int32) -> Int { Int(prompt) << 32 | Int(token) }
}

/// What one piece of rows adds to a pooled value: states of the groups that it touches.
struct PoolPartial: Sendable {
    /// In the order in which they were met.
    var groups: [Int] = []
    /// `cells` states for each group.
    var state: PoolState
    /// Kept inner cells that the piece reaches, as cells of the whole grid.
    let cells: [Int]
    /// For each inner cell of a block the place of its kept cell among `cells`.
    private let target: [Int]
    private var slots: [Int: Int] = [:]

    init(cells: [Int], target: [Int], width: Int, need: PoolState.Need) {
        self.cells = cells
        self.target = target
        state = PoolState(cells: 0, width: width, need: need)
    }

    /// The first cell of a group's states.
    mutating func place(of group: Int) -> Int {
        if let last = groups.last, last == group { return (groups.count - 1) * cells.count }
        if let slot = slots[group] { return slot * cells.count }
        slots[group] = groups.count
        groups.append(group)
        state.grow(by: cells.count)
        return (groups.count - 1) * cells.count
    }

    /// Adds a block's numbers.
    mutating func add(_ block: Block, _ rows: PoolGroups) {
        switch block.payload {
        case .numbers(let values):
            var row = 0
            let places = rows.groups.map { group in group.map { place(of: $0) } }
            for target in target {
                for place in places {
                    if let place { state.add(values[row], to: place + target) }
                    row += 1
                }
            }
        case .vectors(let values, let width):
            let span = values.span
            for (cell, target) in target.enumerated() {
                var row = 0
                // Neighbours of one group are added together.
                while row < block.rows {
                    var end = row + 1
                    while end < block.rows, rows.groups[end] == rows.groups[row] { end += 1 }
                    if let group = rows.groups[row] {
                        let start = (cell * block.rows + row) * width
                        state.add(
                            span.extracting(start..<start + (end - row) * width), rows: end - row,
                            to: place(of: group) + target)
                    }
                    row = end
                }
            }
        default:
            preconditionFailure("only numbers and vectors are pooled")
        }
    }

    /// Adds the states to those of the whole grid, by group.
    func merge(into states: inout [Int: PoolState], keptCells: Int) {
        for (slot, group) in groups.enumerated() {
            var whole =
                states.removeValue(forKey: group)
                ?? PoolState(cells: keptCells, width: state.width, need: state.need)
            for (place, cell) in cells.enumerated() {
                whole.merge(state, from: slot * cells.count + place, into: cell)
            }
            states[group] = whole
        }
    }
}
