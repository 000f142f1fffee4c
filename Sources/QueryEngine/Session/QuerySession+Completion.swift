import Store

public import QueryLanguage

extension QuerySession {
    /// The id of the open store, the same wherever the store lies.
    public var storeID: String { snapshot.storeID }

    /// What can stand at the cursor of a half-written entry, with the names of this session.
    public var completer: Completer {
        get throws { Completer(vocabulary: try vocabulary, scope: scope) }
    }
}
