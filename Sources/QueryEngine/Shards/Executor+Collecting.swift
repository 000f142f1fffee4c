import QueryLanguage

extension Executor {
    /// Runs this part of every pass below a node, so that its states are written down.
    ///
    /// Values on the way are those of the part's rows alone: they decide nothing, and a failure of one (no rows of a class, too few
    /// for a component) says nothing about the whole.
    func collect(_ node: PlanNode) throws {
        guard collected.insert(ObjectIdentifier(node)).inserted else { return }
        for input in node.inputs { try collect(input) }
        guard case .verb(let name, let arguments) = node.operation else {
            if !isLazy(node) { try tolerate { _ = try evaluate(node) } }
            return
        }
        for case .node(let other) in arguments.values.values {
            try collect(other)
            // Its value goes into every row: it must be known before the first one is read.
            if reads(other), isLazy(node) || name == "nearest" { throw Executor.needsOtherRows(node) }
        }
        guard !VerbImplementations.outputs.contains(name) else { return }
        if isLazy(node) {
            // Steps that need values of other rows compute them as they are made.
            _ = try stream(node, dry: false)
        } else {
            try tolerate { _ = try evaluate(node) }
        }
    }

    /// A value that will be shown or asserted: gathered where it is still lazy.
    func collectShown(_ node: PlanNode, gathers: (RowStream) -> Bool) throws {
        try collect(node)
        if case .stream(let stream)? = try? evaluate(node), gathers(stream) {
            try tolerate { _ = try gather(stream, node) }
        }
    }

    /// Whether anything stored is read for a node.
    private func reads(_ node: PlanNode) -> Bool {
        if case .captures = node.operation { return true }
        if case .verb(_, let arguments) = node.operation {
            for case .node(let other) in arguments.values.values where reads(other) { return true }
        }
        return node.inputs.contains(where: reads)
    }

    private func tolerate(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let failure as QueryFailure {
            if failure.diagnostic.code == "reads-twice" { throw failure }
        }
    }
}
