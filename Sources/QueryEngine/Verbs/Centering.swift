import QueryLanguage
import Scan

extension VerbImplementations {
    /// On lazy rows: one pass over them for the mean, or for what dominates, then a step.
    static let centeringSteps: [String: StepMaker] = [
        "center": { executor, arguments, outer, node, dry in
            let gone = Centering.dims(arguments, node)
            // A mean that still has rows is another one for each: that is joined in memory.
            guard gone.isSuperset(of: rowDims(node)) else { return nil }
            if dry { return .payload { $0.payload } }
            return .subtracting(try executor.pooled(node.inputs[0], .mean, over: gone), outer: outer)
        },
        "drop_dims": { executor, arguments, _, node, dry in
            if dry { return .payload { $0.payload } }
            return try executor.droppingDimensions(arguments.int("n") ?? 1, node)
        },
    ]

    static let centering: [String: Computation] = [
        "center": { executor, arguments, node in
            let frame = try executor.frame(node.inputs[0])
            let mean = try executor.pooled(node.inputs[0], .mean, over: Centering.dims(arguments, node))
            return .frame(try executor.combined(frame, mean, .subtract, node))
        },
        "normalize": { executor, arguments, node in
            let input = try executor.frame(node.inputs[0])
            let named = Set(arguments.dims("dims"))
            guard !named.isEmpty else { return .frame(try input.applying(.normalize)) }
            // Along the dimensions: x / √Σx², and 0 where all are 0.
            let squares = Pooling(kind: .sum, gone: named, width: nil, by: nil).pool(
                try input.applying(.each { $0 * $0 }))
            let lengths = try squares.applying(.each { $0 == 0 ? 1 : $0.squareRoot() })
            return .frame(try executor.combined(input, lengths, .divide, node))
        },
    ]

    private static func rowDims(_ node: PlanNode) -> [String] {
        ["prompt", "token"].filter { node.inputs[0].type.has($0) }
    }
}

enum Centering {
    /// The dimensions of the mean: those named, or all samples.
    static func dims(_ arguments: BoundArguments, _ node: PlanNode) -> Set<String> {
        let named = arguments.dims("dims")
        return Set(named.isEmpty ? node.inputs[0].type.sampleDims : named)
    }
}

extension Frame {
    /// A step that does the same in every cell, on all of them at once.
    func applying(_ step: MapStep) throws -> Frame {
        var copy = self
        copy.payload = try step.apply(Block(rows: rows, inner: inner, payload: payload), 0).payload
        return copy
    }
}

extension Executor {
    /// An operator on two values in memory.
    func combined(_ a: Frame, _ b: Frame, _ op: BinaryOperator, _ node: PlanNode) throws -> Frame {
        let width = node.type.element.sides.reduce(0) { $0 + ($1.vectorWidth ?? 2) }
        return FrameArithmetic(op: op)(try joined(a, b, cellBytes: 4 * width, node))
    }

    /// A value pooled over some dimensions; a pair gives the pool of each side.
    ///
    /// - Parameter prepare: steps on lazy rows before they are pooled.
    func pooled(_ node: PlanNode, _ kind: PoolKind, over gone: Set<String>, prepare: MapStep? = nil) throws -> Frame {
        let sides: [String?] = if case .pair = node.type.element { ["left", "right"] } else { [nil] }
        let pooling = Pooling(kind: kind, gone: gone, width: node.type.element.vectorWidth, by: nil)
        var pools: [Frame] = []
        for side in sides {
            switch try evaluate(node) {
            case .stream(var stream):
                if let side { stream = stream.adding(.side(side)) }
                if let prepare { stream = stream.adding(prepare) }
                pools.append(try pooled(stream, pooling, node))
            default:
                var frame = try frame(node)
                if let side { frame = try frame.applying(.side(side)) }
                if let prepare { frame = try frame.applying(prepare) }
                pools.append(pooling.pool(frame))
            }
        }
        guard pools.count == 2 else { return pools[0] }
        var both = pools[0]
        both.payload = .pair(pools[0].payload, pools[1].payload)
        return both
    }

    /// `drop_dims`: the n components with most of the squared norm in each grid cell, over all captures, rows and sides
    /// together, become 0.
    ///
    /// So two models, or both sides of a pair, lose the same dimensions and can still be compared.
    fileprivate func droppingDimensions(_ count: Int, _ node: PlanNode) throws -> MapStep {
        let input = node.inputs[0]
        let gone = Set(input.type.dims.filter { $0.isSample || $0.isOuter }.map(\.name))
        let squares = try pooled(input, .sum, over: gone, prepare: .each { $0 * $0 })
        let width = input.type.element.vectorWidth ?? 1
        var sums = [Double](repeating: 0, count: squares.inner.cells * squares.rows * width)
        _ = squares.payload.mappingSides { side in
            if case .vectors(let values, _) = side {
                for (place, value) in values.enumerated() { sums[place] += Double(value) }
            }
            return side
        }
        var dropped: [[Int]] = []
        var least = 1.0
        var most = 0.0
        for cell in 0..<squares.inner.cells * squares.rows {
            let own = Array(sums[cell * width..<(cell + 1) * width])
            let order = own.indices.sorted { own[$0] != own[$1] ? own[$0] > own[$1] : $0 < $1 }
            let chosen = Array(order.prefix(count))
            dropped.append(chosen)
            let total = own.reduce(0, +)
            guard total > 0 else { continue }
            let share = chosen.reduce(0) { $0 + own[$1] } / total
            (least, most) = (min(least, share), max(most, share))
        }
        if most > 0 {
            let names = Set(dropped.flatMap { $0 }).sorted()
            let shown = names.prefix(8).map(String.init).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
            let (low, high) = (NumberText.short(100 * least), NumberText.short(100 * most))
            note(
                .droppedDims,
                "dimension\(names.count == 1 ? "" : "s") \(shown) left out: \(low == high ? low : "\(low) to \(high)") % of the squared norm"
            )
        }
        let axes = squares.inner
        let chosen = dropped
        return MapStep(axes: { $0 }, isCellwise: true) { block, _ in
            let target = block.inner.cellMap(into: axes).map { $0 ?? 0 }
            var block = block
            let rows = block.rows
            block.payload = block.payload.mappingSides { side in
                guard case .vectors(var values, let width) = side else { return side }
                for (cell, place) in target.enumerated() {
                    for row in 0..<rows {
                        for component in chosen[place] { values[(cell * rows + row) * width + component] = 0 }
                    }
                }
                return .vectors(values, width: width)
            }
            return block
        }
    }
}

extension MapStep {
    /// Every cell minus that of the same labels.
    ///
    /// - Parameter means: a frame without rows whose axes are among the stream's.
    static func subtracting(_ means: Frame, outer: [Axis]) -> MapStep {
        let outerMap = outer.cellMap(into: means.outer)
        return MapStep(axes: { $0 }, isCellwise: true) { block, cell in
            let target = block.inner.cellMap(into: means.inner).map { $0 ?? 0 }
            let base = means.offsets[outerMap[cell] ?? 0]
            var block = block
            switch (block.payload, means.payload) {
            case (.pair(let left, let right), .pair(let a, let b)):
                block.payload = .pair(
                    subtract(left, a, block.rows, target.map { $0 * means.rows + base }),
                    subtract(right, b, block.rows, target.map { $0 * means.rows + base }))
            default:
                block.payload = subtract(
                    block.payload, means.payload, block.rows, target.map { $0 * means.rows + base })
            }
            return block
        }
    }

    private static func subtract(_ payload: Payload, _ means: Payload, _ rows: Int, _ places: [Int]) -> Payload {
        switch (payload, means) {
        case (.numbers(var values), .numbers(let mean)):
            for (cell, place) in places.enumerated() {
                for row in cell * rows..<(cell + 1) * rows { values[row] -= mean[place] }
            }
            return .numbers(values)
        case (.vectors(var values, let width), .vectors(let mean, _)):
            for (cell, place) in places.enumerated() {
                for row in cell * rows..<(cell + 1) * rows {
                    for component in 0..<width { values[row * width + component] -= mean[place * width + component] }
                }
            }
            return .vectors(values, width: width)
        default: return payload
        }
    }
}
