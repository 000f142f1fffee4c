import QueryLanguage
import Store

/// A computed array: outer axes (model, data set), rows (prompts, tokens) that may differ from cell to cell, and inner
/// axes that are the same for every row.
struct Frame: Sendable {
    var outer: [Axis]
    /// Rows of outer cell c are `offsets[c] ..< offsets[c + 1]`. Without prompts and tokens each cell is one row.
    var offsets: [Int]
    /// Ordinal of each row's prompt within its cell; nil without a `prompt` dimension.
    var prompts: [Int32]?
    /// Token position of each row; nil without a `token` dimension.
    var tokens: [Int32]?
    var inner: [Axis]
    /// Inner-major over all rows of all cells.
    var payload: Payload
    /// Prompts of every outer cell, while rows are prompts.
    var tables: [PromptTable]
    /// Names of predicted classes, where the payload holds some.
    var classNames: [String] = []

    var rows: Int { offsets.last ?? 0 }
    var hasRows: Bool { prompts != nil || tokens != nil }

    /// A frame without rows: one cell for every outer × inner cell.
    init(outer: [Axis], inner: [Axis], payload: Payload) {
        self.outer = outer
        self.inner = inner
        self.payload = payload
        offsets = Array(0...outer.cells)
        tables = []
    }

    /// One number.
    init(scalar: Double) { self.init(outer: [], inner: [], payload: .numbers([scalar])) }

    /// Says which rows it has: those of a stream, in its order.
    mutating func takeRows(of stream: RowStream) {
        offsets = stream.cells.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.rowCount) }
        let segments = stream.cells.flatMap(\.segments)
        prompts = stream.hasPrompt ? segments.flatMap { Array(repeating: $0.prompt, count: $0.count) } : nil
        tokens =
            stream.hasToken
            ? segments.flatMap { segment in (0..<segment.count).map { segment.position + Int32($0) } } : nil
        tables = stream.cells.map(\.prompts)
    }

    /// Names and lengths of the dimensions, in the order a type has them.
    var dimensionNames: [String] {
        outer.map(\.name) + (prompts != nil ? ["prompt"] : []) + (tokens != nil ? ["token"] : []) + inner.map(\.name)
    }

    /// The id of a row's prompt.
    func promptKey(row: Int, cell: Int) -> String {
        guard let prompts, cell < tables.count else { return "" }
        return tables[cell].keys[Int(prompts[row])]
    }

    /// The name of a predicted class; nil for none.
    func className(_ prediction: Prediction) -> String? {
        classNames.indices.contains(Int(prediction.label)) ? classNames[Int(prediction.label)] : nil
    }

    /// Keeps the entries of inner or outer axes with those labels; `drop` removes the axis.
    func choosing(_ axis: String, labels: [Label], drop: Bool) -> Frame {
        if let place = inner.index(of: axis) {
            return choosingInner(place, labels: labels, drop: drop)
        }
        guard let place = outer.index(of: axis) else { return self }
        var copy = self
        var axes = outer
        axes[place].labels = labels
        let map = axes.cellMap(into: outer)
        let cells = map.compactMap { $0 }
        var rowsKept: [Int] = []
        var offsets = [0]
        for cell in cells {
            rowsKept += self.offsets[cell]..<self.offsets[cell + 1]
            offsets.append(rowsKept.count)
        }
        if drop { axes.remove(at: place) }
        copy.outer = axes
        copy.offsets = offsets
        copy.prompts = prompts.map { prompts in rowsKept.map { prompts[$0] } }
        copy.tokens = tokens.map { tokens in rowsKept.map { tokens[$0] } }
        copy.tables = tables.isEmpty ? [] : cells.map { tables[$0] }
        var places: [Int] = []
        for cell in 0..<storedCells { places += rowsKept.map { cell * rows + $0 } }
        copy.payload = payload.gathered(places)
        return copy
    }

    private func choosingInner(_ place: Int, labels: [Label], drop: Bool) -> Frame {
        var copy = self
        let (axes, payload) = Block(rows: rows, inner: inner, payload: payload)
            .choosing(place, labels: labels, drop: drop)
        copy.inner = axes
        copy.payload = payload
        return copy
    }

    /// Keeps some rows of every cell.
    func keepingRows(_ isKept: (_ cell: Int, _ row: Int) -> Bool) -> Frame {
        var copy = self
        var kept: [Int] = []
        var offsets = [0]
        for cell in 0..<outer.cells {
            for row in self.offsets[cell]..<self.offsets[cell + 1] where isKept(cell, row) { kept.append(row) }
            offsets.append(kept.count)
        }
        copy.offsets = offsets
        copy.prompts = prompts.map { prompts in kept.map { prompts[$0] } }
        copy.tokens = tokens.map { tokens in kept.map { tokens[$0] } }
        var places: [Int] = []
        for cell in 0..<storedCells { places += kept.map { cell * rows + $0 } }
        copy.payload = payload.gathered(places)
        return copy
    }
}

/// Some rows of one outer cell on their way through the map verbs.
struct Block: Sendable {
    var rows: Int
    /// The visible inner axes. `k` is virtual while the payload is latents.
    var inner: [Axis]
    var payload: Payload

    /// The axes and payload with only those labels of one inner axis; `drop` removes the axis.
    func choosing(_ place: Int, labels: [Label], drop: Bool) -> (axes: [Axis], payload: Payload) {
        var axes = inner
        let name = inner[place].name
        axes[place].labels = labels
        if name == "k", let chosen = payload.choosingPrefixes(labels, drop: drop) {
            if drop { axes.remove(at: place) }
            return (axes, chosen)
        }
        let map = axes.cellMap(into: inner)
        var places: [Int] = []
        for cell in map.compactMap({ $0 }) { places += (0..<rows).map { cell * rows + $0 } }
        if drop { axes.remove(at: place) }
        return (axes, payload.gathered(places))
    }
}

extension Payload {
    /// Fewer of the swept prefixes; nil where the payload holds no latents.
    fileprivate func choosingPrefixes(_ labels: [Label], drop: Bool) -> Payload? {
        switch self {
        case .latents(var lists):
            lists.prefixes = labels.compactMap { if case .int(let k) = $0 { k } else { nil } }
            lists.isSwept = !drop
            return .latents(drop ? lists.cut(to: lists.prefixes.first ?? lists.stored) : lists)
        case .pair(let left, let right):
            guard let left = left.choosingPrefixes(labels, drop: drop),
                let right = right.choosingPrefixes(labels, drop: drop)
            else { return nil }
            return .pair(left, right)
        default: return nil
        }
    }
}
