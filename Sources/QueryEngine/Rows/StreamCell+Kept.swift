import QueryLanguage
import Scan
import Store
import Tensor

extension StreamCell {
    /// All rows of a capture. Where it keeps only some tokens, their positions are read: four bytes a row before encoding.
    init(_ side: CellSide) throws {
        let prompts = side.prompts
        sides = [side]
        for column in side.reader.capture.columns {
            guard case .keptPosition(let tokens) = column.id else { continue }
            let rows = prompts.tokenCount.reduce(0, +)
            var positions: [UInt32] = []
            try side.reader.readIntegers(column.id, rows: [RowRange(start: 0, count: rows)], into: &positions)
            segments = []
            var extents: [Range<Int>] = []
            for prompt in prompts.keys.indices {
                let rows = prompts.firstRow[prompt]..<prompts.firstRow[prompt] + prompts.tokenCount[prompt]
                segments += StreamCell.stretches(positions, rows, prompt: Int32(prompt))
                let ends = (rows.first.map { Int(positions[$0]) } ?? 0, rows.last.map { Int(positions[$0]) + 1 } ?? 0)
                extents.append(ends.0..<max(ends.0, ends.1))
            }
            kept = KeptRows(tokens: tokens, extents: extents)
            return
        }
        segments = prompts.keys.indices.compactMap { index -> Segment? in
            guard prompts.tokenCount[index] > 0 else { return nil }
            return Segment(
                prompt: Int32(index), position: 0, left: prompts.firstRow[index], right: prompts.firstRow[index],
                count: prompts.tokenCount[index])
        }
    }

    /// Neighbouring positions are one stretch.
    private static func stretches(_ positions: [UInt32], _ rows: Range<Int>, prompt: Int32) -> [Segment] {
        var found: [Segment] = []
        for row in rows {
            if let last = found.last, Int(last.position) + last.count == Int(positions[row]) {
                found[found.count - 1].count += 1
            } else {
                found.append(
                    Segment(
                        prompt: prompt, position: Int32(truncatingIfNeeded: positions[row]), left: row, right: row,
                        count: 1))
            }
        }
        return found
    }

    /// The position after the prompt's last stored token.
    func end(ofPrompt prompt: Int) -> Int { kept?.extents[prompt].upperBound ?? prompts.tokenCount[prompt] }

    /// Refuses a token that may be in the prompt and is not in the capture: leaving the prompt out silently would answer
    /// another question.
    ///
    /// - Parameters:
    ///   - wanted: the position that was worked out, −1 or the like where there is none.
    ///   - run: the prompt's stretches that are left.
    func checkKept(_ wanted: Int, as position: TokenPosition, in run: ArraySlice<Segment>, _ node: PlanNode) throws {
        guard let kept, let prompt = run.first.map({ Int($0.prompt) }) else { return }
        let extent = kept.extents[prompt]
        let isKnown: Bool =
            switch (position, kept.tokens) {
            // Counts back over the rows that are there.
            case (.index(let index), _) where index < 0: true
            // Beyond the end is beyond the prompt's end.
            case (.index, .last): wanted >= extent.lowerBound
            case (.index, _): run.contains { (0..<$0.count).contains(wanted - Int($0.position)) }
            // Every token of the assistant is there, the first of them too.
            case (.firstGenerated, .assistant): true
            // Who spoke first can be told where nothing is missing before.
            case (.firstGenerated, _), (.lastPrompt, _): extent.lowerBound == 0 && kept.tokens != .assistant
            }
        guard !isKnown else { return }
        let name: String =
            switch position {
            case .index(let index): "token \(index)"
            case .lastPrompt: "`last_prompt`"
            case .firstGenerated: "`first_generated`"
            }
        let capture = sides[0].reader.capture
        throw QueryFailure(
            "token-not-kept", at: node,
            "\(name) of prompt \"\(prompts.keys[prompt])\" is not known: \(capture.name) keeps \(kept.tokens.words)",
            help: "`[token=-1]` is the last that is stored; `varve ingest --positions all` keeps every token")
    }
}
