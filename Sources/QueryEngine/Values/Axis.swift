import QueryLanguage

/// A dimension with its labels, as a computed value has it.
struct Axis: Sendable, Hashable {
    var name: String
    var labels: [Label]

    var count: Int { labels.count }

    init(_ name: String, _ labels: [Label]) {
        self.name = name
        self.labels = labels
    }

    init(_ dim: Dimension) {
        self.init(dim.name, dim.labels ?? (0..<dim.bound).map { .int($0) })
    }
}

extension [Axis] {
    /// Cells of the grid that the axes span; 1 for none.
    var cells: Int { reduce(1) { $0 * $1.count } }

    /// Distance between neighbours along each axis, the last axis running fastest.
    var strides: [Int] {
        var strides = [Int](repeating: 1, count: count)
        for index in indices.dropLast().reversed() { strides[index] = strides[index + 1] * self[index + 1].count }
        return strides
    }

    func index(of name: String) -> Int? { firstIndex { $0.name == name } }

    /// The position along every axis of a cell.
    func coordinates(of cell: Int) -> [Int] {
        var rest = cell
        var coordinates = [Int](repeating: 0, count: count)
        for index in indices.reversed() {
            coordinates[index] = rest % self[index].count
            rest /= self[index].count
        }
        return coordinates
    }

    /// For every cell of these axes the cell of `others` with the same labels, others' missing axes ignored.
    ///
    /// nil where `others` has a label that is not here. Every axis of `others` must be one of these.
    func cellMap(into others: [Axis]) -> [Int?] {
        let strides = others.strides
        // For each of these axes: along which stride of `others` each label moves.
        var moves: [[Int?]] = []
        for axis in self {
            if let place = others.index(of: axis.name) {
                let positions = Dictionary(
                    others[place].labels.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
                moves.append(axis.labels.map { label in positions[label].map { $0 * strides[place] } })
            } else {
                moves.append([Int?](repeating: 0, count: axis.count))
            }
        }
        return (0..<cells).map { cell in
            var target = 0
            for (axis, position) in coordinates(of: cell).enumerated() {
                guard let move = moves[axis][position] else { return nil }
                target += move
            }
            return target
        }
    }
}
