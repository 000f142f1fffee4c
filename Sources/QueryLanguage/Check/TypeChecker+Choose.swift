import Tensor

extension TypeChecker {
    /// `x[layer=12, token=-1]`.
    mutating func choose(_ node: PlanNode, _ selectors: [Selector], _ expr: Expr) throws(Diagnostic) -> PlanNode {
        guard let sweep = node.sweep else { return try chosen(node, selectors, expr) }
        guard let place = selectors.firstIndex(where: { $0.dimension.text == sweep.name }) else {
            return try each(of: node, at: expr.span) {
                (checker, node) throws(Diagnostic) in try checker.choose(node, selectors, expr)
            }
        }
        var rest = selectors
        let selector = rest.remove(at: place)
        let dim = Dimension(sweep.name, labels: sweep.labels)
        let one = try chosen(try kept(dim, selector, type: node.type), of: sweep, node, selector)
        return rest.isEmpty ? one : try choose(one, rest, expr)
    }

    private mutating func chosen(_ node: PlanNode, _ selectors: [Selector], _ expr: Expr) throws(Diagnostic)
        -> PlanNode
    {
        try checkDepth([node], at: expr.span)
        if node.type.isLabelled { try checkOrder("[…]", on: node.type, at: expr.span) }
        var type = node.type
        var choices: [DimensionChoice] = []
        for selector in selectors {
            let name = selector.dimension.text
            guard let dim = type.dim(name) else { throw noDimension(name, in: type, at: selector.dimension.span) }
            let kept = try kept(dim, selector, type: type)
            if case .promptKey(let key) = kept { try checkPrompt(key, of: node, type: type, at: selector.span) }
            // One fold holds out some rows only: it can be scored, and predicts no others.
            if name == "fold", type.split?.holdsOutEveryRow == true { type.split = .given }
            switch kept {
            case .one, .token, .promptKey:
                type = type.without([name], by: "[\(source[selector.span])]", at: selector.span)
            case .several(let labels):
                type.dims = type.dims.map { $0.name == name ? Dimension(name, labels: labels) : $0 }
            case .tokens:
                type.dims = type.dims.map { $0.name == name ? Dimension(name, extent: .atMost($0.bound)) : $0 }
            }
            if name == "k", let of = type.element.latents?.of {
                type.element = type.element.mapLatents { .topLatents(k: TypeChecker.deepest(kept), of: of) }
            }
            choices.append(DimensionChoice(dim: name, kept: kept))
        }
        let text = "[" + selectors.map { source[$0.span] }.joined(separator: ", ") + "]"
        return PlanNode(.choose(choices), inputs: [node], type: type, span: expr.span, text: text)
    }

    /// Refuses the id of a prompt that no capture behind the rows has. What only some have may still be narrowed by a choice after it.
    private func checkPrompt(_ key: String, of node: PlanNode, type: QueryType, at span: SourceSpan) throws(Diagnostic)
    {
        guard let grid = node.captureGrids.first else { return }
        var cells = grid.cells
        for (name, of) in [("model", \CaptureShape.model), ("dataset", \CaptureShape.dataset)] {
            if let labels = type.dim(name)?.labels {
                cells.removeAll { !labels.contains(.string($0[keyPath: of])) }
            }
        }
        guard let first = cells.first,
            cells.allSatisfy({ !vocabulary.hasPrompt(key, model: $0.model, dataset: $0.dataset) })
        else { return }
        throw .unknown(
            "prompt", key, among: vocabulary.promptIDs(model: first.model, dataset: first.dataset), at: span)
    }

    /// The largest k that is kept.
    private static func deepest(_ kept: DimensionChoice.Kept) -> Int {
        let labels: [Label] =
            switch kept {
            case .one(let label): [label]
            case .several(let labels): labels
            case .token, .tokens, .promptKey: []
            }
        return labels.compactMap { if case .int(let k) = $0 { k } else { nil } }.max() ?? 1
    }

    private func kept(_ dim: Dimension, _ selector: Selector, type: QueryType) throws(Diagnostic)
        -> DimensionChoice.Kept
    {
        if dim.name == "token" { return try token(selector, type: type) }
        switch selector.choice {
        case .value(let value):
            let wanted = try constant(value)
            if dim.name == "prompt" {
                guard case .string(let key) = wanted else {
                    throw Diagnostic(
                        "wrong-argument", value.span, "a prompt is chosen by its id, a text",
                        help: "`[prompt=\"q12\"]`; `head(n)` takes the first prompts")
                }
                return .promptKey(key)
            }
            guard let labels = dim.labels else {
                throw Diagnostic(
                    "no-labels", selector.span, "the entries of `\(dim.name)` are not known before the query runs",
                    help: "`where(…)` chooses rows by their columns")
            }
            if case .list(let items) = wanted {
                var found: [Label] = []
                for item in items { found.append(try label(item, in: labels, of: dim, at: value.span)) }
                guard Set(found).count == found.count else {
                    throw Diagnostic(
                        "wrong-argument", value.span, "the same entry of `\(dim.name)` is chosen twice",
                        help: "name each once")
                }
                guard !found.isEmpty else {
                    throw Diagnostic(
                        "wrong-argument", value.span, "an empty list chooses nothing",
                        help: "it has \(Diagnostic.list(labels))")
                }
                return .several(found)
            }
            return .one(try label(wanted, in: labels, of: dim, at: value.span))
        case .range(let from, let to, let step):
            guard let labels = dim.labels else {
                throw Diagnostic(
                    "no-labels", selector.span, "`\(dim.name)` can't be cut into a range",
                    help: "`head(n)` takes the first prompts")
            }
            return .several(try range(labels, from: from, to: to, step: step, dim: dim, at: selector.span))
        }
    }

    private func label(_ wanted: Constant, in labels: [Label], of dim: Dimension, at span: SourceSpan)
        throws(Diagnostic) -> Label
    {
        for label in labels {
            switch (label, wanted) {
            case (.string(let a), .string(let b)) where a == b: return label
            case (.int(let a), _) where wanted.number == Double(a): return label
            case (.double(let a), _) where wanted.number == a: return label
            default: continue
            }
        }
        if case .int(let index) = wanted, index < 0, case .int = labels[0], labels.count + index >= 0 {
            return labels[labels.count + index]
        }
        let text: String = if case .string(let string) = wanted { string } else { wanted.description }
        throw .unknown(dim.name, text, among: labels.map(\.description), at: span)
    }

    /// Labels from `from` up to, not including, `to`: by number where labels are numbers, by place for texts.
    private func range(
        _ labels: [Label], from: Expr?, to: Expr?, step: Expr?, dim: Dimension, at span: SourceSpan
    ) throws(Diagnostic) -> [Label] {
        func bound(_ expr: Expr?) throws(Diagnostic) -> Double? {
            guard let expr else { return nil }
            guard let number = try constant(expr).number else {
                throw Diagnostic(
                    "wrong-argument", expr.span, "the ends of a range are numbers", help: "`[\(dim.name)=2:5]`")
            }
            return number
        }
        let low = try bound(from)
        let high = try bound(to)
        let stride = try bound(step) ?? 1
        guard stride >= 1, stride == stride.rounded(), stride < 1e9 else {
            throw Diagnostic(
                "wrong-argument", step?.span ?? span, "the step of a range is 1, 2, 3 …", help: "`[\(dim.name)=0:12:2]`"
            )
        }
        var kept: [Label] = []
        for (place, label) in labels.enumerated() {
            let value: Double
            var first = low
            var last = high
            switch label {
            case .int(let number): value = Double(number)
            case .double(let number): value = number
            case .string: value = Double(place)
            }
            // As in Python a negative end counts back from the last entry.
            if let end = first, end < 0 { first = nil; if Double(place) < Double(labels.count) + end { continue } }
            if let end = last, end < 0 { last = nil; if Double(place) >= Double(labels.count) + end { continue } }
            if let first, value < first { continue }
            if let last, value >= last { continue }
            kept.append(label)
        }
        kept = kept.enumerated().filter { $0.offset % Int(stride) == 0 }.map(\.element)
        guard !kept.isEmpty else {
            throw Diagnostic(
                "empty-range", span, "no entry of `\(dim.name)` lies in this range",
                help: "it has \(Diagnostic.list(labels))")
        }
        return kept
    }

    private func token(_ selector: Selector, type: QueryType) throws(Diagnostic) -> DimensionChoice.Kept {
        switch selector.choice {
        case .value(let value):
            switch try constant(value) {
            case .int(let index): return .token(.index(index))
            case .string(let name):
                guard let position = TokenPosition(name: name) else {
                    throw .unknown("token position", name, among: ["last_prompt", "first_generated"], at: value.span)
                }
                return .token(position)
            default:
                throw Diagnostic(
                    "wrong-argument", value.span, "a token is chosen by its position",
                    help: "`[token=-1]` is the last one; `[token=\"last_prompt\"]` the last before the answer")
            }
        case .range(let from, let to, let step):
            guard step == nil else {
                throw Diagnostic(
                    "wrong-argument", selector.span, "tokens are cut without a step", help: "`[token=2:8]`")
            }
            func bound(_ expr: Expr?) throws(Diagnostic) -> Int? {
                guard let expr else { return nil }
                guard case .int(let value) = try constant(expr) else {
                    throw Diagnostic(
                        "wrong-argument", expr.span, "token positions are whole numbers", help: "`[token=2:8]`")
                }
                return value
            }
            return .tokens(from: try bound(from), to: try bound(to))
        }
    }
}
