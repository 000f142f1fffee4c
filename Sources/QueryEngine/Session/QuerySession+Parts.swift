public import QueryLanguage
import Store

// One part of a text's reading, and all parts put together.

extension QuerySession {
    /// One part of a text's passes, as far as a round goes.
    public struct Part: Sendable {
        /// The same on any number of threads.
        public let bytes: [UInt8]
        /// From 1.
        public let round: Int
        /// Whether rows are to be read again with what all parts of this round give.
        public let isOpen: Bool
    }

    /// Runs one part of every pass of a text, and gives what `run(parts:)` takes.
    ///
    /// - Parameter files: all parts of the rounds before, where rows are read again with what those gave
    public func partial(
        _ source: SourceText, parameters: [String: Constant] = [:], shard: Shard,
        after files: [(name: String, bytes: [UInt8])] = []
    ) throws -> Part {
        let parsed = parse(source)
        var checker = TypeChecker(vocabulary: try vocabulary, source: parsed.source, given: parameters, scope: scope)
        let outcome = checker.check(parsed)
        guard outcome.diagnostics.isEmpty else {
            throw QueryErrors(source: parsed.source, diagnostics: outcome.diagnostics)
        }
        let origin = origin(parsed.source, outcome.scope)
        let earlier = files.isEmpty ? nil : try PassReplay(files)
        if let earlier {
            guard earlier.origin == origin, earlier.count == shard.count else {
                throw PartialError(
                    "the parts belong to another query, other parameters, another state of the store or another number of parts"
                )
            }
            guard earlier.isOpen else {
                throw PartialError("no rows are left to be read: put these parts together with `varve merge`")
            }
        }
        let recorder = PassRecorder(after: earlier)
        let grams = beginParts(.part(shard, recorder))
        defer { endParts(grams) }
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
        return Part(
            bytes: recorder.file(origin, store: snapshot.path, shard), round: recorder.round, isOpen: recorder.isOpen)
    }

    /// Every step runs its own passes, whatever others have read: so the parts and what puts them together ask for the same ones.
    private func beginParts(_ role: ShardRole) -> GramCache {
        let grams = executor.grams
        executor.grams = GramCache(limit: 0)
        executor.role = role
        (executor.collected, executor.open, executor.waiting) = ([], [], [])
        return grams
    }

    private func endParts(_ grams: GramCache) {
        executor.grams = grams
        executor.role = .whole
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
        let parsed = parse(source)
        var checker = TypeChecker(vocabulary: try vocabulary, source: parsed.source, given: parameters, scope: scope)
        let outcome = checker.check(parsed)
        if outcome.diagnostics.isEmpty, replay.origin != origin(parsed.source, outcome.scope) {
            throw PartialError("the parts belong to another query, other parameters or another state of the store")
        }
        guard !replay.isOpen else {
            throw PartialError(
                "rows are read again with what these parts of round \(replay.rounds) give: make those of round \(replay.rounds + 1) with "
                    + "`varve partial … --after` all of these")
        }
        let grams = beginParts(.merge(replay))
        defer { endParts(grams) }
        try run(source, parameters: parameters, show: show)
    }
}
