import QueryLanguage
import Scan
import Store
import Tensor

/// How many rows of two captures found each other: printed with every pair, so that no comparison is silently partial.
struct PairCount: Sendable {
    var matched = 0
    /// Positions of prompts that both sides have, but with different token ids.
    var differing = 0
    /// Rows of one side without a partner.
    var alone = 0
    /// Prompts of one side without a partner.
    var lonePrompts = 0
    /// Matched rows whose token ids nobody gave: an import without them holds the largest number instead.
    var unknown = 0

    var total: Int { matched + differing + alone }
    /// Share of rows that did not match.
    var unmatchedShare: Double { total == 0 ? 0 : Double(differing + alone) / Double(total) }
}

/// Joins two streams row by row: prompts by id or a column, tokens by position, and compares token ids.
struct Pairing {
    enum Alignment { case position, suffix, last }

    var column: String?
    var alignment: Alignment
    /// For failures: the step that asked.
    var node: PlanNode
    /// For the token ids of both sides.
    var threads: Int

    /// The paired cell: segments with rows of both sides, only where token ids agree.
    func pair(_ left: StreamCell, _ right: StreamCell, count: inout PairCount) throws -> StreamCell {
        let rightRuns = right.promptRuns
        var partner: [[UInt8]: Int] = [:]
        let rightColumns = PromptColumns(right.prompts)
        for (index, run) in rightRuns.enumerated() {
            if index & 0x3FF == 0 { try WorkWatch.check() }
            let prompt = Int(right.segments[run.lowerBound].prompt)
            guard let key = key(of: prompt, in: right.prompts, rightColumns) else { continue }
            if partner.updateValue(index, forKey: key) != nil { throw repeated(key, "right") }
        }
        let leftColumns = PromptColumns(left.prompts)
        var used = Set<Int>()
        var seen = Set<[UInt8]>()
        var candidates: [Segment] = []
        for (index, run) in left.promptRuns.enumerated() {
            if index & 0x3FF == 0 { try WorkWatch.check() }
            let prompt = Int(left.segments[run.lowerBound].prompt)
            let key = key(of: prompt, in: left.prompts, leftColumns)
            if let key, !seen.insert(key).inserted { throw repeated(key, "left") }
            guard let key, let other = partner[key] else {
                count.lonePrompts += 1
                count.alone += rows(of: left.segments[run])
                continue
            }
            used.insert(other)
            let shift: Int
            let otherPrompt = Int(right.segments[rightRuns[other].lowerBound].prompt)
            switch alignment {
            case .position: shift = 0
            case .suffix, .last: shift = left.end(ofPrompt: prompt) - right.end(ofPrompt: otherPrompt)
            }
            candidates += matches(left.segments[run], right.segments[rightRuns[other]], shift: shift, count: &count)
        }
        for (index, run) in rightRuns.enumerated() where !used.contains(index) {
            count.lonePrompts += 1
            count.alone += rows(of: right.segments[run])
        }
        var cell = left
        cell.sides.append(right.sides[0])
        cell.segments = try agreeing(candidates, cell, count: &count)
        return cell
    }

    /// Which partner a prompt has must not be a matter of order.
    private func repeated(_ key: [UInt8], _ side: String) -> QueryFailure {
        let value = String(decoding: key, as: UTF8.self)
        return QueryFailure(
            "ambiguous-pair", at: node, "several prompts of the \(side) side have `\(column ?? "id")` \"\(value)\"",
            help: "pair on a column whose values are all different, or choose prompts first with `where(…)`")
    }

    private func key(of prompt: Int, in table: PromptTable, _ columns: PromptColumns) -> [UInt8]? {
        guard let column else { return Array(table.keys[prompt].utf8) }
        return columns.text(column, prompt: prompt).map { Array($0.utf8) }
    }

    private func rows(of segments: ArraySlice<Segment>) -> Int {
        alignment == .last ? 1 : segments.reduce(0) { $0 + $1.count }
    }

    /// Positions that both sides have, right positions moved by `shift`.
    private func matches(
        _ left: ArraySlice<Segment>, _ right: ArraySlice<Segment>, shift: Int, count: inout PairCount
    ) -> [Segment] {
        if alignment == .last {
            guard let a = left.last, let b = right.last else { return [] }
            return [
                Segment(
                    prompt: a.prompt, position: a.position + Int32(a.count - 1), left: a.left + a.count - 1,
                    right: b.left + b.count - 1, count: 1)
            ]
        }
        var found: [Segment] = []
        var (i, j) = (left.startIndex, right.startIndex)
        while i < left.endIndex, j < right.endIndex {
            let (a, b) = (left[i], right[j])
            let (aStart, bStart) = (Int(a.position), Int(b.position) + shift)
            let low = max(aStart, bStart)
            let high = min(aStart + a.count, bStart + b.count)
            if low < high {
                found.append(
                    Segment(
                        prompt: a.prompt, position: Int32(low), left: a.left + low - aStart,
                        right: b.left + low - bStart, count: high - low))
            }
            if aStart + a.count <= bStart + b.count { i += 1 } else { j += 1 }
        }
        let both = found.reduce(0) { $0 + $1.count }
        count.alone += left.reduce(0) { $0 + $1.count } + right.reduce(0) { $0 + $1.count } - 2 * both
        return found
    }

    /// Only the stretches where both sides hold the same token ids.
    private func agreeing(_ segments: [Segment], _ cell: StreamCell, count: inout PairCount) throws -> [Segment] {
        var ids: [[UInt32]] = []
        try ParallelScan.run(
            count: 2, threads: threads,
            body: { side in
                var found: [UInt32] = []
                try cell.sides[side].reader.readIntegers(
                    .tokenID, rows: side == 0 ? segments.ranges(\.left) : segments.ranges(\.right), into: &found)
                return found
            }, merge: { _, found in ids.append(found) })
        let (leftIDs, rightIDs) = (ids[0], ids[1])
        var kept: [Segment] = []
        var row = 0
        for segment in segments {
            var open: Segment?
            for offset in 0..<segment.count {
                if leftIDs[row] == rightIDs[row] {
                    if leftIDs[row] == UInt32.max { count.unknown += 1 }
                    count.matched += 1
                    if open == nil {
                        open = Segment(
                            prompt: segment.prompt, position: segment.position + Int32(offset),
                            left: segment.left + offset, right: segment.right + offset, count: 0)
                    }
                    open?.count += 1
                } else {
                    count.differing += 1
                    if let done = open { kept.append(done) }
                    open = nil
                }
                row += 1
            }
            if let done = open { kept.append(done) }
        }
        return kept
    }
}
