import QueryLanguage

/// Pools of the values of a sweep that read the same rows: they are read once for all.
extension Executor {
    /// Makes the pooled values below some entries of a sweep in one pass, as far as they are made from the same stored rows. Each comes
    /// to the same bytes as by itself; what can't be read together is left for later.
    func poolTogether(_ branches: [PlanNode]) throws {
        guard case .whole = role else { return }
        let pools = branches.flatMap(\.sweptLeaves).compactMap { pooledRows($0) }.filter { computed($0.node) == nil }
        guard let base = pools.first?.base, pools.count > 1, pools.allSatisfy({ $0.base === base }),
            let shared = try stream(base, dry: false), let source = shared.source, !source.hasLatents
        else { return }
        var members: [(pool: PooledRows, stream: RowStream, total: PoolTotal, notes: [Note])] = []
        let before = notes
        defer { notes = before }
        for pool in pools {
            notes = []
            guard let input = pool.node.inputs.first, let stream = try stream(input, dry: false) else { return }
            let total = PoolTotal(
                pooling(pool.kind, pool.arguments, pool.node), outer: stream.outer, inner: stream.inner,
                hasPrompt: stream.hasPrompt, hasToken: stream.hasToken, tables: stream.cells.map(\.prompts))
            members.append((pool, stream, total, notes))
        }
        var pass = StreamPass(shared, .pool(members[0].total))
        pass.members = members.map { member in
            StreamPass.Member(
                steps: Array(member.stream.steps.dropFirst(shared.steps.count)), reduction: .pool(member.total))
        }
        // States merge piece by piece: other pieces would give other last digits.
        let pieces = try pass.pieces().map(\.outline)
        for member in members {
            guard try StreamPass(member.stream, .pool(member.total)).pieces().map(\.outline) == pieces else { return }
        }
        notes = []
        var totals = members.map { Reduction.pool($0.total) }
        try self.pass(pass, members[0].pool.node) { piece, states in
            for place in totals.indices { totals[place].merge(states[place], piece) }
        }
        let said = notes
        for (member, total) in zip(members, totals) {
            guard case .pool(let pooled) = total else { preconditionFailure("a reduction stays what it is") }
            adopt(.frame(pooled.frame()), notes: member.notes + said, for: member.pool.node)
        }
    }

    /// A step that pools lazy rows, and the rows before the sweep that they are made from.
    private struct PooledRows {
        var node: PlanNode
        var kind: PoolKind
        var arguments: BoundArguments
        var base: PlanNode
    }

    /// The pool that an entry of a sweep begins with; nil where its rows are no plain maps of stored ones.
    private func pooledRows(_ branch: PlanNode) -> PooledRows? {
        var node = branch
        while true {
            if case .verb(let name, let arguments) = node.operation, let kind = PoolKind(rawValue: name),
                let input = node.inputs.first, isLazy(input)
            {
                var base = input
                while case .verb(let step, _) = base.operation, VerbImplementations.steps[step] != nil,
                    let next = base.inputs.first
                {
                    base = next
                }
                return base === input ? nil : PooledRows(node: node, kind: kind, arguments: arguments, base: base)
            }
            guard let next = node.inputs.first else { return nil }
            node = next
        }
    }
}

extension PlanNode {
    /// The values of nested sweeps, one after the other.
    fileprivate var sweptLeaves: [PlanNode] {
        guard case .sweep = operation else { return [self] }
        return inputs.flatMap(\.sweptLeaves)
    }
}

extension SiteSource {
    /// Whether it reads SAE latents, whose steps decide what of them is read.
    fileprivate var hasLatents: Bool { if case .latents = kind { true } else { false } }
}

extension PassPiece {
    /// What tells pieces of the same rows apart.
    fileprivate var outline: [Int] { [cell, site ?? -1] + batches.map(\.rows) }
}
