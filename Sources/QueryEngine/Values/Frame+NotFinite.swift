extension Frame {
    /// What to do about numbers that are none.
    static let withoutNotFinite =
        "leave such prompts out, `where(id != \"…\")`, or choose other layers; `varve verify` tells whether the file is damaged"

    /// Where the first NaN or infinity stands among some rows of an inner cell, in the words of the labels; nil where all are
    /// finite. O(rows · width).
    func firstNotFinite(inner cell: Int, rows: [Int]) -> String? {
        for row in rows {
            let place = cell * self.rows + row
            let found: (feature: Int?, value: Double)?
            switch payload {
            case .vectors(let values, let width):
                found = (place * width..<(place + 1) * width).first { !values[$0].isFinite }.map {
                    ($0 - place * width, Double(values[$0]))
                }
            case .numbers(let values): found = values[place].isFinite ? nil : (nil, values[place])
            default: return nil
            }
            guard let found else { continue }
            return words(inner: cell, row: row, feature: found.feature, found.value)
        }
        return nil
    }

    /// A number that is none, in the words of the labels of where it stands.
    func words(inner cell: Int, row: Int, feature: Int?, _ value: Double) -> String {
        let outerCell = offsets.partitioningIndex { $0 > row } - 1
        var labels = zip(outer, outer.coordinates(of: outerCell)).map { "\($0.name) \($0.labels[$1])" }
        if prompts != nil { labels.append("prompt \(promptKey(row: row, cell: outerCell))") }
        if let tokens { labels.append("token \(tokens[row])") }
        labels += zip(inner, inner.coordinates(of: cell)).map { "\($0.name) \($0.labels[$1])" }
        if let feature { labels.append("feature \(feature)") }
        return "\(labels.joined(separator: ", ")) is \(value.isNaN ? "NaN" : "infinite")"
    }
}
