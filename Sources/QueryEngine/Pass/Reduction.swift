import Analysis
import QueryLanguage

/// What a pass over rows keeps of the blocks that go by.
enum Reduction: Sendable {
    /// A pooled value.
    case pool(PoolTotal)
    /// The blocks themselves.
    case rows

    /// Whether sites can be read one after the other.
    func allowsSites(_ source: SiteSource?) -> Bool {
        switch self {
        case .pool(let total): total.allowsSites(source)
        case .rows: false
        }
    }

    /// Decoded bytes of a batch that suit it.
    var batchBytes: Int { RowStream.batchBytes }

    /// Whether blocks are kept beyond their batch.
    var keepsBlocks: Bool { if case .rows = self { true } else { false } }

    /// The state of no rows.
    func start(_ piece: PassPiece, _ source: SiteSource?) -> PieceState {
        switch self {
        case .pool(let total): .pool(total.partial(site: piece.site, source: source))
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
        case (.rows, .rows(var parts)):
            state = .rows([])
            parts.append(BlockPart(payload: block.payload, rows: block.rows))
            state = .rows(parts)
        default: preconditionFailure("a state of another reduction")
        }
    }

    /// Adds the state of a piece: pieces come in order.
    mutating func merge(_ state: PieceState, _ piece: PassPiece) {
        if case .pool(var total) = self, case .pool(let partial) = state {
            self = .rows
            total.merge(partial, cell: piece.cell)
            self = .pool(total)
        }
    }
}

/// The partial state of one piece of rows.
enum PieceState: Sendable {
    case pool(PoolPartial)
    case rows([BlockPart])
}

/// The numbers of some rows.
struct BlockPart: Sendable {
    var payload: Payload
    var rows: Int
}
