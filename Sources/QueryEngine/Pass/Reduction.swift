import Analysis
import QueryLanguage

/// What a pass over rows keeps of the blocks that go by.
enum Reduction: Sendable {
    /// A pooled value.
    case pool(PoolTotal)
    /// Gram states, for components and alignment.
    case gram(GramReduction)
    /// The rows nearest to a vector.
    case nearest(NearestReduction)
    /// The blocks themselves.
    case rows

    /// Whether sites can be read one after the other.
    func allowsSites(_ source: SiteSource?) -> Bool {
        switch self {
        case .pool(let total): total.allowsSites(source)
        case .gram, .nearest: true
        case .rows: false
        }
    }

    /// Decoded bytes of a batch that suit it: a product of more rows pays for adding it up.
    var batchBytes: Int { if case .gram = self { 6 << 20 } else { RowStream.batchBytes } }

    /// Decoded bytes of a piece: a large state is not to be made for a few rows.
    var pieceBytes: Int {
        if case .gram(let gram) = self {
            max(RowStream.pieceBytes, 12 * gram.width * gram.width * 8)
        } else {
            RowStream.pieceBytes
        }
    }

    /// Whether blocks are kept beyond their batch.
    var keepsBlocks: Bool { if case .rows = self { true } else { false } }

    /// The state of no rows.
    func start(_ piece: PassPiece, _ source: SiteSource?) -> PieceState {
        switch self {
        case .pool(let total): .pool(total.partial(site: piece.site, source: source))
        case .gram(let gram): .gram(gram.partial(site: piece.site, source: source))
        case .nearest(let nearest): .nearest(nearest.partial(site: piece.site, source: source))
        case .rows: .rows([])
        }
    }

    /// Adds a block to the state of its piece.
    func add(_ block: Block, _ batch: Batch, to state: inout PieceState) throws {
        switch (self, state) {
        case (.pool(let total), .pool(var partial)):
            // Taken out, so that the state is changed in place.
            state = .rows([])
            partial.add(block, total.groups(batch))
            state = .pool(partial)
        case (.gram, .gram(var partial)):
            state = .rows([])
            partial.add(block)
            state = .gram(partial)
        case (.nearest(let nearest), .nearest(var partial)):
            state = .rows([])
            nearest.add(block, cell: batch.cell, to: &partial) { batch.place(ofRow: $0) }
            state = .nearest(partial)
        case (.rows, .rows(var parts)):
            state = .rows([])
            parts.append(BlockPart(payload: block.payload, rows: block.rows))
            state = .rows(parts)
        default: preconditionFailure("a state of another reduction")
        }
    }

    /// Adds the state of a piece: pieces come in order.
    mutating func merge(_ state: PieceState, _ piece: PassPiece) {
        switch (self, state) {
        case (.pool(var total), .pool(let partial)):
            self = .rows
            total.merge(partial, cell: piece.cell)
            self = .pool(total)
        case (.gram(var gram), .gram(let partial)):
            self = .rows
            gram.merge(partial, cell: piece.cell)
            self = .gram(gram)
        case (.nearest(var nearest), .nearest(let partial)):
            self = .rows
            nearest.merge(partial, cell: piece.cell)
            self = .nearest(nearest)
        default: break
        }
    }
}

/// The partial state of one piece of rows.
enum PieceState: Sendable {
    case pool(PoolPartial)
    case gram(GramPartial)
    case nearest(NearestPartial)
    case rows([BlockPart])
}

/// The numbers of some rows.
struct BlockPart: Sendable {
    var payload: Payload
    var rows: Int
}
