import Analysis
import QueryLanguage
import Scan
import Store
import Tensor

/// Evaluates checked nodes on one snapshot. A node that two statements share is evaluated once.
///
/// Used by one thread; it spreads the work of each step over `threads` itself.
final class Executor {
    let snapshot: Snapshot
    var threads: Int
    let results: ResultsFile?
    /// What was shown at prompts.
    var log: ResultLog?
    /// What one value may take in memory.
    let memory: MemoryLimit
    var notes: [Note] = []
    var reads = ReadCount()
    /// Gram states that passes have left.
    var grams: GramCache
    /// Passes that were stopped on their way.
    var stopped = StoppedPasses()
    /// Values by node, with the notes that making them left: a value used again says them again.
    private var known: [ObjectIdentifier: (value: Operand, notes: [Note])] = [:]
    /// Keeps the keys of `known` alive, so that no address is used twice.
    private var kept: [PlanNode] = []
    private var promptTables: [Int: PromptTable] = [:]
    /// Which part of every pass is run here.
    var role = ShardRole.whole
    /// Nodes whose passes were run for a part, and those that failed then: neither is computed again.
    var collected: Set<ObjectIdentifier> = []
    /// Nodes that a part has no whole value of in this round, and those among them that wait for the next one.
    var open: Set<ObjectIdentifier> = []
    var waiting: Set<ObjectIdentifier> = []
    /// The nodes that are being made, the innermost last, with the passes that each has asked for.
    var making: [(node: PlanNode, passes: Int)] = []
    private var failures: [ObjectIdentifier: any Error] = [:]
    /// How many lazy values are being made: what is computed meanwhile decides what their steps do.
    var streamsInMaking = 0
    /// Sweeps that are being computed, one inside the other.
    var sweeps = 0
    /// Rows that were gathered last for a fit, while a sweep may fit them once more.
    var sweptRows: (origin: ObjectIdentifier, frame: Frame)?
    /// Passes since the session began, for `explain(run=true)`.
    var passes: [PassRecord] = []
    /// Memory of rows that are done with, for as many others: new memory is cleared by the system before it can be written.
    var spareRows: [Float] = []
    /// Counters of steps that run inside blocks; read when an answer is complete.
    private var tallies: [LatentTally] = []

    init(snapshot: Snapshot, threads: Int, results: ResultsFile?, memory: MemoryLimit) {
        self.snapshot = snapshot
        self.threads = threads
        self.results = results
        self.memory = memory
        grams = GramCache(limit: min(512 << 20, memory.bytes / 8))
    }

    /// The value of a node.
    func evaluate(_ node: PlanNode) throws -> Operand {
        if let stream = try stream(node, dry: false) { return .stream(stream) }
        if let value = recall(node) { return value }
        guard case .part = role else { return try remember(node) { try compute(node) } }
        if let failure = failures[ObjectIdentifier(node)] { throw failure }
        do {
            return try remember(node) { try compute(node) }
        } catch {
            // Its passes are written down: they must not be once more.
            failures[ObjectIdentifier(node)] = error
            throw error
        }
    }

    /// What a node came to, with the notes that making it left; nil where it is still to be computed.
    func computed(_ node: PlanNode) -> (value: Operand, notes: [Note])? {
        guard let (value, notes) = known[ObjectIdentifier(node)] else { return nil }
        if case .stream = value { return nil }
        return (value, notes)
    }

    /// Takes a value for the node's that the same plan came to before.
    func adopt(_ value: Operand, notes: [Note], for node: PlanNode) {
        known[ObjectIdentifier(node)] = (value, notes)
        kept.append(node)
    }

    /// A value made before, with its notes said again.
    private func recall(_ node: PlanNode) -> Operand? {
        guard let (value, said) = known[ObjectIdentifier(node)] else { return nil }
        for one in said { note(one) }
        return value
    }

    private func remember(_ node: PlanNode, _ make: () throws -> Operand) throws -> Operand {
        let before = notes
        notes = []
        making.append((node, 0))
        defer {
            making.removeLast()
            notes = before + notes.filter { !before.contains($0) }
        }
        try WorkWatch.check()
        let value = try make()
        // What a cancelled solver leaves is no value.
        try WorkWatch.check()
        known[ObjectIdentifier(node)] = (value, notes)
        kept.append(node)
        return value
    }

    /// The rows a node stands for, where it is still lazy; nil for everything that has to be computed.
    ///
    /// - Parameter dry: plan only: conditions on tokens keep all rows instead of reading the token columns.
    func stream(_ node: PlanNode, dry: Bool) throws -> RowStream? {
        if dry { return try makeStream(node, dry: true) }
        guard isLazy(node) else { return nil }
        if case .stream(let stream)? = recall(node) { return stream }
        var made: RowStream?
        _ = try remember(node) {
            made = try makeStream(node, dry: false)
            return made.map { .stream($0) } ?? .constant(.none)
        }
        if made == nil { known[ObjectIdentifier(node)] = nil }
        return made
    }

    /// Whether a node can still be rows at all; saves asking again for everything that is computed.
    func isLazy(_ node: PlanNode) -> Bool {
        switch node.operation {
        case .captures, .site: true
        case .constant, .sweep: false
        case .verb("pair", _): true
        case .verb(let name, _): VerbImplementations.lazy.contains(name) && node.inputs.first.map(isLazy) == true
        case .choose, .negate, .not: node.inputs.first.map(isLazy) == true
        case .arithmetic: node.inputs.contains(where: isLazy)
        }
    }

    private func makeStream(_ node: PlanNode, dry: Bool) throws -> RowStream? {
        streamsInMaking += 1
        defer { streamsInMaking -= 1 }
        switch node.operation {
        case .captures(let grid): return try captureStream(grid)
        case .site(let choice):
            guard var stream = try stream(node.inputs[0], dry: dry) else { return nil }
            stream.source = try source(choice, of: stream, node)
            return stream
        case .choose(let choices):
            guard var stream = try stream(node.inputs[0], dry: dry) else { return nil }
            for choice in choices { stream = try stream.choosing(choice, node) }
            return stream
        case .negate:
            return try stream(node.inputs[0], dry: dry)?.adding(.each { -$0 })
        case .not:
            return try stream(node.inputs[0], dry: dry)?.adding(.each { $0 == 0 ? 1 : 0 })
        case .arithmetic(let op): return try arithmeticStream(op, node, dry: dry)
        case .verb("pair", let arguments): return try pairStream(node, arguments, dry: dry)
        case .verb(let name, let arguments):
            guard let first = node.inputs.first, VerbImplementations.lazy.contains(name),
                let input = try stream(first, dry: dry)
            else { return nil }
            return try map(name, arguments, input, node, dry: dry)
        case .constant, .sweep: return nil
        }
    }

    /// The map verbs, on lazy rows.
    private func map(
        _ name: String, _ arguments: BoundArguments, _ input: RowStream, _ node: PlanNode, dry: Bool
    ) throws -> RowStream? {
        switch name {
        case "where":
            guard let predicate = arguments.predicate("condition") else { return input }
            return try input.filtered(predicate, readsTokens: !dry)
        case "head": return try input.first(arguments.int("n") ?? 10, node)
        case "sample":
            return input.sampledPrompts(arguments.int("n") ?? 0, seed: arguments.int("seed") ?? 0)
        case "last": return try Executor.lastEntry(node).map { try input.choosing($0, node) } ?? nil
        default:
            guard let step = try step(name, arguments, outer: input.outer, node, dry: dry) else { return nil }
            return input.adding(step)
        }
    }

    /// A map verb as a step on blocks.
    func step(
        _ name: String, _ arguments: BoundArguments, outer: [Axis], _ node: PlanNode, dry: Bool = false
    ) throws -> MapStep? {
        try VerbImplementations.steps[name]?(self, arguments, outer, node, dry)
    }

    /// A counter for a step that runs inside blocks; what it has to say becomes a note of the answer.
    func makeTally() -> LatentTally {
        let tally = LatentTally()
        tallies.append(tally)
        return tally
    }

    // MARK: - Streams

    /// The prompts of a capture, read once.
    func prompts(of capture: CaptureRecord) throws -> PromptTable {
        if let table = promptTables[capture.id] { return table }
        let table = try snapshot.prompts(of: capture)
        promptTables[capture.id] = table
        return table
    }

    private func captureStream(_ grid: CaptureGrid) throws -> RowStream {
        var cells: [StreamCell] = []
        for shape in grid.cells {
            guard
                let capture = snapshot.captures.first(where: { $0.model == shape.model && $0.dataset == shape.dataset })
            else { throw StoreError(.unknown, "\(snapshot.path): no capture \(shape.model)/\(shape.dataset)") }
            if !capture.isComplete {
                note(
                    .incompleteCapture,
                    "\(capture.name) is not complete: \(capture.promptCount) of \(capture.plannedPromptCount) prompts are stored"
                )
            }
            let side = CellSide(reader: CaptureReader(capture, of: snapshot), prompts: try prompts(of: capture))
            cells.append(try StreamCell(side))
        }
        return RowStream(outer: grid.dims.map { Axis($0) }, cells: cells)
    }

    private func source(_ choice: SiteChoice, of stream: RowStream, _ node: PlanNode) throws -> SiteSource {
        let element: Element =
            if case .pair(let left, _) = node.type.element { left } else { node.type.element }
        let axes = choice.dims.map { Axis($0) }
        if let name = choice.tokenColumn {
            return SiteSource(kind: .tokenColumn(name), axes: [], sites: [], width: 1)
        }
        switch element {
        case .topLatents(let k, _):
            // Width counts index and value, for the size of batches.
            return SiteSource(kind: .latents(stored: k, values: true), axes: axes, sites: choice.sites, width: 2 * k)
        case .vector(let width): return SiteSource(kind: .dense, axes: axes, sites: choice.sites, width: width)
        default:
            let rank = axes.first { $0.name == "rank" }?.count ?? 1
            return SiteSource(kind: .scalars(rank: rank), axes: axes, sites: choice.sites, width: rank)
        }
    }

    private func pairStream(_ node: PlanNode, _ arguments: BoundArguments, dry: Bool) throws -> RowStream? {
        guard let left = try stream(node.inputs[0], dry: dry), let right = try stream(node.inputs[1], dry: dry) else {
            return nil
        }
        var result = left
        result.outer = node.type.dims.filter { $0.name == "model" || $0.name == "dataset" }.map { Axis($0) }
        let leftMap = result.outer.cellMap(into: left.outer)
        let rightMap = result.outer.cellMap(into: right.outer)
        let alignment: Pairing.Alignment =
            switch arguments.string("tokens") {
            case "suffix": .suffix
            case "last": .last
            default: .position
            }
        let pairing = Pairing(
            column: arguments.column("on")?.name, alignment: left.hasToken ? alignment : .last, node: node,
            threads: threads)
        var count = PairCount()
        result.cells = []
        for cell in 0..<result.outer.cells {
            guard let a = leftMap[cell], let b = rightMap[cell] else { continue }
            result.cells.append(try pairing.pair(left.cells[a], right.cells[b], count: &count))
        }
        guard !dry else { return result }
        let share = 100 * (1 - count.unmatchedShare)
        let text = String(Int(share)) + "." + String(Int((share * 10).rounded(.down)) % 10)
        if count.unmatchedShare > 0.01, arguments.string("missing") != "drop" {
            throw QueryFailure(
                "tokens-differ", at: node,
                "only \(text) % of \(count.total) rows match: \(count.differing) have other token ids, \(count.alone) have no partner",
                help: "`missing=\"drop\"` compares the rest; `tokens=\"suffix\"` or `\"last\"` aligns edited prompts")
        }
        if count.matched == 0 {
            throw QueryFailure("nothing-paired", at: node, "no row of the two sides matches")
        }
        note(.pair, "token ids match in \(count.matched) of \(count.total) rows (\(text) %)")
        if count.unknown > 0 {
            note(
                .tokensUnknown,
                "\(count.unknown) of these rows have no token ids: they are paired by prompt and position alone")
        }
        if count.matched < count.total {
            note(
                .unmatchedRows,
                "\(count.total - count.matched) rows are left out: \(count.differing) have other token ids, "
                    + "\(count.alone) have no partner")
        }
        if count.lonePrompts > 0 {
            note(.unmatchedPrompts, "\(count.lonePrompts) prompts have no partner and are left out")
        }
        return result
    }

    private func arithmeticStream(_ op: BinaryOperator, _ node: PlanNode, dry: Bool) throws -> RowStream? {
        // Lazy rows with one number: the only case worth keeping lazy; all others meet as frames.
        let (a, b) = (node.inputs[0], node.inputs[1])
        if case .constant(let constant) = b.operation, let number = constant.number, let input = try stream(a, dry: dry)
        {
            return input.adding(.each { Arithmetic.apply(op, $0, number) ?? .nan })
        }
        if case .constant(let constant) = a.operation, let number = constant.number, let input = try stream(b, dry: dry)
        {
            return input.adding(.each { Arithmetic.apply(op, number, $0) ?? .nan })
        }
        return nil
    }

    // MARK: - Notes

    /// Says what the steps of this answer have counted.
    ///
    /// - Parameter says: off for what a query counted that was stopped
    func drainTallies(says: Bool = true) {
        for tally in tallies {
            if let text = tally.drain(), says { note(.fewActiveLatents, text) }
        }
    }

    func note(_ code: NoteCode, _ text: String) { note(Note(code: code.rawValue, text: text)) }

    /// Said once, however often it is found.
    func note(_ note: Note) {
        if !notes.contains(note) { notes.append(note) }
    }
}

/// Something a result has to say about itself.
public struct Note: Sendable, Hashable {
    /// A stable name for programs.
    public var code: String
    /// One sentence for people.
    public var text: String
}

/// What was read from chunk files for one answer.
public struct ReadCount: Sendable, Hashable {
    /// Chunk files touched, each counted once.
    public var chunks = 0
    /// Stored bytes of the blocks touched.
    public var bytes = 0
    /// Rows read, summed over captures.
    public var rows = 0

    public init() {}
}
