import QueryLanguage

/// Rows of a batch by group: which group each belongs to, neighbours of one group together.
struct PoolGroups: Sendable {
    /// nil where the rows belong to no group.
    private(set) var runs: [(group: Int?, rows: Int)] = []

    /// A group for a prompt and a token, either 0 where it is pooled away.
    static func group(_ prompt: Int32, _ token: Int32) -> Int { Int(prompt) << 32 | Int(token) }

    /// The next rows.
    mutating func add(_ group: Int?, rows: Int) {
        if let last = runs.last, last.group == group {
            runs[runs.count - 1].rows += rows
        } else {
            runs.append((group, rows))
        }
    }

    mutating func reserve(_ runCount: Int) { runs.reserveCapacity(runCount) }
}

/// What one piece of rows adds to a pooled value: states of the groups that it touches.
struct PoolPartial: Sendable {
    fileprivate private(set) var numbers = GroupNumbers()
    /// `cells` states for each group.
    var state: PoolState
    /// Kept inner cells that the piece reaches, as cells of the whole grid.
    let cells: [Int]
    /// For each inner cell of a block the place of its kept cell among `cells`.
    private let target: [Int]

    init(cells: [Int], target: [Int], width: Int, need: PoolState.Need) {
        self.cells = cells
        self.target = target
        state = PoolState(cells: 0, width: width, need: need)
    }

    /// In the order in which they were met.
    var groups: [Int] { numbers.groups }

    /// The first cell of a group's states.
    mutating func place(of group: Int) -> Int {
        let (number, isNew) = numbers.number(of: group)
        if isNew { state.grow(by: cells.count) }
        return number * cells.count
    }

    /// Adds a block's numbers.
    mutating func add(_ block: Block, _ rows: PoolGroups) {
        switch block.payload {
        case .numbers(let values):
            let span = values.span
            var row = 0
            for target in target {
                for run in rows.runs {
                    if let group = run.group {
                        state.add(span.extracting(row..<row + run.rows), to: place(of: group) + target)
                    }
                    row += run.rows
                }
            }
        case .vectors(let values, let width):
            let span = values.span
            var row = 0
            for target in target {
                // Neighbours of one group are added together.
                for run in rows.runs {
                    if let group = run.group {
                        state.add(
                            span.extracting(row * width..<(row + run.rows) * width), rows: run.rows,
                            to: place(of: group) + target)
                    }
                    row += run.rows
                }
            }
        default:
            preconditionFailure("only numbers and vectors are pooled")
        }
    }
}

/// The states of all groups of one outer cell, in one piece of memory.
struct PoolStates: Sendable {
    private var numbers = GroupNumbers()
    /// `cells` states for each group.
    private(set) var state: PoolState
    /// Kept inner cells of the grid.
    private let cells: Int

    init(cells: Int, width: Int, need: PoolState.Need) {
        self.cells = cells
        state = PoolState(cells: 0, width: width, need: need)
    }

    /// Adds the states of a piece; pieces come in order.
    mutating func merge(_ partial: PoolPartial) {
        // The first one that reaches every cell is taken over whole.
        if numbers.groups.isEmpty, partial.cells.elementsEqual(0..<cells) {
            numbers = partial.numbers
            state = partial.state
            return
        }
        for (slot, group) in partial.groups.enumerated() {
            let (number, isNew) = numbers.number(of: group)
            if isNew { state.grow(by: cells) }
            for (place, cell) in partial.cells.enumerated() {
                state.merge(
                    partial.state, from: slot * partial.cells.count + place, into: number * cells + cell)
            }
        }
    }

    /// The groups that have rows, rising, each with the first cell of its states.
    var places: [(group: Int, first: Int)] {
        zip(numbers.groups, stride(from: 0, to: state.cells, by: max(1, cells))).map { ($0, $1) }
            .sorted { $0.group < $1.group }
    }

    /// The first cell of a group's states; those of no rows are made where it has none.
    mutating func place(of group: Int) -> Int {
        let (number, isNew) = numbers.number(of: group)
        if isNew { state.grow(by: cells) }
        return number * cells
    }
}
