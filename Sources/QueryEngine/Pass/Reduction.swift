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

    /// Rows of a piece that goes into Gram states: making and merging a state takes about as long as the products of 2,000 rows.
    private static let gramRows = 1 << 14

    /// Decoded bytes of a piece: a large state is not to be made for a few rows.
    var pieceBytes: Int {
        if case .gram(let gram) = self {
            max(RowStream.pieceBytes, 4 * gram.width * Self.gramRows)
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
    func add(_ block: Block, _ batch: Batch, to state: inout PieceState, _ memory: inout BlockMemory) throws {
        // Taken out, so that there is one owner and the state is changed in place.
        switch state.take() {
        case .pool(var partial):
            guard case .pool(let total) = self else { break }
            partial.add(block, total.groups(batch))
            return state = .pool(partial)
        case .gram(var partial):
            guard case .gram = self else { break }
            partial.add(block, &memory.grams)
            return state = .gram(partial)
        case .nearest(var partial):
            guard case .nearest(let nearest) = self else { break }
            nearest.add(block, cell: batch.cell, to: &partial) { batch.place(ofRow: $0) }
            return state = .nearest(partial)
        case .rows(var parts):
            guard case .rows = self else { break }
            parts.append(BlockPart(payload: block.payload, rows: block.rows))
            return state = .rows(parts)
        }
        preconditionFailure("a state of another reduction")
    }

    /// Adds the state of a piece: pieces come in order.
    mutating func merge(_ state: PieceState, _ piece: PassPiece) {
        switch take() {
        case .pool(var total):
            guard case .pool(let partial) = state else { break }
            total.merge(partial, cell: piece.cell)
            self = .pool(total)
        case .gram(var gram):
            guard case .gram(let partial) = state else { break }
            gram.merge(partial, cell: piece.cell)
            self = .gram(gram)
        case .nearest(var nearest):
            guard case .nearest(let partial) = state else { break }
            nearest.merge(partial, cell: piece.cell)
            self = .nearest(nearest)
        case .rows: break
        }
    }

    private mutating func take() -> Reduction {
        var taken = Reduction.rows
        swap(&taken, &self)
        return taken
    }
}

/// The partial state of one piece of rows.
enum PieceState: Sendable {
    case pool(PoolPartial)
    case gram(GramPartial)
    case nearest(NearestPartial)
    case rows([BlockPart])

    /// The state, leaving an empty one behind.
    fileprivate mutating func take() -> PieceState {
        var taken = PieceState.rows([])
        swap(&taken, &self)
        return taken
    }
}

/// The numbers of some rows.
struct BlockPart: Sendable {
    var payload: Payload
    var rows: Int
}
