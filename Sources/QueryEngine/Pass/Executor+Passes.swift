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
    /// - Returns: whether all pieces were merged, not those of one part alone
    @discardableResult
    func pass(
        _ pass: StreamPass, _ node: PlanNode, from first: Int = 0,
        merge: (_ piece: PassPiece, _ states: [PieceState]) throws -> Void
    ) throws -> Bool {
        let before = reads.bytes
        try count(pass.base)
        let clock = ContinuousClock()
        let start = clock.now
        let pieces = try pass.pieces()
        var isWhole = true
        switch role {
        case .whole: try pass.run(pieces[min(first, pieces.count)...], threads: threads, merge: merge)
        case .part(let shard, let recorder):
            let key = passKey(node)
            if let earlier = recorder.earlier, earlier.holds(key) {
                try replay(pass, pieces, node, earlier, key, merge: merge)
            } else {
                try record(pass, pieces, key, shard, recorder, merge: merge)
                isWhole = false
                open.insert(ObjectIdentifier(making.last?.node ?? node))
                // What is made of it stands in every row that the step gives: that takes the other parts' states.
                if streamsInMaking > 0 { throw NextRound() }
            }
        case .merge(let replay): try self.replay(pass, pieces, node, replay, passKey(node), merge: merge)
        }
        passes.append(
            PassRecord(
                node: ObjectIdentifier(node), rows: pass.base.rowCount, bytes: reads.bytes - before,
                seconds: (clock.now - start) / .seconds(1)))
        return isWhole
    }

    /// What tells a pass from all others of a query: what is read, for which step of the plan, and which of its passes this is.
    ///
    /// Steps of one digest compute the same, so that it makes no difference whose states they find.
    private func passKey(_ node: PlanNode) -> String {
        let name = "\(node.text) at \(node.span.start)"
        guard let maker = making.indices.last else { return "\(name), \(node.digest), shown" }
        making[maker].passes += 1
        return "\(name) for \(making[maker].node.digest) #\(making[maker].passes)"
    }

    private func record(
        _ pass: StreamPass, _ pieces: [PassPiece], _ key: String, _ shard: Shard, _ recorder: PassRecorder,
        merge: (_ piece: PassPiece, _ states: [PieceState]) throws -> Void
    ) throws {
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
        guard recorder.begin(key) else { return }
        var out = StateWriter()
        out.text(key)
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
        _ pass: StreamPass, _ pieces: [PassPiece], _ node: PlanNode, _ replay: PassReplay, _ key: String,
        merge: (_ piece: PassPiece, _ states: [PieceState]) throws -> Void
    ) throws {
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
}

/// A step needs what all parts together gave in this round.
struct NextRound: Error {}
