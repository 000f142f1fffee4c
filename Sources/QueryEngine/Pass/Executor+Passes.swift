import QueryLanguage
import Scan
import Store
import Tensor

/// What one pass over stored rows has cost.
struct PassRecord: Sendable {
    var node: ObjectIdentifier
    var rows: Int
    /// Stored bytes of the blocks touched, and decoded bytes handed on.
    var bytes: Int
    var seconds: Double
}

extension Executor {
    /// Runs a pass with one member and gives its reduction with all states merged.
    func reduced(_ stream: RowStream, _ reduction: Reduction, _ node: PlanNode) throws -> Reduction {
        var total = reduction
        try pass(StreamPass(stream, reduction), node) { piece, states in total.merge(states[0], piece) }
        return total
    }

    /// Pools the rows of a stream in one pass, from where the same pass was stopped before.
    ///
    /// - Parameter key: what tells the pass from all others; nil where it begins anew each time
    func pooled(_ stream: RowStream, _ total: PoolTotal, resuming key: String?, _ node: PlanNode) throws -> PoolTotal {
        let start = key.flatMap { stopped.take($0) } ?? (total, 0)
        var (total, merged) = (Reduction.pool(start.total), start.pieces)
        func pooled() -> PoolTotal {
            guard case .pool(let pooled) = total else { preconditionFailure("a reduction stays what it is") }
            return pooled
        }
        do {
            try pass(StreamPass(stream, total), node, from: merged) { piece, states in
                total.merge(states[0], piece)
                merged += 1
            }
        } catch {
            if let key, merged > 0, WorkWatch.isCancelled { stopped.keep(pooled(), pieces: merged, as: key) }
            throw error
        }
        return pooled()
    }

    /// Runs a pass, or the part of it that is this executor's: the one place where rows are read for computing.
    ///
    /// - Parameter first: the piece to begin with, where those before it are merged
    func pass(
        _ pass: StreamPass, _ node: PlanNode, from first: Int = 0,
        merge: (_ piece: PassPiece, _ states: [PieceState]) throws -> Void
    ) throws {
        let before = reads.bytes
        try count(pass.base)
        let clock = ContinuousClock()
        let start = clock.now
        let pieces = try pass.pieces()
        switch role {
        case .whole: try pass.run(pieces[min(first, pieces.count)...], threads: threads, merge: merge)
        case .part(let shard, let recorder):
            try record(pass, pieces, node, shard, recorder, merge: merge)
        case .merge(let replay): try self.replay(pass, pieces, node, replay, merge: merge)
        }
        passes.append(
            PassRecord(
                node: ObjectIdentifier(node), rows: pass.base.rowCount, bytes: reads.bytes - before,
                seconds: (clock.now - start) / .seconds(1)))
    }

    private static func name(_ node: PlanNode) -> String { "\(node.text) at \(node.span.start)" }

    private func record(
        _ pass: StreamPass, _ pieces: [PassPiece], _ node: PlanNode, _ shard: Shard, _ recorder: PassRecorder,
        merge: (_ piece: PassPiece, _ states: [PieceState]) throws -> Void
    ) throws {
        guard streamsInMaking == 0 else { throw Executor.needsOtherRows(node) }
        let tallies = pass.tallies
        let counted = tallies.map(\.counters)
        let range = shard.pieces(of: pieces.count)
        var states = StateWriter()
        var number = range.lowerBound
        try pass.run(pieces[range], threads: threads) { piece, found in
            var one = StateWriter()
            for state in found { state.write(to: &one) }
            states.int(number)
            states.int(one.bytes.count)
            states.append(one)
            number += 1
            try merge(piece, found)
        }
        var out = StateWriter()
        out.text(recorder.key(Executor.name(node)))
        out.int(pieces.count)
        out.int(tallies.count)
        for (tally, before) in zip(tallies, counted) {
            let now = tally.counters
            out.ints([now[0] - before[0], now[1] - before[1], now[2]])
        }
        out.int(range.count)
        out.append(states)
        recorder.append(out, pieces: range.count)
    }

    private func replay(
        _ pass: StreamPass, _ pieces: [PassPiece], _ node: PlanNode, _ replay: PassReplay,
        merge: (_ piece: PassPiece, _ states: [PieceState]) throws -> Void
    ) throws {
        let key = replay.key(Executor.name(node))
        let (count, counters) = try replay.pass(key)
        guard count == pieces.count, counters.count == pass.tallies.count else {
            throw PartialError("the parts are of other rows than `\(node.text)` reads here: the store has changed")
        }
        for (tally, counter) in zip(pass.tallies, counters) { tally.add(counter) }
        for (number, piece) in pieces.enumerated() {
            var input = try replay.reader(key, piece: number)
            let states = try pass.members.map { member in
                try PieceState.read(&input, like: member.reduction.start(piece, pass.base.source))
            }
            guard input.isAtEnd else { throw input.damage("more than a piece's states") }
            try merge(piece, states)
        }
    }

    /// A part can't know what all rows together give.
    static func needsOtherRows(_ node: PlanNode) -> QueryFailure {
        QueryFailure(
            "reads-twice", at: node,
            "this reads the rows a second time with what all of them gave before: parts can't be made of it",
            help: "run the first half by itself and `save(\"name\")` its value; `load(\"name\")` stands for it here")
    }
}
