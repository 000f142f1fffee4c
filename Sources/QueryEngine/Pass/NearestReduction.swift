import Kernels
import QueryLanguage

/// The rows of the largest cosine with a vector, a few for every cell of the grid.
struct NearestReduction: Sendable {
    /// One row that was found.
    struct Candidate: Sendable {
        var cosine: Double
        var prompt: Int32
        var token: Int32
    }

    let count: Int
    private let inner: [Axis]
    /// A vector for every outer × inner cell, by place; nil where the labels have none.
    private let targets: [[Int?]]
    private let vectors: [Float]
    private let width: Int
    private let norms: [Double]
    /// Merged so far, best first: `found[outer cell][inner cell]`.
    private(set) var found: [[[Candidate]]]

    /// - Parameter vectors: a frame without rows, whose axes are among the stream's
    init?(count: Int, vectors frame: Frame, outer: [Axis], inner: [Axis]) {
        guard case .vectors(let vectors, let width) = frame.payload else { return nil }
        self.count = count
        self.inner = inner
        self.vectors = vectors
        self.width = width
        let outerMap = outer.cellMap(into: frame.outer)
        let innerMap = inner.cellMap(into: frame.inner)
        targets = outerMap.map { outerCell in
            innerMap.map { innerCell in
                guard let outerCell, let innerCell else { return nil }
                return innerCell * frame.rows + frame.offsets[outerCell]
            }
        }
        var norms = [Double](repeating: 0, count: vectors.count / max(1, width))
        var target = norms.mutableSpan
        RowSums.squaredNorms(vectors.span, rows: target.count, width: width, into: &target)
        self.norms = norms.map { $0.squareRoot() }
        found = Array(repeating: Array(repeating: [], count: inner.cells), count: outer.cells)
    }

    func partial(site: Int?, source: SiteSource?) -> NearestPartial {
        var cells = Array(0..<inner.cells)
        if let site, let source {
            let names = Set(source.axes.map(\.name))
            let here = inner.map { names.contains($0.name) ? Axis($0.name, Array($0.labels.prefix(1))) : $0 }
            cells = source.cells(ofSite: site, inner: here, in: inner)
        }
        return NearestPartial(cells: cells, found: cells.map { _ in [] })
    }

    /// Looks at the rows of a block of one outer cell.
    ///
    /// - Parameter place: prompt and token of a row
    func add(
        _ block: Block, cell: Int, to partial: inout NearestPartial,
        place: (_ row: Int) -> (prompt: Int32, token: Int32)
    ) {
        guard case .vectors(let values, let width) = block.payload, width == self.width else { return }
        var dots = [Double](repeating: 0, count: block.rows)
        var squares = dots
        for (slot, innerCell) in partial.cells.enumerated() {
            guard let target = targets[cell][innerCell] else { continue }
            let rows = values.span.extracting(slot * block.rows * width..<(slot + 1) * block.rows * width)
            do {
                var products = dots.mutableSpan
                var lengths = squares.mutableSpan
                RowSums.products(
                    rows, rows: block.rows, width: width,
                    with: vectors.span.extracting(target * width..<(target + 1) * width), dots: &products,
                    squares: &lengths)
            }
            var list = partial.found[slot]
            partial.found[slot] = []
            // Only larger ones can still be chosen once the list was full: equal ones that come later lose.
            var least = list.count >= count ? list[count - 1].cosine : -Double.infinity
            for row in 0..<block.rows {
                let cosine = dots[row] / (squares[row].squareRoot() * norms[target])
                guard cosine > least else { continue }
                let (prompt, token) = place(row)
                list.append(Candidate(cosine: cosine, prompt: prompt, token: token))
                if list.count >= 2 * count + 64 {
                    list = NearestReduction.best(list, count)
                    least = list[count - 1].cosine
                }
            }
            partial.found[slot] = list.count > count ? NearestReduction.best(list, count) : list
        }
    }

    mutating func merge(_ partial: NearestPartial, cell: Int) {
        for (slot, innerCell) in partial.cells.enumerated() {
            found[cell][innerCell] = NearestReduction.best(found[cell][innerCell] + partial.found[slot], count)
        }
    }

    /// The best by falling cosine; equal ones keep their order.
    private static func best(_ list: [Candidate], _ count: Int) -> [Candidate] {
        let order = list.indices.sorted { a, b in
            list[a].cosine != list[b].cosine ? list[a].cosine > list[b].cosine : a < b
        }
        return order.prefix(count).map { list[$0] }
    }
}

/// What one piece of rows adds to the nearest: in order of the cosine once full.
struct NearestPartial: Sendable {
    /// Inner cells that the piece reaches.
    let cells: [Int]
    var found: [[NearestReduction.Candidate]]
}
