import QueryLanguage
import Scan
import Store
import Tensor

extension Executor {
    /// The rows of computed numbers that a choice of tokens keeps: numbers know their prompts and positions, and the captures
    /// behind them know the columns of their tokens.
    ///
    /// - Parameter choose: the same choice on the stored rows that the numbers still have.
    func choosingTokens(
        of frame: Frame, _ node: PlanNode, _ choose: (RowStream) throws -> RowStream
    ) throws -> Frame {
        var kept: [Set<Int64>] = []
        for cell in 0..<frame.outer.cells {
            let rows = frame.offsets[cell]..<frame.offsets[cell + 1]
            let stored = try storedRows(of: frame, cell: cell, node)
            let chosen = try choose(RowStream(outer: [], cells: [stored.keeping(Set(rows.map { frame.tokenKey($0) }))]))
            kept.append(
                chosen.cells[0].segments.reduce(into: []) { kept, segment in
                    for offset in 0..<Int32(segment.count) {
                        kept.insert(Frame.tokenKey(prompt: segment.prompt, token: segment.position + offset))
                    }
                })
        }
        let chosen = frame.keepingRows { cell, row in kept[cell].contains(frame.tokenKey(row)) }
        if frame.rows > 0, chosen.rows == 0 { note(.noRows, "no row is left: nothing was computed there") }
        return chosen
    }

    private func storedRows(of frame: Frame, cell: Int, _ node: PlanNode) throws -> StreamCell {
        guard cell < frame.tables.count, let id = frame.tables[cell].captureID,
            let capture = snapshot.captures.first(where: { $0.id == id })
        else {
            throw QueryFailure(
                "no-capture", at: node, "the capture behind these numbers is not known any more",
                help: "choose tokens before `save` or `export`")
        }
        return try StreamCell(
            CellSide(reader: CaptureReader(capture, of: snapshot), prompts: try prompts(of: capture)))
    }
}

extension Frame {
    /// One number for a prompt and a position.
    fileprivate static func tokenKey(prompt: Int32, token: Int32) -> Int64 { Int64(prompt) << 32 | Int64(token) }

    fileprivate func tokenKey(_ row: Int) -> Int64 {
        Frame.tokenKey(prompt: prompts?[row] ?? 0, token: tokens?[row] ?? 0)
    }
}

extension StreamCell {
    /// Only the rows of these prompts and positions. O(rows).
    fileprivate func keeping(_ keys: Set<Int64>) -> StreamCell {
        var copy = self
        copy.segments = []
        for segment in segments {
            var open: Segment?
            for offset in 0..<segment.count {
                let position = segment.position + Int32(offset)
                guard keys.contains(Frame.tokenKey(prompt: segment.prompt, token: position)) else {
                    if let done = open { copy.segments.append(done) }
                    open = nil
                    continue
                }
                if open == nil {
                    open = Segment(
                        prompt: segment.prompt, position: position, left: segment.left + offset,
                        right: segment.right + offset, count: 0)
                }
                open?.count += 1
            }
            if let done = open { copy.segments.append(done) }
        }
        return copy
    }
}
