import Glibc
import Kernels
import QueryLanguage

/// A number made of two vectors.
enum VectorMeasure: Sendable {
    case cosine, dot, distance
    case angle(inDegrees: Bool)

    /// Accumulated in f64 whatever is stored.
    func callAsFunction(_ a: Span<Float>, _ b: Span<Float>) -> Double {
        switch self {
        case .cosine: Dot.cosine(a, b)
        case .dot: Dot.product(a, b)
        case .distance: VectorMeasure.distance(a, b)
        case .angle(let inDegrees): VectorMeasure.angle(a, b) * (inDegrees ? 180 / .pi : 1)
        }
    }

    private static func distance(_ a: Span<Float>, _ b: Span<Float>) -> Double {
        var sum = 0.0
        for index in 0..<a.count {
            let difference = Double(a[index]) - Double(b[index])
            sum += difference * difference
        }
        return sum.squareRoot()
    }

    /// 2 atan2(‖x − y‖, ‖x + y‖) of the unit vectors x and y (Kahan, "How Futile are Mindless Assessments of Roundoff in
    /// Floating-Point Computation?", 2006, § 12): arccos of the cosine loses half the digits of small angles. NaN for a
    /// zero vector.
    private static func angle(_ a: Span<Float>, _ b: Span<Float>) -> Double {
        let (lengthA, lengthB) = (Dot.squaredNorm(a).squareRoot(), Dot.squaredNorm(b).squareRoot())
        guard lengthA > 0, lengthB > 0 else { return .nan }
        var (difference, sum) = (0.0, 0.0)
        for index in 0..<a.count {
            let (x, y) = (Double(a[index]) / lengthA, Double(b[index]) / lengthB)
            difference += (x - y) * (x - y)
            sum += (x + y) * (x + y)
        }
        return 2 * atan2(difference.squareRoot(), sum.squareRoot())
    }
}

/// What a verb makes of each vector and another one beside it.
enum VectorOperation: Sendable {
    case measure(VectorMeasure)
    /// The part along the other, or what is left without it. Along a zero vector nothing lies.
    case project(removes: Bool)

    /// - Parameter places: for each cell of the answer, the vector on each side.
    func apply(_ a: [Float], _ b: [Float], width: Int, _ places: [(a: Int, b: Int)]) -> Payload {
        let (x, v) = (a.span, b.span)
        switch self {
        case .measure(let measure):
            var out: [Double] = []
            out.reserveCapacity(places.count)
            for place in places {
                out.append(
                    measure(
                        x.extracting(place.a * width..<(place.a + 1) * width),
                        v.extracting(place.b * width..<(place.b + 1) * width)))
            }
            return .numbers(out)
        case .project(let removes):
            let squares = (0..<(width == 0 ? 0 : b.count / width)).map {
                Dot.squaredNorm(v.extracting($0 * width..<($0 + 1) * width))
            }
            var out: [Float] = []
            out.reserveCapacity(places.count * width)
            for place in places {
                let (start, other) = (place.a * width, place.b * width)
                let product = Dot.product(
                    x.extracting(start..<start + width), v.extracting(other..<other + width))
                let share = squares[place.b] == 0 ? 0 : product / squares[place.b]
                for index in 0..<width {
                    let along = share * Double(v[other + index])
                    out.append(Float(removes ? Double(x[start + index]) - along : along))
                }
            }
            return .vectors(out, width: width)
        }
    }

    /// Each side of a payload with the vectors of another.
    func apply(_ payload: Payload, _ others: Payload, _ places: [(a: Int, b: Int)]) -> Payload {
        payload.mappingSides { side in
            guard case .vectors(let values, let width) = side, case .vectors(let vectors, _) = others else {
                return side
            }
            return apply(values, vectors, width: width, places)
        }
    }
}

extension Payload {
    /// The same payload with each side of a pair changed, or itself.
    func mappingSides(_ change: (Payload) throws -> Payload) rethrows -> Payload {
        if case .pair(let left, let right) = self { return .pair(try change(left), try change(right)) }
        return try change(self)
    }
}

extension VerbImplementations {
    private static let operations: [String: @Sendable (BoundArguments) -> VectorOperation] = [
        "cosine": { _ in .measure(.cosine) },
        "dot": { _ in .measure(.dot) },
        "distance": { _ in .measure(.distance) },
        "angle": { .measure(.angle(inDegrees: $0.string("unit") != "radians")) },
        "project": { _ in .project(removes: false) },
        "project_out": { _ in .project(removes: true) },
    ]

    /// Lazily, where the other vector is one for each grid cell.
    static let vectorOperations: [String: StepMaker] = operations.mapValues { operation in
        { executor, arguments, outer, node, dry in
            guard let other = arguments.node("v") else {
                guard case .measure(let measure) = operation(arguments) else { return nil }
                return .measuring(measure)
            }
            guard let input = node.inputs.first?.type, canStayLazy(input, beside: other.type) else { return nil }
            if dry { return .spreading(other.type) }
            return .operating(operation(arguments), with: try executor.frame(other), outer: outer)
        }
    }

    /// On arrays in memory, joined by label.
    static let vectorComputations: [String: Computation] = operations.mapValues { operation in
        { executor, arguments, node in
            let input = try executor.frame(node.inputs[0])
            let operation = operation(arguments)
            guard let other = arguments.node("v") else {
                guard case .measure(let measure) = operation else { return .frame(input) }
                var result = input
                let block = Block(rows: input.rows, inner: input.inner, payload: input.payload)
                result.payload = try MapStep.measuring(measure).apply(block, 0).payload
                return .frame(result)
            }
            let width = node.type.element.vectorWidth ?? 2
            let join = try executor.joined(input, try executor.frame(other), cellBytes: 4 * width, node)
            return .frame(join.frame(operation.apply(join.a.payload, join.b.payload, join.places)))
        }
    }

    /// Whether every cell on the left has its vector: no rows and no captures of the vector's own, and all labels there.
    private static func canStayLazy(_ input: QueryType, beside other: QueryType) -> Bool {
        guard !other.hasRows else { return false }
        return other.dims.allSatisfy { dim in
            guard let mine = input.dim(dim.name) else { return !dim.isOuter && dim.labels != nil }
            guard let wanted = mine.labels, let there = dim.labels.map(Set.init) else { return false }
            return wanted.allSatisfy(there.contains)
        }
    }
}

extension MapStep {
    /// A number for the two sides.
    static func measuring(_ measure: VectorMeasure) -> MapStep {
        .payload { block in
            guard case .pair(.vectors(let left, let width), .vectors(let right, _)) = block.payload else {
                return block.payload
            }
            if case .cosine = measure, width > 0 {
                var out = [Double](repeating: 0, count: left.count / width)
                var target = out.mutableSpan
                RowSums.cosines(left.span, right.span, rows: target.count, width: width, into: &target)
                return .numbers(out)
            }
            let places = (0..<(width == 0 ? 0 : left.count / width)).map { (a: $0, b: $0) }
            return VectorOperation.measure(measure).apply(left, right, width: width, places)
        }
    }

    /// The axes of a step that will be made when it is run.
    static func spreading(_ other: QueryType) -> MapStep {
        let axes = other.dims.map { Axis($0) }
        return MapStep(axes: { MapStep.axes($0, with: axes) }) { block, _ in block }
    }

    private static func axes(_ axes: [Axis], with others: [Axis]) -> [Axis] {
        axes
            + others.filter { other in
                other.name != "model" && other.name != "dataset" && axes.index(of: other.name) == nil
            }
    }

    /// Every cell beside the vector of the same labels; axes that only the vectors have come last.
    ///
    /// - Parameter vectors: a frame without rows whose outer axes are among the stream's.
    static func operating(_ operation: VectorOperation, with vectors: Frame, outer: [Axis]) -> MapStep {
        let outerMap = outer.cellMap(into: vectors.outer)
        return MapStep(axes: { MapStep.axes($0, with: vectors.inner) }, isCellwise: true) { block, cell in
            let axes = MapStep.axes(block.inner, with: vectors.inner)
            let own = axes.cellMap(into: block.inner).map { $0 ?? 0 }
            let other = axes.cellMap(into: vectors.inner).map { $0 ?? 0 }
            let base = vectors.offsets[outerMap[cell] ?? 0]
            var places: [(a: Int, b: Int)] = []
            places.reserveCapacity(axes.cells * block.rows)
            for inner in 0..<axes.cells {
                for row in 0..<block.rows {
                    places.append((own[inner] * block.rows + row, other[inner] * vectors.rows + base))
                }
            }
            return Block(
                rows: block.rows, inner: axes, payload: operation.apply(block.payload, vectors.payload, places))
        }
    }
}
