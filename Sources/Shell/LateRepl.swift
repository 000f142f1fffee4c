internal import QueryEngine

/// A conversation whose store is opened while the user looks at the prompt: large stores take longer than nobody notices.
public final class LateRepl {
    private let opening: StoreOpening
    private let make: (StoreOpening) throws -> Repl
    private var made: Repl?

    /// Begins to open the store.
    ///
    /// - Parameter prepare: what the conversation begins with, once it is there
    /// - Throws: where no store is there, or none that this version reads
    public init(
        store: String, answers: AnswerText, threads: Int, prepare: @escaping (Repl) throws -> Void
    ) throws {
        opening = try StoreOpening(store)
        make = { opening in
            let repl = try Repl(opening: opening, store: store, answers: answers, threads: threads)
            try prepare(repl)
            return repl
        }
    }

    /// The store's identity, known at once.
    public var storeID: String { opening.storeID }

    /// The conversation, where nobody has to wait for it.
    public var ready: Repl? { made != nil || opening.isReady ? try? repl() : nil }

    /// The conversation; waits until the store is open, and throws what is wrong with it.
    public func repl() throws -> Repl {
        if let made { return made }
        let repl = try make(opening)
        made = repl
        return repl
    }
}
