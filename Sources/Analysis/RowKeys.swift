/// Which prompt each row belongs to, and which part of it the row is: the identity that splits are drawn from.
public struct RowKeys: Sendable, Hashable {
    /// Keys of the prompts, all different.
    public let prompts: [String]
    /// Index into `prompts` per row.
    public let promptOfRow: [Int]
    /// What tells rows of one prompt apart, such as the token's position.
    public let partOfRow: [Int]

    /// Number of rows.
    public var rows: Int { promptOfRow.count }

    /// One row per prompt.
    ///
    /// - Throws: `.duplicateKey`.
    public init(prompts: [String]) throws(AnalysisError) {
        try self.init(
            prompts: prompts, promptOfRow: Array(prompts.indices), partOfRow: [Int](repeating: 0, count: prompts.count))
    }

    /// Several rows per prompt, such as its tokens.
    ///
    /// - Throws: `.duplicateKey` for equal prompts or equal (prompt, part), `.shape` for an index outside the prompts.
    public init(prompts: [String], promptOfRow: [Int], partOfRow: [Int]) throws(AnalysisError) {
        var seen: Set<String> = []
        for key in prompts where !seen.insert(key).inserted {
            throw AnalysisError(
                .duplicateKey, "two prompts have the key \"\(key)\"", mend: "give every prompt an id of its own")
        }
        guard promptOfRow.count == partOfRow.count, promptOfRow.allSatisfy(prompts.indices.contains) else {
            throw AnalysisError(
                .shape, "rows and prompts don't belong together", mend: "give every row a prompt and a part")
        }
        // Sorted neighbours instead of a set: there may be millions of tokens.
        let order = promptOfRow.indices.sorted {
            (promptOfRow[$0], partOfRow[$0]) < (promptOfRow[$1], partOfRow[$1])
        }
        for (one, next) in zip(order, order.dropFirst())
        where promptOfRow[one] == promptOfRow[next] && partOfRow[one] == partOfRow[next] {
            throw AnalysisError(
                .duplicateKey, "prompt \"\(prompts[promptOfRow[one]])\" has two rows numbered \(partOfRow[one])",
                mend: "number the rows of a prompt, for example by position")
        }
        self.prompts = prompts
        self.promptOfRow = promptOfRow
        self.partOfRow = partOfRow
    }

    private init(trusted prompts: [String], _ promptOfRow: [Int], _ partOfRow: [Int]) {
        self.prompts = prompts
        self.promptOfRow = promptOfRow
        self.partOfRow = partOfRow
    }

    /// The rows of these indices, in this order; prompts keep their places.
    ///
    /// - Precondition: every index is in 0 ..< rows.
    public func selecting(_ indices: [Int]) -> RowKeys {
        RowKeys(trusted: prompts, indices.map { promptOfRow[$0] }, indices.map { partOfRow[$0] })
    }
}

/// What moves as one: whole prompts, or rows by themselves.
public enum SplitUnit: String, Sendable, Hashable, CaseIterable {
    /// Rows of one prompt stay together.
    case prompt
    /// Every row goes its own way (`group=none`): rows of one prompt may land on both sides, which a result must say.
    case row
}

/// Units with their class and their rows, each class in the order of its drawn numbers.
struct DrawnUnits {
    struct Unit {
        let number: UInt64
        let key: String
        let part: Int
        let rows: [Int]
    }

    /// Labels in rising order, and the units of each by rising (number, key, part).
    let classes: [(label: Int, units: [Unit])]

    /// A prompt's class is that of its rows, the most frequent one where they differ (ties to the lower label).
    init(_ keys: RowKeys, labels: [Int], unit: SplitUnit, draw: SeededDraw) {
        var byLabel: [Int: [Unit]] = [:]
        let hashes = keys.prompts.map(SeededDraw.hash)
        switch unit {
        case .row:
            for row in 0..<keys.rows {
                let prompt = keys.promptOfRow[row]
                let part = keys.partOfRow[row]
                byLabel[labels[row], default: []].append(
                    Unit(
                        number: draw.number(key: hashes[prompt], part: part), key: keys.prompts[prompt], part: part,
                        rows: [row]))
            }
        case .prompt:
            var rows = [[Int]](repeating: [], count: keys.prompts.count)
            for row in 0..<keys.rows { rows[keys.promptOfRow[row]].append(row) }
            for (prompt, members) in rows.enumerated() where !members.isEmpty {
                var counts: [Int: Int] = [:]
                for row in members { counts[labels[row], default: 0] += 1 }
                let most = counts.values.max() ?? 0
                let label = counts.keys.filter { counts[$0] == most }.min() ?? 0
                byLabel[label, default: []].append(
                    Unit(
                        number: draw.number(key: hashes[prompt]), key: keys.prompts[prompt], part: 0, rows: members))
            }
        }
        classes = byLabel.keys.sorted().map { label in
            let units = byLabel[label] ?? []
            return (label, units.sorted { ($0.number, $0.key, $0.part) < ($1.number, $1.key, $1.part) })
        }
    }

    var count: Int { classes.reduce(0) { $0 + $1.units.count } }

    /// The same units as one class.
    func pooled() -> [Unit] {
        classes.flatMap(\.units).sorted { ($0.number, $0.key, $0.part) < ($1.number, $1.key, $1.part) }
    }
}
