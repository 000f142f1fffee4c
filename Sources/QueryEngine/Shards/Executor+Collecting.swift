import QueryLanguage

extension Executor {
    /// Runs this part of every pass below a node, so that its states are written down.
    ///
    /// Values on the way are those of the part's rows alone: they decide nothing, and a failure of one (no rows of a class, too few
    /// for a component) says nothing about the whole. Where such a value would go into the rows of another pass (a direction,
    /// a mean to subtract), that pass waits: in the next round all parts of this one give the value whole.
    func collect(_ node: PlanNode) throws {
        guard collected.insert(ObjectIdentifier(node)).inserted else { return }
        for input in below(node) { try collect(input) }
        if waits(node) { return wait(node) }
        switch node.operation {
        case .verb(let name, _) where VerbImplementations.outputs.contains(name): return
        case .verb where isLazy(node):
            // Steps that need values of other rows compute them as they are made.
            try orWait(node) { _ = try stream(node, dry: false) }
        default: if !isLazy(node) { try orWait(node) { _ = try evaluate(node) } }
        }
    }

    /// A value that will be shown or asserted: gathered where it is still lazy.
    func collectShown(_ node: PlanNode, gathers: (RowStream) -> Bool) throws {
        try collect(node)
        guard !waiting.contains(ObjectIdentifier(node)) else { return }
        if case .stream(let stream)? = try? evaluate(node), gathers(stream) {
            try orWait(node) { _ = try gather(stream, node) }
        }
    }

    /// A step on rows takes other values as they are: they must be known before the first row is read.
    private func waits(_ node: PlanNode) -> Bool {
        if below(node).contains(where: { waiting.contains(ObjectIdentifier($0)) }) { return true }
        guard case .verb(let name, let arguments) = node.operation, isLazy(node) || name == "nearest" else {
            return false
        }
        return arguments.values.values.contains { value in
            if case .node(let other) = value { isOpen(other) } else { false }
        }
    }

    private func wait(_ node: PlanNode) {
        open.insert(ObjectIdentifier(node))
        waiting.insert(ObjectIdentifier(node))
        if case .part(_, let recorder) = role { recorder.isOpen = true }
    }

    /// Whether a value is of this part's rows alone as yet.
    private func isOpen(_ node: PlanNode) -> Bool {
        var seen: Set<ObjectIdentifier> = []
        func look(_ node: PlanNode) -> Bool {
            guard seen.insert(ObjectIdentifier(node)).inserted else { return false }
            return open.contains(ObjectIdentifier(node)) || below(node).contains(where: look)
        }
        return look(node)
    }

    private func below(_ node: PlanNode) -> [PlanNode] {
        guard case .verb(_, let arguments) = node.operation else { return node.inputs }
        return node.inputs
            + arguments.values.sorted { $0.key < $1.key }.compactMap {
                if case .node(let other) = $0.value { other } else { nil }
            }
    }

    private func orWait(_ node: PlanNode, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch is NextRound {
            wait(node)
        } catch is QueryFailure {
        }
    }
}
