public import QueryEngine
internal import QueryLanguage
internal import Terminal

/// The conversation at the prompt, line by line: takes a line, gives what to print. Reads and prints nothing itself.
public final class Repl {
    /// What one line brought.
    public struct Reply: Sendable, Hashable {
        /// For stdout.
        public var output = ""
        /// For stderr: errors and help.
        public var messages = ""
        /// How it went; only a script ends for that.
        public var verdict = Verdict.ok
        /// The conversation is over.
        public var isOver = false
        /// A text that the user's editor is to have; what it leaves is the next entry, which Enter runs.
        public var textToEdit: String?

        /// Why a command of the shell did nothing.
        ///
        /// - Parameters:
        ///   - text: without its line end
        ///   - verdict: what a script ends with
        static func refusal(_ text: String, _ verdict: Verdict = .usage) -> Reply {
            Reply(messages: text + "\n", verdict: verdict)
        }
    }

    let session: QuerySession
    var answers: AnswerText
    private var entry = ""
    /// The last entry that was a query.
    private(set) var lastEntry = ""
    /// The query of each result.
    private(set) var queryTexts: [Int: String] = [:]
    /// A script runs, not a conversation.
    var isScript = false
    /// How many values the script has shown.
    private var shownCount = 0
    /// What broke and was not about the query, until it is asked for.
    private var foreignError: (any Error)?
    /// What `.seed` set.
    var seed: Int?
    /// Gets every answer as soon as it is there; without it they come together in the reply.
    public var show: ((String) -> Void)?
    /// Shows a long text page by page; without it, or where it can't, the text is printed whole.
    public var page: ((String) -> Bool)?
    /// The entries typed so far, oldest first, for `.history`.
    public var entries: () -> [String] = { [] }

    /// A conversation with the store in a folder, opened read-only.
    public convenience init(store: String, answers: AnswerText, threads: Int) throws {
        try self.init(opening: StoreOpening(store), store: store, answers: answers, threads: threads)
    }

    /// A conversation with a store that is being opened; waits until it is open.
    convenience init(opening: StoreOpening, store: String, answers: AnswerText, threads: Int) throws {
        var options = QuerySession.Options(threads: threads, followsUse: true)
        options.opening = opening
        options.keepsLog = true
        options.logFolder = HistoryFile.folder()
        self.init(session: try QuerySession(store: store, options: options), answers: answers)
    }

    /// A conversation with an open store.
    public init(session: QuerySession, answers: AnswerText) {
        self.session = session
        self.answers = answers
        self.answers.tellsWork = true
    }

    /// The id of the open store.
    public var storeID: String { session.storeID }

    var hasResults: Bool { !queryTexts.isEmpty }

    /// What stands before the next line.
    public var prompt: String { entry.isEmpty ? "varve> " : "   ...> " }

    /// Whether the next line begins an entry.
    var isBetweenEntries: Bool { entry.isEmpty }

    /// From now on queries ask whether to stop, and tell how many pieces of how many of a step are done; both from any thread.
    public func watch(
        asksToStop: @escaping @Sendable () -> Bool, report: @escaping @Sendable (_ done: Int, _ of: Int) -> Void
    ) { session.watch(asksToStop: asksToStop, report: report) }

    /// How wide the screen is now; nil for a file.
    public func setWidth(_ width: Int?) { answers.width = width }

    /// Takes a line without its line end. An entry goes on while a bracket is open or an operator waits; an empty line ends it.
    public func take(_ line: String) -> Reply {
        if entry.isEmpty {
            let trimmed = line.drop { $0 == " " || $0 == "\t" }
            if trimmed.isEmpty { return Reply() }
            if let command = MetaCommand(trimmed) { return command.run(self) }
        }
        let isLast = line.allSatisfy(\.isWhitespace)
        entry += (entry.isEmpty ? "" : "\n") + line
        guard isLast || !Parser.needsMore(entry) else { return Reply() }
        return finish()
    }

    /// Takes a whole entry, as the line editor gives it.
    public func take(entry text: String) -> Reply {
        let trimmed = text.drop { $0.isWhitespace }
        if trimmed.isEmpty { return Reply() }
        if let command = MetaCommand(trimmed) { return command.run(self) }
        return ask(text)
    }

    /// What is left when the input ends.
    public func finish() -> Reply {
        let text = entry
        entry = ""
        return text.isEmpty ? Reply() : ask(text)
    }

    /// Forgets a half-written entry, as Ctrl-C does.
    public func cancelEntry() { entry = "" }

    private func ask(_ text: String) -> Reply {
        lastEntry = text
        return run(SourceText(name: "query", text: text))
    }

    func run(_ source: SourceText, parameters: [String: Constant] = [:]) -> Reply {
        let source = seeded(source)
        var reply = Reply()
        do {
            try session.run(source, parameters: parameters) { value in
                queryTexts[value.number] = value.query
                var text = answers.text(value)
                if isScript {
                    // As `varve run` writes them.
                    if shownCount > 0, answers.format != .json, answers.format != .jsonl { text = "\n" + text }
                    if answers.format == .csv { reply.messages += AnswerText.notes(value).map { $0 + "\n" }.joined() }
                    shownCount += 1
                }
                try session.checkInterruption()
                if let show { show(text) } else { reply.output += text }
            }
        } catch {
            note(error, in: source, &reply)
        }
        if let notice = session.takeLogNotice() { reply.messages += Escape.visible(notice) + "\n" }
        return reply
    }

    /// Runs a file in this session: its names stay, as if its lines were typed, and those that had another meaning here are told.
    func run(file source: SourceText, _ parameters: [String: Constant]) -> Reply {
        let before = session.meanings
        var reply = run(source, parameters: parameters)
        let changed = session.meanings.filter { name, meaning in before[name].map { $0 != meaning } ?? false }.keys
        if !changed.isEmpty {
            reply.messages +=
                "note: \(Escape.visible(source.name)) gave another meaning to "
                + changed.sorted().map { "`\($0)`" }.joined(separator: ", ") + "\n"
        }
        return reply
    }

    /// Shows what a text comes to, without a number: `_`, names and what is listed for later sessions stay as they are.
    func look(_ source: SourceText) -> Reply {
        let source = seeded(source)
        var reply = Reply()
        do {
            let text = answers.text(try session.look(source))
            if let show { show(text) } else { reply.output = text }
        } catch {
            note(error, in: source, &reply)
        }
        return reply
    }

    /// With the seed of `.seed`, where there is one.
    private func seeded(_ source: SourceText) -> SourceText {
        seed.map { SourceText(name: source.name, text: SeededEntry.text(source.text, seed: $0)) } ?? source
    }

    /// Says what went wrong.
    func note(_ error: any Error, in source: SourceText, _ reply: inout Reply) {
        let (text, verdict) = ErrorText.describe(error, in: source, width: answers.width)
        reply.messages += text + "\n"
        reply.verdict = verdict ?? .failed
        if verdict == nil { foreignError = error }
    }

    /// The last error that was not about a query, once.
    func takeForeignError() -> (any Error)? { foreignError.take() }
}
