public import QueryEngine
public import QueryLanguage

/// One query text run from beginning to end, its answers written in one format.
public struct QueryRun {
    /// The store's folder; nil for the one that the query opens with `use`.
    public var store: String?
    /// How answers are written.
    public var answers: AnswerText
    /// Values for `param` lines.
    public var parameters: [String: Constant]
    /// Settings of the engine.
    public var options: QuerySession.Options
    /// Parts of the answer that were made before, by name of their file; none to read the store.
    public var parts: [(name: String, bytes: [UInt8])] = []

    /// Told how many pieces of how many of a step are done, from any thread.
    public var report: (@Sendable (_ done: Int, _ of: Int) -> Void)?

    /// Tables and no parameters unless said otherwise.
    public init(
        store: String?, answers: AnswerText = AnswerText(), parameters: [String: Constant] = [:],
        options: QuerySession.Options = QuerySession.Options()
    ) {
        self.store = store
        self.answers = answers
        self.parameters = parameters
        self.options = options
        self.options.logFolder = HistoryFile.folder()
    }

    /// The same from what a command line holds.
    public init(
        store: String?, answers: AnswerText, parameterTexts: [String], threads: Int, exportRoot: String,
        overwritesExports: Bool
    ) throws(ParameterText.Complaint) {
        self.init(
            store: store, answers: answers, parameters: try ParameterText.values(parameterTexts),
            options: QuerySession.Options(
                threads: threads, exportRoot: exportRoot, overwritesExports: overwritesExports))
    }

    /// The text of a query that every `varve` carries, and the names of all of them.
    public static func builtIn(_ name: String) -> [UInt8]? { BuiltInQuery.named(name).map { Array($0.text.utf8) } }

    /// The names of the built-in queries.
    public static var builtInNames: [String] { BuiltInQuery.all.map(\.name) }

    /// The names of those that the demo answers.
    public static var introductionNames: [String] { BuiltInQuery.introduction.map(\.name) }

    /// The `#:` lines of a built-in query.
    public static func description(of name: String) -> [String] {
        guard let query = BuiltInQuery.named(name) else { return [] }
        return Parser.parse(SourceText(name: name, text: query.text)).file.description
    }

    /// Runs the bytes of a file or of an argument; see `run(_:write:complain:)`.
    public func run(
        bytes: [UInt8], name: String, write: (String) throws -> Void, complain: (String) -> Void
    ) throws -> Verdict {
        let source: SourceText
        do throws(Diagnostic) {
            source = try SourceText(name: name, bytes: bytes)
        } catch {
            complain(ErrorText.text([error], in: SourceText(name: name, text: "")))
            return .rejected
        }
        return try run(source, write: write, complain: complain)
    }

    /// Runs the text: answers go to `write` as they are ready, everything else to `complain`.
    ///
    /// - Throws: what is not about the query, such as a store that cannot be opened.
    public func run(
        _ source: SourceText, write: (String) throws -> Void, complain: (String) -> Void
    ) throws -> Verdict {
        // What cannot be parsed is said whether or not the store can be opened.
        let parsed = Parser.parse(source, files: QueryFiles())
        guard let folder = store ?? parsed.usedStore else {
            if !parsed.diagnostics.isEmpty {
                complain(ErrorText.text(parsed.diagnostics, in: parsed.source, width: answers.width))
            }
            complain("no store is named: give --store, or begin the query with `use \"…\"`")
            return parsed.diagnostics.isEmpty ? .usage : .rejected
        }
        let session: QuerySession
        do {
            session = try QuerySession(store: folder, options: options)
        } catch {
            guard !parsed.diagnostics.isEmpty else { throw error }
            complain(ErrorText.text(parsed.diagnostics, in: parsed.source, width: answers.width))
            return .rejected
        }
        if let report { session.watch(asksToStop: { false }, report: report) }
        var count = 0
        // JSON is one object for one answer and a list for several: the first waits for the second.
        var waiting: String?
        do {
            let show: (ShownValue) throws -> Void = { value in
                let text = answers.text(value)
                defer { count += 1 }
                switch answers.format {
                case .json where count == 0: waiting = text
                case .json:
                    try write((waiting.map { "[\n" + $0 } ?? "") + ",\n" + text)
                    waiting = nil
                case .jsonl: try write(text)
                default: try write((count == 0 ? "" : "\n") + text)
                }
                if answers.format == .csv { for note in AnswerText.notes(value) { complain(note) } }
            }
            if parts.isEmpty {
                try session.run(source, parameters: parameters, show: show)
            } else {
                try session.run(source, parameters: parameters, parts: parts, show: show)
            }
        } catch {
            try finish(waiting, count, write)
            let (text, verdict) = ErrorText.describe(error, in: source, width: answers.width)
            guard let verdict else { throw error }
            complain(text)
            return verdict
        }
        try finish(waiting, count, write)
        let asserts = parsed.file.statements.contains { if case .assert = $0.kind { true } else { false } }
        if count == 0, !asserts, answers.format.isForPeople {
            complain("the query shows nothing: end it with a pipeline")
        }
        return .ok
    }

    private func finish(_ waiting: String?, _ count: Int, _ write: (String) throws -> Void) throws {
        guard answers.format == .json else { return }
        if let waiting { try write(waiting) } else { try write(count == 0 ? "[]\n" : "]\n") }
    }
}
