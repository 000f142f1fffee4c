public import Store

/// A store that is being opened on another thread while there is something else to do, such as waiting for the first key.
public struct StoreOpening: Sendable {
    /// The store's identity, known at once.
    public let storeID: String
    let snapshot: Deferred<Snapshot>
    /// What it and its saved results can be called: checks and completion ask for that first.
    let names: Deferred<CatalogVocabulary>

    /// Begins to open it.
    ///
    /// - Throws: where no store is there, or none that this version reads; what is wrong inside is said by the session.
    public init(_ path: String) throws(StoreError) {
        storeID = try Snapshot.storeID(of: path)
        snapshot = Deferred { try Snapshot.open(path) }
        let results = ResultsFile(store: path)
        names = Deferred(after: snapshot) { try CatalogVocabulary($0, saved: QuerySession.savedTypes(results)) }
    }

    /// Whether nobody has to wait for it any more.
    public var isReady: Bool { snapshot.isReady }
}
