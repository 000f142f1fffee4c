import Analysis
import QueryLanguage
import Scan
import Store
import Tensor

extension VerbImplementations {
    static let pooling: [String: Computation] = PoolKind.allCases.reduce(into: [:]) { pooling, kind in
        pooling[kind.rawValue] = { try $0.pool(kind, $1, $2) }
    }
}

extension Executor {
    /// The verbs and operators that need numbers in memory.
    func compute(_ node: PlanNode) throws -> Operand {
        switch node.operation {
        case .constant(let constant): return .constant(constant)
        case .captures, .site: preconditionFailure("captures are streams")
        case .choose(let choices):
            if let chosen = try chosenProbes(choices, node) { return chosen }
            var frame = try frame(node.inputs[0])
            for choice in choices { frame = try choose(choice, frame, node) }
            guard frame.hasRows || frame.rows == frame.outer.cells else {
                throw QueryFailure(
                    "no-rows", at: node, "a prompt or token chosen is not there in every model and data set",
                    help: "choose the model and data set that have it, or keep the dimension with a list or `where(…)`")
            }
            return .frame(frame)
        case .arithmetic(let op):
            let width = node.type.element.sides.reduce(0) { $0 + ($1.vectorWidth ?? 2) }
            let (left, right) = (try frame(node.inputs[0]), try frame(node.inputs[1]))
            return .frame(FrameArithmetic(op: op)(try joined(left, right, cellBytes: 4 * width, node)))
        case .negate: return .frame(try mapped(try frame(node.inputs[0]), .each { -$0 }))
        case .not: return .frame(try mapped(try frame(node.inputs[0]), .each { $0 == 0 ? 1 : 0 }))
        case .verb(let name, let arguments): return try verb(name, arguments, node)
        case .sweep(let sweep): return try swept(sweep, node)
        }
    }

    private func verb(_ name: String, _ arguments: BoundArguments, _ node: PlanNode) throws -> Operand {
        if let computation = VerbImplementations.computations[name] { return try computation(self, arguments, node) }
        if VerbImplementations.outputs.contains(name) { return try evaluate(node.inputs[0]) }
        let input = try frame(node.inputs[0])
        guard let step = try step(name, arguments, outer: input.outer, node) else {
            throw QueryFailure("not-available-yet", at: node, "`\(name)` is not available yet on this value")
        }
        return .frame(try mapped(input, step))
    }

    /// A map step on a computed frame, cell by cell.
    func mapped(_ frame: Frame, _ step: MapStep) throws -> Frame {
        var parts: [(payload: Payload, rows: Int)] = []
        var axes = step.axes(frame.inner)
        for cell in 0..<frame.outer.cells {
            let range = frame.offsets[cell]..<frame.offsets[cell + 1]
            let places = (0..<frame.storedCells).flatMap { inner in range.map { inner * frame.rows + $0 } }
            let block = try step.apply(
                Block(rows: range.count, inner: frame.inner, payload: frame.payload.gathered(places)), cell)
            axes = block.inner
            parts.append((block.payload, range.count))
        }
        var result = frame
        result.inner = axes
        let sweep = parts.first?.payload.sweep ?? 1
        if let payload = Payload.joined(parts, inner: axes.cells / sweep) { result.payload = payload }
        return result
    }

    private func choose(_ choice: DimensionChoice, _ frame: Frame, _ node: PlanNode) throws -> Frame {
        switch choice.kept {
        case .one(let label): return frame.choosing(choice.dim, labels: [label], drop: true)
        case .several(let labels): return frame.choosing(choice.dim, labels: labels, drop: false)
        case .promptKey(let key):
            var kept = frame.keepingRows { cell, row in
                frame.promptKey(row: row, cell: cell).utf8.elementsEqual(key.utf8)
            }
            kept.prompts = nil
            return kept
        case .token(let position):
            guard case .index(let index) = position else {
                var kept = try choosingTokens(of: frame, node) { try $0.token(position, node) }
                kept.tokens = nil
                return kept
            }
            var kept = frame.keepingRows { cell, row in
                index < 0 ? frame.rowsToTheEnd(row, cell) == -index : frame.tokens.map { Int($0[row]) == index } ?? true
            }
            kept.tokens = nil
            return kept
        case .tokens(let from, let to):
            // Negative ends count back over the rows that are left, as on lazy rows.
            return frame.keepingRows { cell, row in
                let token = frame.tokens.map { Int($0[row]) } ?? 0
                let back = frame.rowsToTheEnd(row, cell)
                let isAfter = from.map { $0 < 0 ? back <= -$0 : token >= $0 } ?? true
                return isAfter && to.map { $0 < 0 ? back > -$0 : token < $0 } ?? true
            }
        }
    }

    // MARK: - Frames

    /// The value of a node as numbers in memory; lazy rows are gathered.
    func frame(_ node: PlanNode) throws -> Frame {
        switch try evaluate(node) {
        case .frame(let frame): return frame
        case .stream(let stream): return try gather(stream, node)
        case .constant(let constant):
            switch constant {
            case .bool(let value): return Frame(scalar: value ? 1 : 0)
            case .list(let items):
                return Frame(
                    outer: [], inner: [Axis("item", items.compactMap(\.label))],
                    payload: .numbers(items.map { $0.number ?? .nan }))
            default: return Frame(scalar: constant.number ?? .nan)
            }
        case .labelled(let rows):
            switch rows.base {
            case .frame(let frame): return frame
            case .stream(let stream): return try gather(stream, node)
            }
        case .fits, .probes, .table: throw QueryFailure("wrong-type", at: node, "this value is no array")
        }
    }

    /// How to ask for less than fits in memory.
    static let fewerRows = "choose a layer, pool the tokens with `mean(token)`, or take fewer prompts with `head(n)`"

    /// Reads all rows of a stream into memory.
    func gather(_ stream: RowStream, _ node: PlanNode) throws -> Frame {
        guard stream.source != nil else {
            throw QueryFailure(
                "no-site", at: node, "this is a whole capture, and no site of it is chosen",
                help: "choose one, such as `.resid_post`")
        }
        let axes = stream.inner
        let width: Int =
            switch node.type.element {
            case .vector(let width): width * 4
            case .topLatents(let k, _): k * 8
            case .set: 256
            default: 8
            }
        try memory.check(stream.rowCount * axes.cells * width, at: node, help: Executor.fewerRows)
        if !stream.hasPrompt, !stream.hasToken, let cell = stream.cells.first(where: { $0.rowCount == 0 }) {
            throw QueryFailure(
                "no-rows", at: node,
                "\(cell.sides[0].reader.capture.name) has no such row: a prompt or token chosen is not there",
                help: "choose the model and data set that have it, or keep the dimension with a list or `where(…)`")
        }
        var frame = Frame(outer: stream.outer, inner: axes, payload: .numbers([]))
        if let payload = try readDirectly(stream, node) {
            frame.payload = payload
        } else {
            var parts: [(payload: Payload, rows: Int)] = []
            let isWhole = try pass(StreamPass(stream, .rows), node) { _, states in
                for case .rows(let blocks) in states { parts += blocks.map { ($0.payload, $0.rows) } }
            }
            if !isWhole { return Executor.standIn(frame, stream, node.type.element) }
            let sweep = parts.first?.payload.sweep ?? 1
            frame.payload = Payload.joined(parts, inner: axes.cells / sweep) ?? Executor.empty(node.type.element)
        }
        frame.takeRows(of: stream)
        return frame
    }

    /// What stands for gathered rows while a part of them is written down: no row, or NaN where there is no dimension of rows.
    private static func standIn(_ frame: Frame, _ stream: RowStream, _ element: Element) -> Frame {
        var frame = frame
        frame.tables = stream.cells.map(\.prompts)
        if stream.hasPrompt || stream.hasToken {
            frame.offsets = [Int](repeating: 0, count: stream.cells.count + 1)
            frame.prompts = stream.hasPrompt ? [] : nil
            frame.tokens = stream.hasToken ? [] : nil
            frame.payload = empty(element)
        } else if case .vector(let width) = element {
            frame.payload = .vectors(
                [Float](repeating: .nan, count: frame.rows * frame.inner.cells * width), width: width)
        } else {
            frame.payload = .numbers([Double](repeating: .nan, count: frame.rows * frame.inner.cells))
        }
        return frame
    }

    private static func empty(_ element: Element) -> Payload {
        if case .vector(let width) = element { return .vectors([], width: width) }
        if case .set = element { return .sets([]) }
        return .numbers([])
    }

    /// Adds what reading a stream touches to the counts of this answer.
    func count(_ stream: RowStream) throws {
        for use in try stream.uses() {
            reads.bytes += use.bytes
            reads.chunks += use.chunks
        }
        reads.rows += stream.rowCount
        for (cell, outer) in zip(stream.cells, 0...) where cell.segments.isEmpty {
            let labels = zip(stream.outer, stream.outer.coordinates(of: outer)).map { $0.labels[$1].description }
            let place = labels.isEmpty ? "" : " of \(labels.joined(separator: ", "))"
            note(.noRows, "no row\(place) is left: nothing was computed there")
        }
    }

    // MARK: - Pooling

    func pool(_ kind: PoolKind, _ arguments: BoundArguments, _ node: PlanNode) throws -> Operand {
        let input = node.inputs[0]
        if case .table = input.type.element {
            guard case .table(let table) = try evaluate(input) else { preconditionFailure("a table is a table") }
            return .frame(Frame(scalar: Double(table.rows.count)))
        }
        if kind == .count, input.type.element.sides.allSatisfy(\.isSet) {
            return .frame(try frame(input).applying(.sizes))
        }
        let pooling = pooling(kind, arguments, node)
        switch try evaluate(input) {
        case .stream(let stream): return .frame(try pooled(stream, pooling, node, isNode: true))
        default: return .frame(pooling.pool(try frame(input)))
        }
    }

    /// What a pool of arrays uses up, and how.
    func pooling(_ kind: PoolKind, _ arguments: BoundArguments, _ node: PlanNode) -> Pooling {
        let input = node.inputs[0].type
        let named = arguments.dims("dims")
        var width: Int?
        if case .vector(let count) = input.element { width = count }
        var pooling = Pooling(kind: kind, gone: Set(named.isEmpty ? input.sampleDims : named), width: width, by: nil)
        if let column = arguments.column("by") { pooling.by = (column.name, column.values) }
        return pooling
    }

    /// Pools the rows of a stream in one pass.
    ///
    /// - Parameter isNode: the rows are those that the node stands for, or its input: a pass that is stopped goes on the next time
    func pooled(_ stream: RowStream, _ pooling: Pooling, _ node: PlanNode, isNode: Bool = false) throws -> Frame {
        let total = PoolTotal(
            pooling, outer: stream.outer, inner: stream.inner, hasPrompt: stream.hasPrompt,
            hasToken: stream.hasToken, tables: stream.cells.map(\.prompts))
        let key = isNode ? resumption(pooling, stream, of: node) : nil
        return try pooled(stream, total, resuming: key, node).frame()
    }
}
