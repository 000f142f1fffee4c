internal import QueryEngine

/// A conversation whose store is opened while the user looks at the prompt: large stores take longer than nobody notices.
public final class LateRepl {
    private enum State {
        case opening(StoreOpening)
        // Alone: `use` may leave the store, and nobody is to hold what a purge of it waits for.
        case open(Repl)
    }

    /// The store's identity, known at once.
    public let storeID: String
    private var state: State
    private let make: (StoreOpening) throws -> Repl

    /// Begins to open the store.
    ///
    /// - Parameter prepare: what the conversation begins with, once it is there
    /// - Throws: where no store is there, or none that this version reads
    public init(
        store: String, answers: AnswerText, threads: Int, prepare: @escaping (Repl) throws -> Void
    ) throws {
        let opening = try StoreOpening(store)
        storeID = opening.storeID
        state = .opening(opening)
        make = { opening in
            let repl = try Repl(opening: opening, store: store, answers: answers, threads: threads)
            try prepare(repl)
            return repl
        }
    }

    /// The conversation, where nobody has to wait for it.
    public var ready: Repl? {
        switch state {
        case .opening(let opening): opening.isReady ? try? repl() : nil
        case .open(let repl): repl
        }
    }

    /// The conversation; waits until the store is open, and throws what is wrong with it.
    public func repl() throws -> Repl {
        switch state {
        case .open(let repl): return repl
        case .opening(let opening):
            let repl = try make(opening)
            state = .open(repl)
            return repl
        }
    }
}
