import Kernels
import Tensor
public import QueryLanguage
public import Store

/// One conversation with a store: names, results and settings that live from statement to statement.
///
/// The store is opened read-only. One thread at a time.
public final class QuerySession {
    /// Settings of a session.
    public struct Options: Sendable {
        /// Threads for scans and fits; answers don't depend on it.
        public var threads: Int
        /// Folder below which `export` may write.
        public var exportRoot: String
        /// Lets `export` write over a file that is there.
        public var overwritesExports: Bool
        /// Whether `save` and `export` do anything; off when a query is only checked.
        public var writes: Bool
        /// Whether `use` changes the store; off where the store was named outside the query.
        public var followsUse: Bool
        /// What one value may take in memory.
        public var memory: MemoryLimit
        /// Whether the names of prompts' columns are read while the user still types; what is wrong with them is said by the first
        /// query then.
        public var readsNamesMeanwhile = false
        /// The store, where it is being opened already.
        public var opening: StoreOpening?

        public init(
            threads: Int = 2, exportRoot: String = ".", overwritesExports: Bool = false, writes: Bool = true,
            followsUse: Bool = false, memory: MemoryLimit = .standard
        ) {
            self.threads = threads
            self.exportRoot = exportRoot
            self.overwritesExports = overwritesExports
            self.writes = writes
            self.followsUse = followsUse
            self.memory = memory
        }
    }

    public private(set) var snapshot: Snapshot
    public private(set) var options: Options
    private var results: ResultsFile
    private var names: Deferred<CatalogVocabulary>
    private(set) var scope = Scope()
    private var executor: Executor
    /// All texts that were run, behind one another: the spans of names and results point into it.
    private var history: SourceText?
    /// Who is asked whether a query is still wanted, and told how far it is.
    private var workWatch: WorkWatch?

    /// Opens a store.
    public init(store path: String, options: Options = Options()) throws {
        snapshot = try options.opening?.snapshot.value() ?? Snapshot.open(path)
        self.options = options
        results = ResultsFile(store: path)
        let (snapshot, results) = (snapshot, results)
        let read: @Sendable () throws -> CatalogVocabulary = {
            try CatalogVocabulary(snapshot, saved: QuerySession.savedTypes(results))
        }
        names = options.readsNamesMeanwhile ? Deferred(read) : Deferred(try read())
        executor = Executor(
            snapshot: snapshot, threads: options.threads, results: results, memory: options.memory)
        // Fits run side by side: threads inside one product would make answers depend on how many there are.
        CPU.setBlasThreads(1)
    }

    /// What the store and its saved results can be called.
    public var vocabulary: CatalogVocabulary {
        get throws { try names.value() }
    }

    private static func savedTypes(_ results: ResultsFile) throws -> [String: QueryType] {
        var types: [String: QueryType] = [:]
        for entry in try results.list() {
            // A value that a newer version saved is not offered, and not an error.
            if let type = try? SavedProbe.type(entry.kind) {
                types[entry.name] = type
            } else if let parsed = try? SavedValue.parse(entry.kind) {
                types[entry.name] = parsed.type
            }
        }
        return types
    }

    /// Parses and checks a text; nothing is run and nothing is kept.
    public func check(_ source: SourceText, parameters: [String: Constant] = [:]) -> QueryErrors {
        var parsed = Parser.parse(source, behind: history, files: QueryFiles())
        let (vocabulary, scope): (CatalogVocabulary, Scope)
        do {
            let other = try usedStore(in: parsed).map { try CatalogVocabulary(Snapshot.open($0)) }
            (vocabulary, scope) = (try other ?? self.vocabulary, other == nil ? self.scope : Scope())
        } catch {
            parsed.diagnostics.append(QuerySession.cannotUse(error, in: parsed))
            return QueryErrors(source: parsed.source, diagnostics: parsed.diagnostics)
        }
        var checker = TypeChecker(vocabulary: vocabulary, source: parsed.source, given: parameters, scope: scope)
        return QueryErrors(source: parsed.source, diagnostics: checker.check(parsed).diagnostics)
    }

    /// The store that the text's `use` names, where that is followed.
    private func usedStore(in parsed: Parser.Output) -> String? { options.followsUse ? parsed.usedStore : nil }

    private static func cannotUse(_ error: any Error, in parsed: Parser.Output) -> Diagnostic {
        Diagnostic(
            "cannot-use", parsed.file.statements.first?.span ?? .none, "\(error)",
            help: "the path of a store begins at the folder of the query file")
    }

    /// Turns to another store: names and results of the first are forgotten.
    private func use(_ path: String, _ parsed: Parser.Output) throws {
        do {
            let opened = try Snapshot.open(path)
            let file = ResultsFile(store: path)
            names = Deferred(try CatalogVocabulary(opened, saved: QuerySession.savedTypes(file)))
            executor = Executor(snapshot: opened, threads: options.threads, results: file, memory: options.memory)
            (snapshot, results, scope) = (opened, file, Scope())
        } catch {
            throw QueryErrors(source: parsed.source, diagnostics: [QuerySession.cannotUse(error, in: parsed)])
        }
    }

    /// Runs a text: checks all of it first, then statement by statement; `show` gets every shown value as it is ready.
    ///
    /// - Throws: `QueryErrors` before anything was read; `QueryFailure`, `AssertionFailure`, `StoreError` while running.
    public func run(
        _ source: SourceText, parameters: [String: Constant] = [:], show: (ShownValue) throws -> Void
    ) throws {
        let parsed = Parser.parse(source, behind: history, files: QueryFiles())
        if let store = usedStore(in: parsed) { try use(store, parsed) }
        var checker = TypeChecker(vocabulary: try vocabulary, source: parsed.source, given: parameters, scope: scope)
        var outcome = checker.check(parsed)
        guard outcome.diagnostics.isEmpty else {
            throw QueryErrors(source: parsed.source, diagnostics: outcome.diagnostics)
        }
        history = parsed.source
        // Values get their numbers as they are shown: an entry that fails halfway leaves none behind.
        (outcome.scope.results, outcome.scope.lastResult) = (scope.results, scope.lastResult)
        scope = outcome.scope
        do {
            try WorkWatch.$current.withValue(workWatch ?? .current) {
                try run(outcome.statements, of: parsed.source, show: show)
            }
        } catch var failure as QueryFailure {
            failure.source = parsed.source
            throw failure
        } catch var failure as AssertionFailure {
            failure.source = parsed.source
            throw failure
        } catch  where error is WorkCancelled || workWatch?.wantsToStop == true {
            // Whatever broke on the way: nobody waits for it any more.
            throw QueryInterruption()
        }
    }

    /// From now on queries ask between their steps whether to stop, and then throw `QueryInterruption`; they tell how many pieces of how
    /// many of a step are done. Both are called from any thread. What was computed before stays.
    public func watch(
        asksToStop: @escaping @Sendable () -> Bool, report: @escaping @Sendable (_ done: Int, _ of: Int) -> Void
    ) {
        workWatch = WorkWatch(asksToStop: asksToStop, report: report)
    }

    /// Threads for scans and fits; answers don't depend on it.
    public var threads: Int {
        get { options.threads }
        set {
            options.threads = newValue
            executor.threads = newValue
        }
    }

    private func run(
        _ statements: [CheckedStatement], of source: SourceText, show: (ShownValue) throws -> Void
    ) throws {
        for statement in statements {
            switch statement.kind {
            case .declaration, .bind: continue
            case .assert(let node, let message):
                let frame = try executor.frame(node)
                guard case .numbers(let values) = frame.payload, values.first == 1 else {
                    throw AssertionFailure(
                        message: (message ?? "assertion failed") + (try executor.comparedNumbers(node)),
                        span: statement.span)
                }
            case .show(let node):
                let shown = try evaluate(node, text: source[statement.span], scope: scope)
                let number = (scope.lastResult ?? 0) + 1
                scope.results[number] = node
                scope.lastResult = number
                try show(shown.numbered(number))
            }
        }
    }

    /// Computes a node and does what its output verbs ask for.
    private func evaluate(_ node: PlanNode, text: String, scope: Scope) throws -> ShownValue {
        executor.notes = []
        executor.reads = ReadCount()
        let clock = ContinuousClock()
        let start = clock.now
        var (operand, layout, type) = (Operand.constant(.none), Layout.automatic, node.type)
        (operand, layout, type) = try output(node, text: text, scope: scope)
        if layout != .quiet, case .stream(let stream) = operand, let frame = try showable(stream, node) {
            operand = .frame(frame)
        }
        if case .frame(let frame) = operand { operand = .frame(frame.spelledOut) }
        try GuardRails(executor: executor).check(node, operand)
        executor.drainTallies()
        return ShownValue(
            number: 0, type: type, operand: operand, layout: layout, notes: executor.notes, reads: executor.reads,
            elapsed: clock.now - start, query: text,
            context: ValueText.Context(
                notes: executor.notes, query: text, store: snapshot.storeID, generation: snapshot.generation,
                parameters: scope.params.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
    }

    // MARK: - Parts

    /// Runs one part of every pass of a text, and gives what `merging` takes: the same on any number of threads.
    public func partial(
        _ source: SourceText, parameters: [String: Constant] = [:], shard: Shard
    ) throws -> [UInt8] {
        let parsed = Parser.parse(source, behind: history, files: QueryFiles())
        var checker = TypeChecker(vocabulary: try vocabulary, source: parsed.source, given: parameters, scope: scope)
        let outcome = checker.check(parsed)
        guard outcome.diagnostics.isEmpty else {
            throw QueryErrors(source: parsed.source, diagnostics: outcome.diagnostics)
        }
        let recorder = PassRecorder()
        executor.role = .part(shard, recorder)
        defer { executor.role = .whole }
        do {
            for statement in outcome.statements {
                switch statement.kind {
                case .declaration, .bind: continue
                case .assert(let node, _): try executor.collectShown(node) { _ in true }
                case .show(let node):
                    try executor.collectShown(node) { stream in
                        if case .pair = node.type.element { return false }
                        return stream.source != nil && QuerySession.isSmall(stream)
                    }
                }
            }
        } catch var failure as QueryFailure {
            failure.source = parsed.source
            throw failure
        }
        return recorder.file(
            origin(parsed.source, outcome.scope), store: snapshot.path, shard)
    }

    private func origin(_ source: SourceText, _ scope: Scope) -> PassRecorder.Origin {
        PassRecorder.Origin(
            query: source.text,
            parameters: scope.params.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\n"),
            storeID: snapshot.storeID, generation: snapshot.generation)
    }

    /// The path that the store had where the first part was made.
    public static func storePath(ofParts files: [(name: String, bytes: [UInt8])]) throws -> String {
        try PassReplay(files).storePath
    }

    /// As `run`, with all passes answered by the parts: activations are not read, token ids and roles are where the query asks for them.
    public func run(
        _ source: SourceText, parameters: [String: Constant] = [:], parts files: [(name: String, bytes: [UInt8])],
        show: (ShownValue) throws -> Void
    ) throws {
        let replay = try PassReplay(files)
        let parsed = Parser.parse(source, behind: history, files: QueryFiles())
        var checker = TypeChecker(vocabulary: try vocabulary, source: parsed.source, given: parameters, scope: scope)
        let outcome = checker.check(parsed)
        if outcome.diagnostics.isEmpty, replay.origin != origin(parsed.source, outcome.scope) {
            throw PartialError("the parts belong to another query, other parameters or another state of the store")
        }
        executor.role = .merge(replay)
        defer { executor.role = .whole }
        try run(source, parameters: parameters, show: show)
    }

    // MARK: -

    private static func isSmall(_ stream: RowStream) -> Bool { stream.rowCount * stream.inner.cells <= showLimit }

    /// Small lazy values are shown in full: nobody wants to write `mean` to see twenty numbers.
    private static let showLimit = 10_000

    private func showable(_ stream: RowStream, _ node: PlanNode) throws -> Frame? {
        guard stream.source != nil, QuerySession.isSmall(stream) else { return nil }
        if case .pair = node.type.element { return nil }
        return try executor.gather(stream, node)
    }

    /// Peels `table`, `bar`, `plot`, `export` and `save` off the end of a pipeline.
    private func output(_ node: PlanNode, text: String, scope: Scope) throws -> (Operand, Layout, QueryType) {
        guard case .verb(let name, let arguments) = node.operation, let input = node.inputs.first else {
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
        case "scatter": return (try executor.evaluate(node), .points(title: title), node.type)
        case "export":
            let (operand, _, type) = try output(input, text: text, scope: scope)
            if options.writes { try export(operand, type, arguments.string("path") ?? "", node, text: text) }
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
        executor.note("saved", "saved as \"\(name)\": `load(\"\(name)\")` gives it back")
    }

    private func export(_ operand: Operand, _ type: QueryType, _ path: String, _ node: PlanNode, text: String) throws {
        var operand = operand
        if case .stream = operand, let input = node.inputs.first { operand = .frame(try executor.frame(input)) }
        if case .frame(let frame) = operand { operand = .frame(frame.spelledOut) }
        let context = ValueText.Context(
            notes: executor.notes, query: text, store: snapshot.storeID, generation: snapshot.generation, parameters: []
        )
        let bytes = try ArrayExport(type: type, operand: operand, node: node).bytes(for: path, context)
        try ExportRoot(path: options.exportRoot).write(bytes, to: path, overwrite: options.overwritesExports)
        executor.note("exported", "wrote \(path) (\(ByteText.of(bytes.count)))")
    }
}

/// Every diagnostic of a text that can't run, with the text they point into.
public struct QueryErrors: Error, Sendable {
    public var source: SourceText
    public var diagnostics: [Diagnostic]

    public init(source: SourceText, diagnostics: [Diagnostic]) {
        self.source = source
        self.diagnostics = diagnostics
    }

    public var isEmpty: Bool { diagnostics.isEmpty }
}

extension Parser.Output {
    /// The store that the text opens with `use`, seen from the folder of its file.
    public var usedStore: String? {
        guard case .use(let path)? = file.statements.first?.kind else { return nil }
        return QueryFiles.path(of: path, from: source.name(at: file.statements.first?.span.start ?? 0))
    }
}
