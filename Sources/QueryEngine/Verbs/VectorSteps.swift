import Kernels
import QueryLanguage
import Store

/// Comparing two vectors.
enum VectorComparison: String, Sendable {
    case cosine, dot, distance

    /// Accumulated in f64 whatever is stored.
    func callAsFunction(_ a: Span<Float>, _ b: Span<Float>) -> Double {
        switch self {
        case .cosine: return Dot.cosine(a, b)
        case .dot: return Dot.product(a, b)
        case .distance:
            var sum = 0.0
            for index in 0..<a.count {
                let difference = Double(a[index]) - Double(b[index])
                sum += difference * difference
            }
            return sum.squareRoot()
        }
    }
}

extension VerbImplementations {
    static let sides: [String: StepMaker] = [
        "left": { _, _, _, _, _ in .side("left") },
        "right": { _, _, _, _, _ in .side("right") },
        "swap": { _, _, _, _, _ in .side("swap") },
        "diff": { _, _, _, _, _ in .diff },
    ]

    static let vectors: [String: StepMaker] = [
        "concat": { _, arguments, _, _, _ in .concat(arguments.dims("dim").first ?? "") },
        "norm": { _, _, _, _, _ in .norm },
        "normalize": { _, _, _, _, _ in .normalize },
        "cosine": { executor, arguments, outer, _, dry in try comparing(.cosine, executor, arguments, outer, dry) },
        "dot": { executor, arguments, outer, _, dry in try comparing(.dot, executor, arguments, outer, dry) },
        "distance": { executor, arguments, outer, _, dry in try comparing(.distance, executor, arguments, outer, dry) },
    ]

    /// The two sides of a pair, or each cell with the vector given.
    private static func comparing(
        _ comparison: VectorComparison, _ executor: Executor, _ arguments: BoundArguments, _ outer: [Axis], _ dry: Bool
    ) throws -> MapStep {
        guard let other = arguments.node("v") else { return .comparing(comparison) }
        if dry { return .norm }
        return .comparing(comparison, with: try executor.frame(other), outer: outer)
    }
}

extension MapStep {
    /// `cosine`, `dot`, `distance` of the two sides.
    static func comparing(_ comparison: VectorComparison) -> MapStep {
        .payload { block in
            guard case .pair(.vectors(let left, let width), .vectors(let right, _)) = block.payload else {
                return block.payload
            }
            return .numbers(compare(left, right, width: width, comparison))
        }
    }

    private static func compare(_ left: [Float], _ right: [Float], width: Int, _ comparison: VectorComparison)
        -> [Double]
    {
        let (a, b) = (left.span, right.span)
        if comparison == .cosine, width > 0 {
            var out = [Double](repeating: 0, count: left.count / width)
            var target = out.mutableSpan
            RowSums.cosines(a, b, rows: target.count, width: width, into: &target)
            return out
        }
        var out: [Double] = []
        out.reserveCapacity(width == 0 ? 0 : left.count / width)
        for start in stride(from: 0, to: left.count, by: max(1, width)) {
            out.append(comparison(a.extracting(start..<start + width), b.extracting(start..<start + width)))
        }
        return out
    }

    /// `cosine(v)` and the like: every cell against the vector of the same labels.
    ///
    /// - Parameter vectors: a frame without rows, whose axes are among the stream's.
    static func comparing(_ comparison: VectorComparison, with vectors: Frame, outer: [Axis]) -> MapStep {
        let outerMap = outer.cellMap(into: vectors.outer)
        return MapStep(axes: { $0 }, isCellwise: true) { block, cell in
            guard case .vectors(let values, let width) = block.payload, case .vectors(let others, _) = vectors.payload
            else { return block }
            let innerMap = block.inner.cellMap(into: vectors.inner)
            let (a, b) = (values.span, others.span)
            var out: [Double] = []
            out.reserveCapacity(block.inner.cells * block.rows)
            for inner in 0..<block.inner.cells {
                let target = outerMap[cell].flatMap { outerCell in
                    innerMap[inner].map { $0 * vectors.rows + vectors.offsets[outerCell] }
                }
                for row in 0..<block.rows {
                    guard let target else {
                        out.append(.nan)
                        continue
                    }
                    let start = (inner * block.rows + row) * width
                    out.append(
                        comparison(
                            a.extracting(start..<start + width), b.extracting(target * width..<(target + 1) * width)))
                }
            }
            var block = block
            block.payload = .numbers(out)
            return block
        }
    }

    /// Euclidean length of each vector.
    static let norm = MapStep.payload { block in
        guard case .vectors(let values, let width) = block.payload else { return block.payload }
        var squares = [Double](repeating: 0, count: width == 0 ? 0 : values.count / width)
        var target = squares.mutableSpan
        RowSums.squaredNorms(values.span, rows: target.count, width: width, into: &target)
        return .numbers(squares.map { $0.squareRoot() })
    }

    /// Each vector divided by its length; a zero vector stays zero.
    static let normalize = MapStep.payload { block in
        guard case .vectors(var values, let width) = block.payload else { return block.payload }
        for start in stride(from: 0, to: values.count, by: max(1, width)) {
            let length = Dot.squaredNorm(values.span.extracting(start..<start + width)).squareRoot()
            guard length > 0 else { continue }
            for index in start..<start + width { values[index] = Float(Double(values[index]) / length) }
        }
        return .vectors(values, width: width)
    }

    /// right − left.
    static let diff = MapStep.payload { block in
        switch block.payload {
        case .pair(.vectors(let left, let width), .vectors(let right, _)):
            return .vectors(zip(left, right).map { $1 - $0 }, width: width)
        case .pair(.numbers(let left), .numbers(let right)): return .numbers(zip(left, right).map { $1 - $0 })
        default: return block.payload
        }
    }

    /// One side of a pair, or both exchanged.
    static func side(_ name: String) -> MapStep {
        .payload(latents: .passed) { block in
            guard case .pair(let left, let right) = block.payload else { return block.payload }
            switch name {
            case "left": return left
            case "right": return right
            default: return .pair(right, left)
            }
        }
    }

    /// Entries along an axis become features: numbers → vectors of them, vectors → longer vectors.
    static func concat(_ name: String) -> MapStep {
        MapStep(axes: { axes in axes.filter { $0.name != name } }) { block, _ in
            guard let place = block.inner.index(of: name) else { return block }
            var axes = block.inner
            let joined = axes.remove(at: place)
            let stride = block.inner.strides[place]
            // First inner cell of each kept cell: the joined axis at 0.
            var labels = block.inner
            labels[place].labels = [joined.labels[0]]
            let firsts = labels.cellMap(into: block.inner).compactMap { $0 }
            var out: [Float] = []
            let width: Int
            switch block.payload {
            case .numbers(let values):
                width = joined.count
                out.reserveCapacity(values.count)
                for first in firsts {
                    for row in 0..<block.rows {
                        for entry in 0..<joined.count {
                            out.append(Float(values[(first + entry * stride) * block.rows + row]))
                        }
                    }
                }
            case .vectors(let values, let each):
                width = joined.count * each
                out.reserveCapacity(values.count)
                for first in firsts {
                    for row in 0..<block.rows {
                        for entry in 0..<joined.count {
                            let start = ((first + entry * stride) * block.rows + row) * each
                            out.append(contentsOf: values[start..<start + each])
                        }
                    }
                }
            default: return block
            }
            return Block(rows: block.rows, inner: axes, payload: .vectors(out, width: width))
        }
    }

    /// Some labels of an inner axis.
    static func choosing(_ name: String, labels: [Label], drop: Bool) -> MapStep {
        MapStep(
            axes: { axes in
                axes.compactMap { axis in
                    guard axis.name == name else { return axis }
                    return drop ? nil : Axis(name, labels)
                }
            },
            // Labels of stored axes are chosen at the source: what is left was made by a step of each cell.
            isCellwise: true, latents: .passed,
            apply: { block, _ in
                guard let place = block.inner.index(of: name) else { return block }
                let (axes, payload) = block.choosing(place, labels: labels, drop: drop)
                return Block(rows: block.rows, inner: axes, payload: payload)
            })
    }

    /// Numbers one by one.
    static func each(_ change: @escaping @Sendable (Double) -> Double) -> MapStep {
        .payload { block in
            switch block.payload {
            case .numbers(let values): return .numbers(values.map(change))
            case .vectors(let values, let width):
                return .vectors(values.map { Float(change(Double($0))) }, width: width)
            default: return block.payload
            }
        }
    }
}
