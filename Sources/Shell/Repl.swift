public import QueryEngine
internal import QueryLanguage
public import Terminal

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
    }

    let session: QuerySession
    var answers: AnswerText
    private var entry = ""

    /// A conversation with the store in a folder, opened read-only.
    public convenience init(store: String, answers: AnswerText, threads: Int) throws {
        self.init(
            session: try QuerySession(store: store, options: QuerySession.Options(threads: threads, followsUse: true)),
            answers: answers)
    }

    /// A conversation with an open store.
    public init(session: QuerySession, answers: AnswerText) {
        self.session = session
        self.answers = answers
        self.answers.tellsWork = true
    }

    /// The id of the open store.
    public var storeID: String { session.storeID }

    /// What can stand at the cursor, as the line editor lists it; meta commands have no completion.
    public func completion(before: String, after: String) -> Completion {
        guard MetaCommand(before[...]) == nil else { return Completion() }
        let answer = session.completer.answer(before)
        return Completion(
            replacing: answer.replaced, answer.candidates.map { Completion.Candidate($0.text, note: $0.note) })
    }

    /// The signature of the verb whose arguments are typed.
    public func hint(before: String) -> String? { session.completer.signature(before) }

    /// What stands before the next line.
    public var prompt: String { entry.isEmpty ? "varve> " : "   ...> " }

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
        return run(SourceText(name: "query", text: text))
    }

    /// What is left when the input ends.
    public func finish() -> Reply {
        let text = entry
        entry = ""
        return text.isEmpty ? Reply() : run(SourceText(name: "query", text: text))
    }

    /// Forgets a half-written entry, as Ctrl-C does.
    public func cancelEntry() { entry = "" }

    func run(_ source: SourceText) -> Reply {
        var reply = Reply()
        do {
            try session.run(source) { value in reply.output += answers.text(value) }
        } catch {
            reply.messages = ErrorText.describe(error, in: source).text + "\n"
        }
        return reply
    }
}
