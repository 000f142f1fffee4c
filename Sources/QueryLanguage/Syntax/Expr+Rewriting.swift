extension Expr {
    /// The tree with parts of it replaced.
    ///
    /// - Parameters:
    ///   - replacement: another expression for this one, which is then not looked into; nil to go on below
    ///   - arguments: the arguments of a call (0 inputs) or stage (1, on its left), after their own parts were replaced
    public func rewritten(
        _ replacement: (Expr) -> Expr?,
        arguments: (Name, [Argument], _ inputs: Int) -> [Argument] = { _, given, _ in given }
    ) -> Expr {
        if let other = replacement(self) { return other }
        func inner(_ expr: Expr) -> Expr { expr.rewritten(replacement, arguments: arguments) }
        func given(_ name: Name, _ old: [Argument], inputs: Int) -> [Argument] {
            arguments(name, old.map { Argument(label: $0.label, inner($0.value), span: $0.span) }, inputs)
        }
        let kind: Kind
        switch self.kind {
        case .integer, .float, .string, .boolean, .noneLiteral, .name, .reference, .lastResult: return self
        case .list(let items): kind = .list(items.map(inner))
        case .call(let name, let old): kind = .call(name, given(name, old, inputs: 0))
        case .member(let base, let name): kind = .member(inner(base), name)
        case .method(let base, let name, let old):
            kind = .method(
                inner(base), name, old.map { Argument(label: $0.label, inner($0.value), span: $0.span) })
        case .index(let base, let selectors):
            kind = .index(
                inner(base),
                selectors.map { selector in
                    switch selector.choice {
                    case .value(let value): Selector(selector.dimension, .value(inner(value)), span: selector.span)
                    case .range(let from, let to, let step):
                        Selector(
                            selector.dimension,
                            .range(from: from.map(inner), to: to.map(inner), step: step.map(inner)),
                            span: selector.span)
                    }
                })
        case .unary(let op, let operand): kind = .unary(op, inner(operand))
        case .binary(let op, let left, let right): kind = .binary(op, inner(left), inner(right))
        case .versus(let left, let right): kind = .versus(inner(left), inner(right))
        case .pipeline(let head, let stages):
            let stages = stages.map { Stage($0.name, given($0.name, $0.arguments, inputs: 1), span: $0.span) }
            let head = inner(head)
            // A pipeline in the place of the head goes on as one.
            if case .pipeline(let first, let before) = head.kind {
                kind = .pipeline(first, before + stages)
            } else {
                kind = .pipeline(head, stages)
            }
        }
        return Expr(kind, span: span)
    }

    /// A constant as it would be written.
    public init(_ constant: Constant) {
        switch constant {
        case .none: self.init(Kind.noneLiteral)
        case .bool(let value): self.init(Kind.boolean(value))
        case .int(let value) where value < 0 && value != .min: self.init(Kind.unary(.minus, Expr(Kind.integer(-value))))
        case .int(let value): self.init(Kind.integer(value))
        case .double(let value) where value < 0: self.init(Kind.unary(.minus, Expr(Kind.float(-value))))
        case .double(let value): self.init(Kind.float(value))
        case .string(let value): self.init(Kind.string(value))
        case .list(let items): self.init(Kind.list(items.map { Expr($0) }))
        }
    }
}

extension Statement {
    /// The statement with its expressions rewritten; see `Expr.rewritten`.
    public func rewritten(
        _ replacement: (Expr) -> Expr?,
        arguments: (Name, [Argument], _ inputs: Int) -> [Argument] = { _, given, _ in given }
    ) -> Statement {
        func inner(_ expr: Expr) -> Expr { expr.rewritten(replacement, arguments: arguments) }
        var copy = self
        switch kind {
        case .use, .include: break
        case .param(let name, let type, let initial): copy.kind = .param(name, type: type, initial: initial.map(inner))
        case .let(let name, let value): copy.kind = .let(name, inner(value))
        case .define(let name, let parameters, let body):
            copy.kind = .define(name, parameters: parameters, body: inner(body))
        case .assert(let condition, let message): copy.kind = .assert(inner(condition), message: message)
        case .show(let value): copy.kind = .show(inner(value))
        }
        return copy
    }
}
