import QueryLanguage
import Scan
import Store

extension Executor {
    /// Runs a pass with one member and gives its reduction with all states merged.
    func reduced(_ stream: RowStream, _ reduction: Reduction, _ node: PlanNode) throws -> Reduction {
        var total = reduction
        try pass(StreamPass(stream, reduction), node) { piece, states in total.merge(states[0], piece) }
        return total
    }

    /// Runs a pass: the one place where rows of a store are read for computing.
    func pass(
        _ pass: StreamPass, _ node: PlanNode, merge: (_ piece: PassPiece, _ states: [PieceState]) throws -> Void
    ) throws {
        try count(pass.base)
        try pass.run(threads: threads, merge: merge)
    }
}
