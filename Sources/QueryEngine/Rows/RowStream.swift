import QueryLanguage
import Scan
import Store
import Tensor

/// Consecutive tokens of one prompt, on one or two sides.
struct Segment: Sendable {
    /// Ordinal of the prompt in the left capture.
    var prompt: Int32
    /// Position of the first token in its prompt (of the left side).
    var position: Int32
    /// First row on the left and on the right side; equal without a pair.
    var left: Int
    var right: Int
    var count: Int
}

/// One side of a cell: a capture with its prompts.
struct CellSide: Sendable {
    var reader: CaptureReader
    var prompts: PromptTable
}

/// What a capture holds that keeps only some tokens of each prompt.
struct KeptRows: Sendable {
    var tokens: KeptTokens
    /// Of each prompt, position of the first stored token and the one after the last.
    var extents: [Range<Int>]
}

/// The rows chosen from one capture, or from a pair of them.
struct StreamCell: Sendable {
    var sides: [CellSide]
    var segments: [Segment]
    /// Which tokens of the left capture have rows; nil where all have.
    var kept: KeptRows?

    /// Prompts of the left side: those that name the rows.
    var prompts: PromptTable { sides[0].prompts }
    var rowCount: Int { segments.reduce(0) { $0 + $1.count } }
}

/// A step of the map stage: what it does to a block, and to the axes.
struct MapStep: Sendable {
    /// What a step makes of SAE latents.
    enum LatentUse: Sendable {
        /// Hands the lists on, so that a later step decides.
        case passed
        /// Looks at which latents they are, never at their values.
        case indicesOnly
        /// Needs both.
        case whole
    }

    /// Axes whose entries are combined with each other: all of them must be read, whichever is chosen afterwards.
    var mixes: Set<String>
    var axes: @Sendable ([Axis]) -> [Axis]
    /// Whether every inner cell is made from the same cell alone, so that one site can be read without the others.
    var isCellwise: Bool
    /// The values of latents are not read where nobody asks for them.
    var latents: LatentUse
    /// What the step counts while it runs.
    var tally: LatentTally?
    /// - Parameter cell: the outer cell that the block belongs to.
    var apply: @Sendable (_ block: Block, _ cell: Int) throws -> Block

    init(
        mixes: Set<String> = [], axes: @escaping @Sendable ([Axis]) -> [Axis], isCellwise: Bool = false,
        latents: LatentUse = .whole, apply: @escaping @Sendable (_ block: Block, _ cell: Int) throws -> Block
    ) {
        self.mixes = mixes
        self.axes = axes
        self.isCellwise = isCellwise
        self.latents = latents
        tally = nil
        self.apply = apply
    }

    /// The same step after cells were left out or put in another order.
    ///
    /// - Parameter cells: for each cell that is left, its number when the step was made.
    func renumbered(_ cells: [Int]) -> MapStep {
        var step = self
        step.apply = { [apply] block, cell in try apply(block, cells[cell]) }
        return step
    }

    /// A step that leaves the axes alone and does the same in every cell.
    static func payload(
        latents: LatentUse = .whole, _ change: @escaping @Sendable (Block) throws -> Payload
    ) -> MapStep {
        MapStep(axes: { $0 }, isCellwise: true, latents: latents) { block, _ in
            var block = block
            block.payload = try change(block)
            return block
        }
    }
}

/// Stored rows, lazily: which rows of which captures, which columns, and what to do with each block of them.
struct RowStream: Sendable {
    var outer: [Axis]
    var cells: [StreamCell]
    var hasPrompt = true
    var hasToken = true
    /// The columns read; nil while no site is chosen.
    var source: SiteSource?
    var steps: [MapStep] = []

    var isPair: Bool { (cells.first?.sides.count ?? 1) == 2 }

    /// The inner axes after all steps.
    var inner: [Axis] { steps.reduce(source?.axes ?? []) { axes, step in step.axes(axes) } }

    func adding(_ step: MapStep) -> RowStream {
        var copy = self
        copy.steps.append(step)
        return copy
    }

    /// Rows of all cells.
    var rowCount: Int { cells.reduce(0) { $0 + $1.rowCount } }
}

/// The stored columns of a site, one for every cell of `axes` (but the rank, which lies inside a column).
struct SiteSource: Sendable {
    enum Kind: Sendable {
        case dense, scalars(rank: Int), tokenColumn(String)
        /// - Parameter values: whether their values are read beside the indices
        case latents(stored: Int, values: Bool)
    }
    var kind: Kind
    /// `layer`, `module`, `rank`: as far as the value has them.
    var axes: [Axis]
    /// In the order of the axes without `rank`.
    var sites: [Site]
    /// Numbers per row of one site's columns together.
    var width: Int

    /// The columns of a chunk that reading it touches.
    var columns: [ColumnID] {
        switch kind {
        case .dense, .scalars: sites.map { .site($0) }
        case .latents(_, let values):
            sites.flatMap { values ? [.latentIndex($0), .latentValue($0)] : [.latentIndex($0)] }
        case .tokenColumn(let name): [.perToken(name)]
        }
    }

    /// Only those labels of an axis, so that other columns are never read; nil where the axis is not of the source.
    func choosing(_ name: String, labels: [Label], drop: Bool) -> SiteSource? {
        guard name != "rank", let place = axes.index(of: name) else { return nil }
        var copy = self
        let stored = axes.filter { $0.name != "rank" }
        var chosen = stored
        guard let storedPlace = stored.index(of: name) else { return nil }
        chosen[storedPlace].labels = labels
        copy.sites = chosen.cellMap(into: stored).compactMap { $0.map { sites[$0] } }
        copy.axes[place].labels = labels
        if drop { copy.axes.remove(at: place) }
        return copy
    }
}
