import QueryLanguage
import Scan
import Store
import Tensor

extension RowStream {
    /// Keeps the rows for which the condition holds.
    ///
    /// Conditions on prompts are decided from the catalogue; those on tokens read the token columns they name, and no
    /// activation.
    func filtered(_ predicate: RowPredicate, readsTokens: Bool) throws -> RowStream {
        var copy = self
        for index in cells.indices {
            let columns = PromptColumns(cells[index].prompts)
            if predicate.isPromptOnly {
                copy.cells[index].segments.removeAll { segment in
                    !predicate.holds { columns.value($0.name, prompt: Int(segment.prompt)) }
                }
            } else if readsTokens {
                copy.cells[index].segments = try tokens(of: cells[index], where: predicate, columns)
            }
        }
        return copy
    }

    private func tokens(
        of cell: StreamCell, where predicate: RowPredicate, _ columns: PromptColumns
    ) throws -> [Segment] {
        let named = Set(predicate.columns.filter { $0.level == .token }.map(\.name))
        let reader = cell.sides[0].reader
        var kept: [Segment] = []
        let segments = try possible(cell, where: predicate)
        // A stretch of prompts at a time keeps memory flat on large captures.
        var first = 0
        while first < segments.count {
            var last = first
            var rows = 0
            while last < segments.count, rows < 1 << 18 {
                rows += segments[last].count
                last += 1
            }
            let part = Array(segments[first..<last])
            first = last
            var roles: [UInt32] = []
            var ids: [UInt32] = []
            if named.contains("role") { try reader.readIntegers(.role, rows: part.ranges(\.left), into: &roles) }
            if named.contains("token_id") { try reader.readIntegers(.tokenID, rows: part.ranges(\.left), into: &ids) }
            var numbers: [String: [Double]] = [:]
            for name in named where reader.width(of: .perToken(name)) != nil {
                numbers[name] = try reader.readNumbers(.perToken(name), rows: part.ranges(\.left))
            }
            var row = 0
            for segment in part {
                var open: Segment?
                for offset in 0..<segment.count {
                    let position = Int(segment.position) + offset
                    let isKept = predicate.holds { column in
                        guard column.level == .token else {
                            return columns.value(column.name, prompt: Int(segment.prompt))
                        }
                        switch column.name {
                        case "role":
                            return .string(UInt8(exactly: roles[row]).flatMap(TokenRole.init(rawValue:))?.name ?? "")
                        case "token_id": return .int(Int(ids[row]))
                        case "position": return .int(position)
                        default: return numbers[column.name].map { .double($0[row]) } ?? .none
                        }
                    }
                    if isKept {
                        if open == nil {
                            open = Segment(
                                prompt: segment.prompt, position: Int32(position), left: segment.left + offset,
                                right: segment.right + offset, count: 0)
                        }
                        open?.count += 1
                    } else if let done = open {
                        kept.append(done)
                        open = nil
                    }
                    row += 1
                }
                if let done = open { kept.append(done) }
            }
        }
        return kept
    }

    /// The segments whose chunk may hold a token that the condition lets through, by the bounds in the chunks' footers.
    private func possible(_ cell: StreamCell, where predicate: RowPredicate) throws -> [Segment] {
        let reader = cell.sides[0].reader
        let pruner = ChunkPruner(reader)
        var segments = cell.segments
        let named = Set(predicate.columns.filter { $0.level == .token }.map(\.name))
        let others = named.filter { reader.width(of: .perToken($0)) != nil }.sorted().map {
            ($0, ColumnID.perToken($0))
        }
        for (name, column) in [("token_id", ColumnID.tokenID), ("role", .role)] + others {
            guard let bounds = predicate.bounds(ofTokenColumn: name) else { continue }
            let rows = try pruner.rows(segments.ranges(\.left), where: column, mayLieIn: bounds)
                .sorted { $0.start < $1.start }
            segments.removeAll { segment in
                let place = rows.partitioningIndex { $0.end > segment.left }
                return place == rows.count || rows[place].start > segment.left
            }
        }
        return segments
    }

    /// The first n prompts that are left in each cell.
    func firstPrompts(_ count: Int) -> RowStream {
        var copy = self
        for index in cells.indices {
            var seen = 0
            var last: Int32 = -1
            copy.cells[index].segments = cells[index].segments.filter { segment in
                if segment.prompt != last {
                    seen += 1
                    last = segment.prompt
                }
                return seen <= count
            }
        }
        return copy
    }

    /// The prompt of that id in each cell.
    func prompt(_ key: String) -> RowStream {
        var copy = self
        for index in cells.indices {
            let ordinal = cells[index].prompts.keys.firstIndex { $0.utf8.elementsEqual(key.utf8) }
            copy.cells[index].segments.removeAll { Int($0.prompt) != ordinal }
        }
        copy.hasPrompt = false
        return copy
    }

    /// One token of each prompt, of the rows that are left; prompts without it drop out.
    ///
    /// - Parameter node: the step that asks, for the failure where a capture does not keep that token.
    func token(_ position: TokenPosition, _ node: PlanNode) throws -> RowStream {
        var copy = self
        for index in cells.indices {
            let cell = cells[index]
            var kept: [Segment] = []
            let starts = try answerStarts(cell, needed: position)
            for range in cell.promptRuns {
                let segments = cell.segments[range]
                guard let first = segments.first, let last = segments.last else { continue }
                let wanted: Int
                switch position {
                case .index(let index) where index >= 0: wanted = index
                case .index(let index): wanted = StreamCell.position(countingBack: -index, over: segments) ?? -1
                case .firstGenerated: wanted = starts[first.prompt] ?? -1
                case .lastPrompt: wanted = (starts[first.prompt] ?? Int(last.position) + last.count) - 1
                }
                try cell.checkKept(wanted, as: position, in: segments, node)
                for segment in segments {
                    let offset = wanted - Int(segment.position)
                    guard offset >= 0, offset < segment.count else { continue }
                    kept.append(
                        Segment(
                            prompt: segment.prompt, position: Int32(wanted), left: segment.left + offset,
                            right: segment.right + offset, count: 1))
                }
            }
            copy.cells[index].segments = kept
        }
        copy.hasToken = false
        return copy
    }

    /// Where the assistant's own text begins, by prompt, for the named positions.
    private func answerStarts(_ cell: StreamCell, needed position: TokenPosition) throws -> [Int32: Int] {
        if case .index = position { return [:] }
        var starts: [Int32: Int] = [:]
        var roles: [UInt32] = []
        try cell.sides[0].reader.readIntegers(.role, rows: cell.segments.ranges(\.left), into: &roles)
        var row = 0
        for segment in cell.segments {
            for offset in 0..<segment.count {
                if starts[segment.prompt] == nil, roles[row] == UInt32(TokenRole.assistant.rawValue) {
                    starts[segment.prompt] = Int(segment.position) + offset
                }
                row += 1
            }
        }
        return starts
    }

    /// Token positions `from ..< to` of each prompt. As for a single token, positions count from the prompt's first token and
    /// negative ends count back over the rows that are left.
    func tokens(from: Int?, to: Int?) -> RowStream {
        var copy = self
        for index in cells.indices {
            let cell = cells[index]
            var kept: [Segment] = []
            for run in cell.promptRuns {
                let segments = cell.segments[run]
                let low = from.map { $0 < 0 ? StreamCell.position(countingBack: -$0, over: segments) ?? 0 : $0 } ?? 0
                let high =
                    to.map { $0 < 0 ? StreamCell.position(countingBack: -$0, over: segments) ?? 0 : $0 } ?? Int.max
                for segment in segments {
                    let first = max(Int(segment.position), low)
                    let last = min(Int(segment.position) + segment.count, high)
                    guard first < last else { continue }
                    let offset = first - Int(segment.position)
                    kept.append(
                        Segment(
                            prompt: segment.prompt, position: Int32(first), left: segment.left + offset,
                            right: segment.right + offset, count: last - first))
                }
            }
            copy.cells[index].segments = kept
        }
        return copy
    }
}

extension StreamCell {
    /// The position of the n-th row from the end, over the rows of one prompt that are left; nil where there are fewer.
    static func position(countingBack n: Int, over segments: ArraySlice<Segment>) -> Int? {
        var back = n
        for segment in segments.reversed() {
            if back <= segment.count { return Int(segment.position) + segment.count - back }
            back -= segment.count
        }
        return nil
    }

    /// Stretches of segments that belong to one prompt.
    var promptRuns: [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = 0
        for index in segments.indices
        where index + 1 == segments.count || segments[index + 1].prompt != segments[index].prompt {
            runs.append(start..<index + 1)
            start = index + 1
        }
        return runs
    }
}
