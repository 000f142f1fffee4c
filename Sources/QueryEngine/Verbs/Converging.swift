import QueryLanguage

/// `converge`: where along an axis a prediction settles.
enum Converging {
    /// The label (as a number) of the first entry from which the class never changes again, or from which the number
    /// stays ≥ `level`; NaN where it never does.
    static func frame(_ frame: Frame, along name: String, level: Double?) -> Frame {
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
                out.append(settled(frame.payload, cells, level).map { number(axis.labels[$0], $0) } ?? .nan)
            }
        }
        result.payload = .numbers(out)
        return result
    }

    private static func settled(_ payload: Payload, _ cells: [Int], _ level: Double?) -> Int? {
        guard let last = cells.last else { return nil }
        var first = cells.count
        switch payload {
        case .predictions(let values):
            guard values[last].label >= 0 else { return nil }
            while first > 0, values[cells[first - 1]].label == values[last].label { first -= 1 }
        case .numbers(let values):
            while first > 0, values[cells[first - 1]] >= level ?? .infinity { first -= 1 }
        default: return nil
        }
        return first < cells.count ? first : nil
    }

    private static func number(_ label: Label, _ place: Int) -> Double {
        switch label {
        case .int(let value): Double(value)
        case .double(let value): value
        case .string: Double(place)
        }
    }
}
