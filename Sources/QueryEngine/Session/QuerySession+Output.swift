import Figures
import QueryLanguage
import Store

// What a shown statement comes to: the value, how it is laid out, what is written of it.

extension QuerySession {
    /// Computes a node and does what its output verbs ask for.
    ///
    /// - Parameter place: of its statement in the log; nil for one that is not in it
    func evaluate(_ node: PlanNode, place: Int?, number: Int, text: String) throws -> ShownValue {
        executor.drainTallies(says: false)
        executor.notes = []
        executor.reads = ReadCount()
        let clock = ContinuousClock()
        let start = clock.now
        let core = node.withoutLayout
        let key = isWhole ? node.cacheKey(on: snapshot) : nil
        let kept = key.flatMap { cache.entry($0) }
        if let kept, executor.computed(core) == nil { executor.adopt(kept.value, notes: kept.notes, for: core) }
        let isCached = kept != nil || executor.computed(core) != nil
        let (query, used) = place.map { origin(of: $0, statement: text) } ?? (text, nil)
        var (operand, layout, type) = try output(node, text: query, scope: scope)
        if layout != .quiet, case .stream(let stream) = operand, let frame = try showable(stream, node) {
            operand = .frame(frame)
        }
        if case .frame(let frame) = operand { operand = .frame(frame.spelledOut) }
        if let kept {
            executor.notes = kept.shown
        } else {
            try GuardRails(executor: executor).check(node, operand)
            executor.drainTallies()
            if let key, let (value, notes) = executor.computed(core) {
                cache.keep(ResultCache.Entry(value: value, notes: notes, shown: executor.notes), as: key)
            }
        }
        return ShownValue(
            number: number, type: type, operand: operand, layout: layout, notes: executor.notes,
            reads: executor.reads, elapsed: clock.now - start, isCached: isCached, query: text,
            context: ValueText.Context(
                notes: executor.notes, query: query, store: snapshot.storeID, generation: snapshot.generation,
                parameters: scope.params.filter { used?.contains($0.key) ?? true }.sorted { $0.key < $1.key }
                    .map { ($0.key, $0.value) }, seeds: node.seeds))
    }

    /// Whether rows are read here, and all of them: parts and merges have their own ways.
    private var isWhole: Bool { if case .whole = executor.role { true } else { false } }

    static func isSmall(_ stream: RowStream, times count: Int = 1) -> Bool {
        stream.rowCount * stream.inner.cells * count <= showLimit
    }

    /// Small lazy values are shown in full: nobody wants to write `mean` to see twenty numbers.
    private static let showLimit = 10_000

    /// A value that was shown before, without a number of its own: for another look at it. Nil where there is none of that number.
    public func shownAgain(_ number: Int? = nil) throws -> ShownValue? {
        guard let number = number ?? scope.lastResult, let node = scope.results[number],
            let place = log.entry(ofResult: number)
        else { return nil }
        return try evaluate(node, place: place, number: number, text: "_\(number)")
    }

    private func showable(_ stream: RowStream, _ node: PlanNode) throws -> Frame? {
        guard stream.source != nil, QuerySession.isSmall(stream) else { return nil }
        switch (node.operation, node.type.element) {
        case (.sweep, _), (_, .pair): return nil
        default: return try executor.gather(stream, node)
        }
    }

    /// Peels `table`, `bar`, `plot`, `export` and `save` off the end of a pipeline.
    private func output(_ node: PlanNode, text: String, scope: Scope) throws -> (Operand, Layout, QueryType) {
        guard case .verb(let name, let arguments) = node.operation, let input = node.inputs.first else {
            // Rows of a sweep are as lazy as those of one value, until someone pools them.
            if let stream = try executor.lazyRows(ofSweep: node),
                !QuerySession.isSmall(stream, times: node.combinations)
            {
                return (.stream(stream), .automatic, node.type)
            }
            return (try executor.evaluate(node), .automatic, node.type)
        }
        let title = arguments.string("title")
        switch name {
        case "table":
            let (operand, _, type) = try output(input, text: text, scope: scope)
            return (
                operand, .table(rows: arguments.dims("rows").first, cols: arguments.dims("cols").first), type
            )
        case "bar":
            let (operand, _, type) = try output(input, text: text, scope: scope)
            return (operand, .bars(title: title), type)
        case "plot":
            let (operand, _, type) = try output(input, text: text, scope: scope)
            return (
                operand, .lines(x: arguments.dims("x").first, color: arguments.dims("color").first, title: title), type
            )
        case "spark":
            let (operand, _, type) = try output(input, text: text, scope: scope)
            return (operand, .sparks(x: arguments.dims("x").first, title: title), type)
        case "heatmap":
            let (operand, _, type) = try output(input, text: text, scope: scope)
            return (operand, .heat(x: arguments.dims("x").first, y: arguments.dims("y").first, title: title), type)
        case "hist": return (try executor.evaluate(node), .histogram(title: title), node.type)
        case "scatter":
            let sides = node.axisNames
            return (try executor.evaluate(node), .points(title: title, x: sides.x, y: sides.y), node.type)
        case "export":
            let (operand, layout, type) = try output(input, text: text, scope: scope)
            if options.writes { try export(operand, layout, type, arguments, node, text: text, scope: scope) }
            return (operand, .quiet, type)
        case "save":
            let (operand, _, type) = try output(input, text: text, scope: scope)
            if options.writes { try save(operand, input, type, arguments, text: text, scope: scope) }
            return (operand, .quiet, type)
        default: return (try executor.evaluate(node), .automatic, node.type)
        }
    }

    private func save(
        _ operand: Operand, _ input: PlanNode, _ type: QueryType, _ arguments: BoundArguments, text: String,
        scope: Scope
    ) throws {
        let name = arguments.string("name") ?? ""
        let (kind, payload): (String, [UInt8])
        switch operand {
        case .probes(let probes): (kind, payload) = (SavedProbe.header(probes), SavedProbe.bytes(probes))
        case .fits(let fits): (kind, payload) = (SavedProbe.header(fits.detached), SavedProbe.bytes(fits.detached))
        default:
            let frame = try executor.frame(input)
            (kind, payload) = (SavedValue.header(frame, type), SavedValue.bytes(frame))
        }
        try results.save(
            name: name, kind: kind, payload: payload,
            provenance: Provenance(
                query: text, store: snapshot.storeID, generation: snapshot.generation, parameters: scope.params,
                plan: input
            ).json,
            overwrite: arguments.bool("overwrite") ?? true)
        var names = try vocabulary
        names.saved = try QuerySession.savedTypes(results)
        self.names = Deferred(names)
        executor.note(.saved, "saved as \"\(name)\": `load(\"\(name)\")` gives it back")
    }

    private func export(
        _ operand: Operand, _ layout: Layout, _ type: QueryType, _ arguments: BoundArguments, _ node: PlanNode,
        text: String, scope: Scope
    ) throws {
        let path = arguments.string("path") ?? ""
        var operand = operand
        switch operand {
        case .stream, .constant: if let input = node.inputs.first { operand = .frame(try executor.frame(input)) }
        default: break
        }
        if case .frame(let frame) = operand { operand = .frame(frame.spelledOut) }
        let context = ValueText.Context(
            notes: executor.notes, query: text, store: snapshot.storeID, generation: snapshot.generation,
            parameters: [],
            seeds: node.seeds)
        let bytes: [UInt8]
        if FigureExport.draws(path) {
            let theme = Theme(rawValue: arguments.string("theme") ?? "") ?? .auto
            bytes = try FigureExport(type: type, operand: operand, layout: layout, node: node)
                .bytes(for: path, context, theme: theme)
        } else {
            bytes = try ArrayExport(type: type, operand: operand, node: node).bytes(for: path, context)
        }
        try ExportRoot(path: options.exportRoot).write(bytes, to: path, overwrite: options.overwritesExports)
        executor.note(.exported, "wrote \(path) (\(ByteText.of(bytes.count)))")
    }
}

extension PlanNode {
    /// What the two sides of a `scatter` are.
    fileprivate var axisNames: (x: String, y: String) {
        guard let first = inputs.first else { return ("", "") }
        if inputs.count > 1 { return (first.type.quantity ?? "value", inputs[1].type.quantity ?? "value") }
        if case .pair = first.type.element {
            let name = first.type.quantity.map { " " + $0 } ?? ""
            return ("left" + name, "right" + name)
        }
        return ("component 1", "component 2")
    }

    /// The value under the verbs that only lay it out.
    var withoutLayout: PlanNode {
        guard case .verb(let name, _) = operation, let input = inputs.first,
            ["table", "bar", "plot", "spark", "heatmap", "export", "save"].contains(name)
        else { return self }
        return input.withoutLayout
    }
}
