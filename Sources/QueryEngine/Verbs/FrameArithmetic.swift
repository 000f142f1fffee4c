import QueryLanguage
import Store

/// Infix operators on computed arrays: shared dimensions are joined by label, the others broadcast.
struct FrameArithmetic {
    var op: BinaryOperator

    func callAsFunction(_ a: Frame, _ b: Frame) -> Frame {
        let outer = union(a.outer, b.outer)
        let inner = union(a.inner, b.inner)
        let outerA = outer.cellMap(into: a.outer)
        let outerB = outer.cellMap(into: b.outer)
        let innerA = inner.cellMap(into: a.inner).map { $0 ?? 0 }
        let innerB = inner.cellMap(into: b.inner).map { $0 ?? 0 }
        var result = Frame(outer: outer, inner: inner, payload: .numbers([]))
        // Row by row of the result: its row on each side.
        var rows: [(a: Int, b: Int)] = []
        result.offsets = [0]
        for cell in 0..<outer.cells {
            if let ca = outerA[cell], let cb = outerB[cell] { rows += join(a, ca, b, cb) }
            result.offsets.append(rows.count)
        }
        let model = a.hasRows ? a : b
        let left = a.hasRows
        result.prompts = model.prompts.map { prompts in rows.map { prompts[left ? $0.a : $0.b] } }
        result.tokens = model.tokens.map { tokens in rows.map { tokens[left ? $0.a : $0.b] } }
        if model.prompts != nil {
            result.tables = (0..<outer.cells).compactMap { cell in
                (left ? outerA : outerB)[cell].map { model.tables[$0] }
            }
        }
        result.payload = combine(a, innerA, b, innerB, rows)
        return result
    }

    private func union(_ a: [Axis], _ b: [Axis]) -> [Axis] {
        var axes: [Axis] = a.map { axis in
            guard let place = b.index(of: axis.name) else { return axis }
            let others = Set(b[place].labels)
            return Axis(axis.name, axis.labels.filter { others.contains($0) })
        }
        axes += b.filter { axis in !a.contains { $0.name == axis.name } }
        // Model before data set, as in every type.
        return axes.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(\.element)
    }

    private func rank(_ axis: Axis) -> Int { axis.name == "model" ? 0 : axis.name == "dataset" ? 1 : 2 }

    /// Rows with the same prompt and token on both sides; a side without rows meets every row of the other.
    private func join(_ a: Frame, _ ca: Int, _ b: Frame, _ cb: Int) -> [(a: Int, b: Int)] {
        let rowsA = a.offsets[ca]..<a.offsets[ca + 1]
        let rowsB = b.offsets[cb]..<b.offsets[cb + 1]
        if !b.hasRows { return rowsA.map { ($0, rowsB.lowerBound) } }
        if !a.hasRows { return rowsB.map { (rowsA.lowerBound, $0) } }
        struct Key: Hashable {
            var prompt: [UInt8]
            var token: Int32
        }
        func key(_ frame: Frame, _ row: Int, _ cell: Int) -> Key {
            Key(prompt: Array(frame.promptKey(row: row, cell: cell).utf8), token: frame.tokens.map { $0[row] } ?? -1)
        }
        var byKey: [Key: Int] = [:]
        for row in rowsB { byKey[key(b, row, cb)] = row }
        return rowsA.compactMap { row in byKey[key(a, row, ca)].map { (row, $0) } }
    }

    private func combine(_ a: Frame, _ innerA: [Int], _ b: Frame, _ innerB: [Int], _ rows: [(a: Int, b: Int)])
        -> Payload
    {
        let apply: (Double, Double) -> Double = { Arithmetic.apply(op, $0, $1) ?? .nan }
        switch (a.payload, b.payload) {
        case (.numbers(let x), .numbers(let y)):
            var out: [Double] = []
            out.reserveCapacity(innerA.count * rows.count)
            for (ia, ib) in zip(innerA, innerB) {
                for row in rows { out.append(apply(x[ia * a.rows + row.a], y[ib * b.rows + row.b])) }
            }
            return .numbers(out)
        case (.vectors(let x, let width), .vectors(let y, _)):
            var out: [Float] = []
            for (ia, ib) in zip(innerA, innerB) {
                for row in rows {
                    let (p, q) = ((ia * a.rows + row.a) * width, (ib * b.rows + row.b) * width)
                    for component in 0..<width {
                        out.append(Float(apply(Double(x[p + component]), Double(y[q + component]))))
                    }
                }
            }
            return .vectors(out, width: width)
        case (.vectors(let x, let width), .numbers(let y)):
            return scaled(
                x, width,
                zip(innerA, innerB).flatMap { ia, ib in
                    rows.map { (ia * a.rows + $0.a, y[ib * b.rows + $0.b]) }
                }, apply)
        case (.numbers(let x), .vectors(let y, let width)):
            return scaled(
                y, width,
                zip(innerA, innerB).flatMap { ia, ib in
                    rows.map { (ib * b.rows + $0.b, x[ia * a.rows + $0.a]) }
                }, apply)
        default: return a.payload
        }
    }

    private func scaled(
        _ values: [Float], _ width: Int, _ cells: [(place: Int, factor: Double)], _ apply: (Double, Double) -> Double
    ) -> Payload {
        var out: [Float] = []
        out.reserveCapacity(cells.count * width)
        for cell in cells {
            for component in 0..<width {
                out.append(Float(apply(Double(values[cell.place * width + component]), cell.factor)))
            }
        }
        return .vectors(out, width: width)
    }
}
