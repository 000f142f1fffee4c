import Analysis
import QueryLanguage

/// Gram states of the rows, one for every cell of the grid: samples along inner axes fall together.
struct GramReduction: Sendable {
    /// Inner axes that stay, and the kept cell of each inner cell.
    let kept: [Axis]
    private let inner: [Axis]
    private let keptCell: [Int]
    /// Numbers in a row; of both sides together for a pair.
    let width: Int
    /// Merged so far: `states[outer cell][kept cell]`.
    private(set) var states: [[GramState]]

    init(outer: [Axis], inner: [Axis], width: Int) {
        self.inner = inner
        self.width = width
        kept = inner.filter { !Dimension.sampleNames.contains($0.name) }
        keptCell = inner.cellMap(into: kept).map { $0 ?? 0 }
        states = Array(
            repeating: Array(repeating: GramState(columns: width), count: kept.cells), count: outer.cells)
    }

    /// States that were made before, outer cell by outer cell.
    mutating func fill(_ known: [GramState]) {
        for (place, state) in known.enumerated() { states[place / kept.cells][place % kept.cells] = state }
    }

    /// The states of no rows, for the cells that one site (or all) reaches.
    func partial(site: Int?, source: SiteSource?) -> GramPartial {
        var cells = Array(0..<inner.cells)
        if let site, let source {
            let names = Set(source.axes.map(\.name))
            let here = inner.map { names.contains($0.name) ? Axis($0.name, Array($0.labels.prefix(1))) : $0 }
            cells = source.cells(ofSite: site, inner: here, in: inner)
        }
        let reached = cells.map { keptCell[$0] }
        let kept = Set(reached).sorted()
        let places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
        return GramPartial(
            cells: kept, target: reached.map { places[$0] ?? 0 },
            states: kept.map { _ in GramState(columns: width) })
    }

    mutating func merge(_ partial: GramPartial, cell: Int) {
        for (place, kept) in partial.cells.enumerated() { states[cell][kept].merge(partial.states[place]) }
    }
}

/// What one piece of rows adds to Gram states.
struct GramPartial: Sendable {
    /// Kept cells that the piece reaches.
    let cells: [Int]
    /// For each inner cell of a block the place of its kept cell among `cells`.
    private let target: [Int]
    var states: [GramState]

    init(cells: [Int], target: [Int], states: [GramState]) {
        self.cells = cells
        self.target = target
        self.states = states
    }

    /// - Parameter scratch: the thread's, used again from piece to piece
    mutating func add(_ block: Block, _ scratch: inout GramScratch) {
        switch block.payload {
        case .vectors(let values, let width):
            for (cell, target) in target.enumerated() {
                let part = values.span.extracting(cell * block.rows * width..<(cell + 1) * block.rows * width)
                states[target].add(part, [0..<block.rows], scratch: &scratch)
            }
        case .pair(.vectors(let left, let width), .vectors(let right, let otherWidth)):
            var joint: [Float] = []
            joint.reserveCapacity(block.rows * (width + otherWidth))
            for (cell, target) in target.enumerated() {
                joint.removeAll(keepingCapacity: true)
                // Both sides' rows side by side.
                for row in cell * block.rows..<(cell + 1) * block.rows {
                    joint += left[row * width..<(row + 1) * width]
                    joint += right[row * otherWidth..<(row + 1) * otherWidth]
                }
                states[target].add(joint.span, [0..<block.rows], scratch: &scratch)
            }
        default: preconditionFailure("Gram states are of vectors")
        }
    }
}
