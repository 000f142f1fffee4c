import Kernels
import QueryLanguage
import Store

extension VerbImplementations {
    static let sides: [String: StepMaker] = [
        "left": { _, _, _, _, _ in .side("left") },
        "right": { _, _, _, _, _ in .side("right") },
        "swap": { _, _, _, _, _ in .side("swap") },
        "diff": { _, _, _, _, _ in .diff },
    ]

    static let vectors: [String: StepMaker] = [
        "concat": { _, arguments, _, _, _ in .concat(arguments.dims("dim").first ?? "") },
        "norm": { _, arguments, _, _, _ in .norm(arguments.double("p") ?? 2) },
        "normalize": { _, arguments, _, _, _ in arguments.dims("dims").isEmpty ? .normalize : nil },
        "delta": { _, arguments, _, _, _ in .delta(arguments.dims("dim").first ?? "") },
    ]
}

extension MapStep {
    /// (Σ|xᵢ|ᵖ)^(1/p) of each vector; for p = 0 how many components are not 0.
    static func norm(_ p: Double) -> MapStep {
        p == 2
            ? euclideanNorm
            : eachVector { vector in
                switch p {
                case 1: return vector.sum { abs($0) }
                case 0: return vector.sum { $0 == 0 ? 0 : 1 }
                default: return Arithmetic.power(vector.sum { Arithmetic.power(abs($0), p) }, 1 / p)
                }
            }
    }

    private static let euclideanNorm = MapStep.payload { block in
        block.payload.mappingSides { side in
            guard case .vectors(let values, let width) = side else { return side }
            var squares = [Double](repeating: 0, count: width == 0 ? 0 : values.count / width)
            var target = squares.mutableSpan
            RowSums.squaredNorms(values.span, rows: target.count, width: width, into: &target)
            return .numbers(squares.map { $0.squareRoot() })
        }
    }

    /// A number for each vector, on each side.
    private static func eachVector(_ number: @escaping @Sendable (Span<Float>) -> Double) -> MapStep {
        .payload { block in
            block.payload.mappingSides { side in
                guard case .vectors(let values, let width) = side else { return side }
                let span = values.span
                var out: [Double] = []
                out.reserveCapacity(width == 0 ? 0 : values.count / width)
                for start in stride(from: 0, to: values.count, by: max(1, width)) {
                    out.append(number(span.extracting(start..<start + width)))
                }
                return .numbers(out)
            }
        }
    }

    /// Each vector divided by its length; a zero vector stays zero.
    static let normalize = MapStep.payload { block in
        block.payload.mappingSides { side in
            guard case .vectors(var values, let width) = side else { return side }
            for start in stride(from: 0, to: values.count, by: max(1, width)) {
                let length = Dot.squaredNorm(values.span.extracting(start..<start + width)).squareRoot()
                guard length > 0 else { continue }
                for index in start..<start + width { values[index] = Float(Double(values[index]) / length) }
            }
            return .vectors(values, width: width)
        }
    }

    /// Differences between neighbours along an axis, named by the later one.
    static func delta(_ name: String) -> MapStep {
        @Sendable func later(_ axes: [Axis]) -> [Axis] {
            axes.map { $0.name == name ? Axis(name, Array($0.labels.dropFirst())) : $0 }
        }
        return MapStep(mixes: [name], axes: later) { block, _ in
            guard let place = block.inner.index(of: name) else { return block }
            let axes = later(block.inner)
            let stride = block.inner.strides[place]
            var places: [(before: Int, after: Int)] = []
            places.reserveCapacity(axes.cells * block.rows)
            for cell in axes.cellMap(into: block.inner).compactMap({ $0 }) {
                for row in 0..<block.rows {
                    places.append(((cell - stride) * block.rows + row, cell * block.rows + row))
                }
            }
            let payload = block.payload.mappingSides { side in
                switch side {
                case .numbers(let values): return .numbers(places.map { values[$0.after] - values[$0.before] })
                case .vectors(let values, let width):
                    var out: [Float] = []
                    out.reserveCapacity(places.count * width)
                    for place in places {
                        for component in 0..<width {
                            out.append(
                                values[place.after * width + component] - values[place.before * width + component])
                        }
                    }
                    return .vectors(out, width: width)
                default: return side
                }
            }
            return Block(rows: block.rows, inner: axes, payload: payload)
        }
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

    /// Numbers one by one, on each side.
    static func each(_ change: @escaping @Sendable (Double) -> Double) -> MapStep {
        .payload { block in
            block.payload.mappingSides { side in
                switch side {
                case .numbers(let values): return .numbers(values.map(change))
                case .vectors(let values, let width):
                    return .vectors(values.map { Float(change(Double($0))) }, width: width)
                default: return side
                }
            }
        }
    }
}

extension Span<Float> {
    /// The sum of a number made of each component, in f64.
    fileprivate func sum(_ number: (Double) -> Double) -> Double {
        var sum = 0.0
        for index in indices { sum += number(Double(self[index])) }
        return sum
    }
}
