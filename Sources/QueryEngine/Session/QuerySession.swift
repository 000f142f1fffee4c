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
        /// Whether shown values are written down beside the store, for later sessions.
        public var keepsLog = false
        /// Where they are written down when nothing can be written beside the store; nil for nowhere.
        public var logFolder: String?
        /// The store, where it is being opened already; what is wrong with its names is said by the first query then.
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
    var results: ResultsFile
    var resultLog: ResultLog
    var logNotice: String?
    var hasToldLog = false
    var names: Deferred<CatalogVocabulary>
    var scope = Scope()
    var executor: Executor
    /// All texts that were run, behind one another: the spans of names and results point into it.
    private(set) var history: SourceText?
    /// All statements that were run, for files that repeat a value.
    private(set) var log = StatementLog()
    /// Answers by what they were computed from.
    var cache = ResultCache()
    /// Who is asked whether a query is still wanted, and told how far it is.
    private var workWatch: WorkWatch?

    /// Opens a store.
    public init(store path: String, options: Options = Options()) throws {
        snapshot = try options.opening?.snapshot.value() ?? Snapshot.open(path)
        self.options = options
        // `use` may leave this store: it is not to be held open.
        self.options.opening = nil
        results = ResultsFile(store: path)
        resultLog = ResultLog(store: path, id: snapshot.storeID, folder: options.logFolder)
        names =
            try options.opening?.names ?? Deferred(CatalogVocabulary(snapshot, saved: QuerySession.savedTypes(results)))
        executor = Executor(
            snapshot: snapshot, threads: options.threads, results: results, memory: options.memory)
        executor.log = resultLog
        // Fits run side by side: threads inside one product would make answers depend on how many there are.
        CPU.setBlasThreads(1)
    }

    /// What the store and its saved results can be called.
    public var vocabulary: CatalogVocabulary {
        get throws { try names.value() }
    }

    static func savedTypes(_ results: ResultsFile) throws -> [String: QueryType] {
        var types: [String: QueryType] = [:]
        for entry in try results.list() {
            // A value that a newer version saved is not offered, and not an error.
            if let type = type(ofSaved: entry.kind) { types[entry.name] = type }
        }
        return types
    }

    /// What the results file says of a kept value; nil for what a newer version wrote.
    static func type(ofSaved kind: String) -> QueryType? {
        if let type = try? SavedProbe.type(kind) { return type }
        return (try? SavedValue.parse(kind))?.type
    }

    /// The statements of a text with what it includes, behind those of the session.
    func parse(_ source: SourceText) -> Parser.Output {
        Parser.parse(source, behind: history, files: QueryFiles())
    }

    /// Parses and checks a text; nothing is run and nothing is kept.
    public func check(_ source: SourceText, parameters: [String: Constant] = [:]) -> QueryErrors {
        var parsed = parse(source)
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
            resultLog = ResultLog(store: path, id: opened.storeID, folder: options.logFolder)
            executor.log = resultLog
            (snapshot, results, scope, log, cache) = (opened, file, Scope(), StatementLog(), ResultCache())
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
        try watched { try checkAndRun(source, parameters: parameters, show: show) }
    }

    /// Work that whoever watches may stop.
    func watched<T>(_ body: () throws -> T) throws -> T {
        do {
            return try WorkWatch.$current.withValue(workWatch ?? .current, operation: body)
        } catch  where error is WorkCancelled || workWatch?.wantsToStop == true {
            // Whatever broke on the way: nobody waits for it any more.
            throw QueryInterruption()
        }
    }

    private func checkAndRun(
        _ source: SourceText, parameters: [String: Constant], show: (ShownValue) throws -> Void
    ) throws {
        let parsed = parse(source)
        if let store = usedStore(in: parsed) { try use(store, parsed) }
        var checker = TypeChecker(vocabulary: try vocabulary, source: parsed.source, given: parameters, scope: scope)
        var outcome = checker.check(parsed)
        guard outcome.diagnostics.isEmpty else {
            throw QueryErrors(source: parsed.source, diagnostics: outcome.diagnostics)
        }
        history = parsed.source
        let first = log.append(
            parsed.file.statements, in: parsed.source, given: parameters, last: scope.lastResult, scope: outcome.scope)
        // Values get their numbers as they are shown: an entry that fails halfway leaves none behind.
        (outcome.scope.results, outcome.scope.lastResult) = (scope.results, scope.lastResult)
        scope = outcome.scope
        do {
            try run(outcome.statements, from: first, of: parsed.source, show: show)
        } catch var failure as QueryFailure {
            failure.source = parsed.source
            throw failure
        } catch var failure as AssertionFailure {
            failure.source = parsed.source
            throw failure
        }
    }

    /// From now on queries ask between their steps whether to stop, and then throw `QueryInterruption`; they tell how many pieces of how
    /// many of a step are done. Both are called from any thread. What was computed before stays.
    public func watch(
        asksToStop: @escaping @Sendable () -> Bool, report: @escaping @Sendable (_ done: Int, _ of: Int) -> Void
    ) {
        workWatch = WorkWatch(asksToStop: asksToStop, report: report)
    }

    /// Throws while a query runs that nobody waits for any more: for what `show` does with a value.
    public func checkInterruption() throws { try WorkWatch.check() }

    /// Threads for scans and fits; answers don't depend on it.
    public var threads: Int {
        get { options.threads }
        set {
            options.threads = newValue
            executor.threads = newValue
        }
    }

    /// Whether shown values are written down beside the store, for later sessions.
    public var keepsLog: Bool {
        get { options.keepsLog }
        set { options.keepsLog = newValue }
    }

    private func run(
        _ statements: [CheckedStatement], from first: Int, of source: SourceText, show: (ShownValue) throws -> Void
    ) throws {
        for (place, statement) in zip(first..., statements) {
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
                let number = (scope.lastResult ?? 0) + 1
                let shown = try evaluate(node, place: place, number: number, text: source[statement.span])
                scope.results[number] = node
                scope.lastResult = number
                log.noteShown(number, at: place)
                try show(shown)
                writeDown(shown, node, place: place)
                // Half of it may be on the screen.
                try WorkWatch.check()
            }
        }
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
