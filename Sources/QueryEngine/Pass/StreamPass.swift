import QueryLanguage
import Scan
import Store
import Tensor

/// One pass over stored rows: every batch is read once, mapped for each member and added to its partial state.
///
/// Pieces depend on the data alone and merge in order, so that answers are the same bytes on any number of threads. Memory is a
/// batch and a partial state for each thread, whatever the number of rows.
struct StreamPass: Sendable {
    /// The rows, and the columns that all members read; its steps are those that they share.
    let base: RowStream
    /// What follows for each member.
    var members: [Member]

    struct Member: Sendable {
        /// Steps behind those of the base.
        var steps: [MapStep]
        var reduction: Reduction
    }

    /// A pass for one reduction.
    init(_ stream: RowStream, _ reduction: Reduction) {
        base = stream
        members = [Member(steps: [], reduction: reduction)]
    }

    /// Whether the sites are read one after the other: the less is decoded at once, the nearer it stays.
    private var isBySite: Bool {
        base.isCellwise && base.rowBytes(bySite: false) > RowStream.togetherBytes
            && members.allSatisfy { $0.steps.allSatisfy(\.isCellwise) && $0.reduction.allowsSites(base.source) }
    }

    /// The pieces, in the order in which their states merge.
    func pieces() throws -> [PassPiece] {
        try base.pieces(
            bySite: isBySite, batchBytes: members.map(\.reduction.batchBytes).max() ?? 0,
            pieceBytes: members.map(\.reduction.pieceBytes).max() ?? 0)
    }

    /// The partial states of one piece, one for each member.
    func states(of piece: PassPiece, _ memory: inout BlockMemory) throws -> [PieceState] {
        var states = members.map { $0.reduction.start(piece, base.source) }
        for batch in piece.batches {
            try WorkWatch.check()
            let shared = try base.mapped(base.read(batch, site: piece.site, into: &memory), piece.cell)
            for (place, member) in members.enumerated() {
                var block = shared
                for step in member.steps { block = try step.apply(block, piece.cell) }
                try member.reduction.add(block, batch, to: &states[place], &memory)
            }
        }
        // What a step gave up halfway must not be merged.
        try WorkWatch.check()
        return states
    }

    /// Runs some pieces of the pass; `merge` gets the states of each, in order.
    func run(
        _ pieces: ArraySlice<PassPiece>, threads: Int,
        merge: (_ piece: PassPiece, _ states: [PieceState]) throws -> Void
    ) throws {
        let pieces = Array(pieces)
        let keeps = members.contains { $0.reduction.keepsBlocks }
        try ParallelScan.run(count: pieces.count, threads: threads, worker: { BlockMemory(isReused: !keeps) }) {
            memory, index in
            try states(of: pieces[index], &memory)
        } merge: { index, states in
            try merge(pieces[index], states)
        }
    }

    /// The counters of all steps, in order.
    var tallies: [LatentTally] { (base.steps + members.flatMap(\.steps)).compactMap(\.tally) }
}
