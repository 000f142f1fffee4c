import QueryLanguage

/// Infix operators on computed arrays: shared dimensions are joined by label, the others broadcast.
struct FrameArithmetic {
    var op: BinaryOperator

    func callAsFunction(_ a: Frame, _ b: Frame) -> Frame { self(FrameJoin(a, b)) }

    func callAsFunction(_ join: FrameJoin) -> Frame {
        join.frame(combine(join.a.payload, join.b.payload, join.places))
    }

    /// Cell by cell; a pair meets a pair side by side, and anything else on both sides.
    private func combine(_ a: Payload, _ b: Payload, _ places: [(a: Int, b: Int)]) -> Payload {
        let apply: (Double, Double) -> Double = { Arithmetic.apply(op, $0, $1) ?? .nan }
        switch (a, b) {
        case (.pair(let al, let ar), .pair(let bl, let br)):
            return .pair(combine(al, bl, places), combine(ar, br, places))
        case (.pair(let left, let right), _): return .pair(combine(left, b, places), combine(right, b, places))
        case (_, .pair(let left, let right)): return .pair(combine(a, left, places), combine(a, right, places))
        case (.numbers(let x), .numbers(let y)): return .numbers(places.map { apply(x[$0.a], y[$0.b]) })
        case (.vectors(let x, let width), .vectors(let y, _)):
            return vectors(places.count, width) { cell, component in
                apply(
                    Double(x[places[cell].a * width + component]), Double(y[places[cell].b * width + component]))
            }
        case (.vectors(let x, let width), .numbers(let y)):
            return vectors(places.count, width) { cell, component in
                apply(Double(x[places[cell].a * width + component]), y[places[cell].b])
            }
        case (.numbers(let x), .vectors(let y, let width)):
            return vectors(places.count, width) { cell, component in
                apply(x[places[cell].a], Double(y[places[cell].b * width + component]))
            }
        default: return a
        }
    }

    private func vectors(_ count: Int, _ width: Int, _ value: (Int, Int) -> Double) -> Payload {
        var out: [Float] = []
        out.reserveCapacity(count * width)
        for cell in 0..<count {
            for component in 0..<width { out.append(Float(value(cell, component))) }
        }
        return .vectors(out, width: width)
    }
}
