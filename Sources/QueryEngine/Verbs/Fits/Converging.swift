import Analysis
import QueryLanguage

extension VerbImplementations {
    static let convergence: [String: Computation] = [
        "converge": { executor, arguments, node in
            .frame(
                Converging.frame(
                    try executor.frame(node.inputs[0]), along: arguments.dims("dim").first ?? "",
                    level: arguments.double("at"), distance: arguments.double("within")))
        }
    ]
}

/// `converge`: where along an axis a prediction settles.
enum Converging {
    /// The label (as a number) of the first entry from which the class never changes again, or from which the number
    /// stays ≥ `level` or within `distance` of the last; NaN where it never does.
    static func frame(_ frame: Frame, along name: String, level: Double?, distance: Double?) -> Frame {
        guard let place = frame.inner.index(of: name) else { return frame }
        var result = frame
        let axis = frame.inner[place]
        let stride = frame.inner.strides[place]
        result.inner.remove(at: place)
        var firsts = frame.inner
        firsts[place].labels = [axis.labels[0]]
        let starts = firsts.cellMap(into: frame.inner).compactMap { $0 }
        var out: [Double] = []
        out.reserveCapacity(starts.count * frame.rows)
        for start in starts {
            for row in 0..<frame.rows {
                let cells = (0..<axis.count).map { (start + $0 * stride) * frame.rows + row }
                out.append(
                    settled(frame.payload, cells, level, distance).map { number(axis.labels[$0], $0) }
                        ?? missing(frame.payload, cells))
            }
        }
        result.payload = .numbers(out)
        return result
    }

    private static func settled(_ payload: Payload, _ cells: [Int], _ level: Double?, _ distance: Double?) -> Int? {
        switch payload {
        case .predictions(let values):
            let labels = cells.map { values[$0].label }
            // A row that no fit held out has no prediction to converge to.
            return labels.last == -1 ? nil : Converge.index(of: labels)
        case .numbers(let values):
            let line = cells.map { values[$0] }
            if let distance { return Converge.index(of: line, staysWithin: distance) }
            return Converge.index(of: line, staysAtLeast: level ?? .infinity)
        default: return nil
        }
    }

    /// Rows without a prediction (outside the contrast) are missing; numbers that never stay above are NaN.
    private static func missing(_ payload: Payload, _ cells: [Int]) -> Double {
        if case .predictions = payload { return Missing.number }
        return .nan
    }

    private static func number(_ label: Label, _ place: Int) -> Double {
        switch label {
        case .int(let value): Double(value)
        case .double(let value): value
        case .string: Double(place)
        }
    }
}
