public import QueryLanguage
import Store

// One part of a text's reading, and all parts put together.

extension QuerySession {
    /// Runs one part of every pass of a text, and gives what `merging` takes: the same on any number of threads.
    public func partial(
        _ source: SourceText, parameters: [String: Constant] = [:], shard: Shard
    ) throws -> [UInt8] {
        let parsed = parse(source)
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
        let parsed = parse(source)
        var checker = TypeChecker(vocabulary: try vocabulary, source: parsed.source, given: parameters, scope: scope)
        let outcome = checker.check(parsed)
        if outcome.diagnostics.isEmpty, replay.origin != origin(parsed.source, outcome.scope) {
            throw PartialError("the parts belong to another query, other parameters or another state of the store")
        }
        executor.role = .merge(replay)
        defer { executor.role = .whole }
        try run(source, parameters: parameters, show: show)
    }
}
