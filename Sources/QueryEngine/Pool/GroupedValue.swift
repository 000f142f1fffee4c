import QueryLanguage
import Scan
import Store
import Tensor

/// Which rows fall together when some dimensions are used up, and how the groups lie in the answer.
struct RowGroups: Sendable {
    /// Outer axes that stay, then the column of `by=`.
    let outer: [Axis]
    let keepsPrompt: Bool
    let keepsToken: Bool
    private let tables: [PromptTable]
    /// The cell of the outer axes that stay, for each outer cell.
    private let target: [Int]
    /// The class of every prompt of every outer cell; −1 for none.
    private let classes: [[Int]]?
    private let classCount: Int

    /// - Parameters:
    ///   - gone: dimensions that are used up.
    ///   - by: a column of the prompts whose values become an axis.
    init(
        gone: Set<String>, outer: [Axis], tables: [PromptTable], hasPrompt: Bool, hasToken: Bool, by: TableColumn?
    ) {
        let kept = outer.filter { !gone.contains($0.name) }
        target = outer.cellMap(into: kept).map { $0 ?? 0 }
        keepsPrompt = hasPrompt && !gone.contains("prompt")
        keepsToken = hasToken && !gone.contains("token")
        self.tables = tables
        self.outer = kept + (by.map { [Axis($0.name, $0.values.map { .string($0) })] } ?? [])
        classCount = by?.values.count ?? 1
        classes = by.map { column in
            let number = Dictionary(
                column.values.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            return tables.map { table in
                let columns = PromptColumns(table)
                return table.keys.indices.map { prompt in
                    columns.text(column.name, prompt: prompt).flatMap { number[$0] } ?? -1
                }
            }
        }
    }

    /// The group of a row: outer cell of the answer, prompt, token. nil where `by=` has no value for it.
    func group(cell: Int, prompt: Int32, token: Int32) -> RowGroup? {
        var outer = target[cell] * classCount
        if let classes {
            let number = classes[cell][Int(prompt)]
            guard number >= 0 else { return nil }
            outer += number
        }
        return RowGroup(cell: Int32(outer), prompt: keepsPrompt ? prompt : 0, token: keepsToken ? token : 0)
    }

    /// An array with one row for every group, or one for every outer cell where no rows are left.
    ///
    /// - Parameters:
    ///   - found: the groups that have rows.
    ///   - payload: made of the groups in the order of the answer's rows.
    func frame(_ found: Set<RowGroup>, inner: [Axis], payload: ([RowGroup]) -> Payload) -> Frame {
        var rows: [RowGroup]
        if keepsPrompt || keepsToken {
            rows = found.sorted()
        } else {
            rows = (0..<outer.cells).map { RowGroup(cell: Int32($0), prompt: 0, token: 0) }
        }
        var frame = Frame(outer: outer, inner: inner, payload: payload(rows))
        frame.offsets = [0]
        var place = 0
        for cell in 0..<outer.cells {
            while place < rows.count, Int(rows[place].cell) == cell { place += 1 }
            frame.offsets.append(place)
        }
        if keepsPrompt {
            frame.prompts = rows.map(\.prompt)
            frame.tables = tables
        }
        if keepsToken { frame.tokens = rows.map(\.token) }
        return frame
    }

    /// The id of a prompt of an outer cell of the value.
    func promptKey(_ prompt: Int32, cell: Int) -> String {
        cell < tables.count ? tables[cell].keys[Int(prompt)] : ""
    }
}

/// One group of rows; in the order of the answer.
struct RowGroup: Sendable, Hashable, Comparable {
    /// Outer cell of the answer.
    var cell: Int32
    var prompt: Int32
    var token: Int32

    static func < (a: RowGroup, b: RowGroup) -> Bool {
        (a.cell, a.prompt, a.token) < (b.cell, b.prompt, b.token)
    }
}

/// Some rows of a value with what groups need to know of each.
struct GroupedBlock: Sendable {
    var block: Block
    /// Outer cell of the value.
    var cell: Int
    var prompts: [Int32]
    var tokens: [Int32]
}

/// A value to be read in pieces, lazily from the store or from memory, as often as wanted.
struct GroupedValue: Sendable {
    private enum Source: Sendable {
        case stream(RowStream, [Batch])
        case frame(Frame)
    }

    let groups: RowGroups
    let inner: [Axis]
    let outer: [Axis]
    let rows: Int
    let hasPrompt: Bool
    let hasToken: Bool
    private let source: Source

    init(_ stream: RowStream, gone: Set<String>, by: TableColumn?) throws {
        groups = RowGroups(
            gone: gone, outer: stream.outer, tables: stream.cells.map(\.prompts), hasPrompt: stream.hasPrompt,
            hasToken: stream.hasToken, by: by)
        inner = stream.inner
        outer = stream.outer
        rows = stream.rowCount
        hasPrompt = stream.hasPrompt
        hasToken = stream.hasToken
        source = .stream(stream, try stream.batches())
    }

    init(_ frame: Frame, gone: Set<String>, by: TableColumn?) {
        groups = RowGroups(
            gone: gone, outer: frame.outer, tables: frame.tables, hasPrompt: frame.prompts != nil,
            hasToken: frame.tokens != nil, by: by)
        inner = frame.inner
        outer = frame.outer
        rows = frame.rows
        hasPrompt = frame.prompts != nil
        hasToken = frame.tokens != nil
        source = .frame(frame)
    }

    /// Every row once, without reading numbers.
    func scanRows(_ body: (_ cell: Int, _ prompt: Int32, _ token: Int32) throws -> Void) throws {
        switch source {
        case .stream(let stream, _):
            for (index, cell) in stream.cells.enumerated() {
                for segment in cell.segments {
                    try WorkWatch.check()
                    for offset in 0..<segment.count {
                        try body(index, segment.prompt, segment.position + Int32(offset))
                    }
                }
            }
        case .frame(let frame):
            for cell in 0..<frame.outer.cells {
                for row in frame.offsets[cell]..<frame.offsets[cell + 1] {
                    if row & 0xFFF == 0 { try WorkWatch.check() }
                    try body(cell, frame.prompts?[row] ?? 0, frame.tokens?[row] ?? 0)
                }
            }
        }
    }

    /// Every piece once; partial results arrive in the order of the rows.
    func scan<Partial: Sendable>(
        threads: Int, body: @Sendable (GroupedBlock) throws -> Partial, merge: (Partial) throws -> Void
    ) throws {
        switch source {
        case .stream(let stream, let batches):
            try ParallelScan.run(count: batches.count, threads: threads) { index -> Partial in
                let batch = batches[index]
                var prompts: [Int32] = []
                var tokens: [Int32] = []
                for segment in batch.segments {
                    for offset in 0..<segment.count {
                        prompts.append(segment.prompt)
                        tokens.append(segment.position + Int32(offset))
                    }
                }
                return try body(
                    GroupedBlock(block: try stream.block(batch), cell: batch.cell, prompts: prompts, tokens: tokens))
            } merge: { _, partial in
                try merge(partial)
            }
        case .frame(let frame):
            for cell in 0..<frame.outer.cells {
                let range = frame.offsets[cell]..<frame.offsets[cell + 1]
                let places = (0..<inner.cells).flatMap { inner in range.map { inner * frame.rows + $0 } }
                let block = Block(rows: range.count, inner: inner, payload: frame.payload.gathered(places))
                let none = [Int32](repeating: 0, count: range.count)
                try merge(
                    try body(
                        GroupedBlock(
                            block: block, cell: cell, prompts: frame.prompts.map { Array($0[range]) } ?? none,
                            tokens: frame.tokens.map { Array($0[range]) } ?? none)))
            }
        }
    }
}

extension Executor {
    /// A value in pieces, its dimensions `gone` to be used up.
    func grouped(_ node: PlanNode, gone: Set<String>, by: TableColumn? = nil) throws -> GroupedValue {
        // Parts write the rows themselves down: what is looked for in them may take several looks.
        if case .whole = role, case .stream(let stream) = try evaluate(node), stream.source != nil {
            try count(stream)
            return try GroupedValue(stream, gone: gone, by: by)
        }
        return GroupedValue(try frame(node), gone: gone, by: by)
    }
}
