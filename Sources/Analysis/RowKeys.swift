/// Which prompt each row belongs to, and which part of it the row is: the identity that splits are drawn from.
public struct RowKeys: Sendable, Hashable {
    /// Keys of the prompts, all different.
    public let prompts: [String]
    /// Index into `prompts` per row.
    public let promptOfRow: [Int]
    /// What tells rows of one prompt apart, such as the token's position.
    public let partOfRow: [Int]
    /// Hash of every prompt's key, made once for all draws.
    let hashes: [UInt64]

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
        hashes = prompts.map(SeededDraw.hash)
    }

    private init(_ all: RowKeys, _ indices: [Int]) {
        prompts = all.prompts
        hashes = all.hashes
        promptOfRow = indices.map { all.promptOfRow[$0] }
        partOfRow = indices.map { all.partOfRow[$0] }
    }

    /// The rows of these indices, in this order; prompts keep their places.
    ///
    /// - Precondition: every index is in 0 ..< rows.
    public func selecting(_ indices: [Int]) -> RowKeys { RowKeys(self, indices) }
}

/// What moves as one: whole prompts, or rows by themselves.
public enum SplitUnit: String, Sendable, Hashable, CaseIterable {
    /// Rows of one prompt stay together.
    case prompt
    /// Every row goes its own way (`group=none`): rows of one prompt may land on both sides, which a result must say.
    case row
}
