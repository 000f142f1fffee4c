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
        /// The conversation is over.
        public var isOver = false
        /// A text that the user's editor is to have; what it leaves is the next entry, which Enter runs.
        public var textToEdit: String?
    }

    let session: QuerySession
    var answers: AnswerText
    private var entry = ""
    /// The last entry that was a query.
    private(set) var lastEntry = ""
    /// The query of each result.
    private(set) var queryTexts: [Int: String] = [:]
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
        var source = source
        if let seed { source = SourceText(name: source.name, text: SeededEntry.text(source.text, seed: seed)) }
        var reply = Reply()
        do {
            try session.run(source, parameters: parameters) { value in
                queryTexts[value.number] = value.query
                let text = answers.text(value)
                try session.checkInterruption()
                if let show { show(text) } else { reply.output += text }
            }
        } catch {
            reply.messages = ErrorText.describe(error, in: source).text + "\n"
        }
        if let notice = session.takeLogNotice() { reply.messages += Escape.visible(notice) + "\n" }
        return reply
    }
}
